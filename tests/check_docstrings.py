"""Hold the public docstrings against numpydoc; run by ``make docstrings``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.validate import validate

import sklearn_tagkd

# Why each is not asked for:
IGNORED = {
    "ES01",  # an extended summary is welcome, not owed
    "EX01",  # examples are owed by what the index of the API lists, checked below
    "GL01",  # the summary stands on the line of the quotes
    "GL08",  # private and inherited members; public ones are held by ruff's D rules
    "SA01",  # a see-also list is welcome, not owed
    "YD01",  # generators are private here
    "PR02",  # properties documented under Attributes
}


def public_objects() -> Iterator[str]:
    """Yield the dotted names of everything in an ``__all__``, and its methods."""
    for module in pkgutil.walk_packages(sklearn_tagkd.__path__, "sklearn_tagkd."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name in getattr(loaded, "__all__", []):
            member = getattr(loaded, name)
            if getattr(member, "__module__", None) != module.name:
                continue
            yield f"{module.name}.{name}"
            if inspect.isclass(member):
                for attribute, value in vars(member).items():
                    if not attribute.startswith("_") and inspect.isfunction(value):
                        yield f"{module.name}.{name}.{attribute}"


def without_example() -> Iterator[str]:
    """Yield what users import, by the index of the API, and cannot see used."""
    index = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "conf.py"))
    for names in index["names_by_task"]().values():
        for name in names:
            member = index["_find"](name)
            documented = inspect.isclass(member) or inspect.isfunction(member)
            if documented and ">>>" not in (inspect.getdoc(member) or ""):
                yield name


def main() -> int:
    """Print what is wrong; return the number of faults."""
    faults = 0
    for name in public_objects():
        for code, message in validate(name)["errors"]:
            # A Protocol's *args, and what a request handler of the standard library
            # is made with, are not ours to document.
            inherited = "*args" in message or "client_address" in message
            if code not in IGNORED and not inherited:
                faults += 1
                print(f"{name}: {code} {message}")
    for name in without_example():
        faults += 1
        print(f"{name}: EX01 No example")
    print(f"{faults} faults in the public docstrings")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
