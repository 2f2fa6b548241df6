"""Functions by name: what a pickle of a plain function is, where it may not be one."""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType
from typing import Any

__all__ = ["find_function", "is_plain_function", "name_of"]


def is_plain_function(thing: Any) -> bool:
    """Tell functions, and what is called as one, from objects with methods to ask.

    Lambdas, bound methods, partials, what decorators make, objects of the user's own
    with ``__call__``, which may hold a connection or a key.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    bool
        True for what may not be there, or not pickle, in another process.
    """
    return callable(thing) and not hasattr(thing, "ask")


def name_of(function: Any) -> tuple[str, str] | None:
    """Return where a function can be found again.

    Parameters
    ----------
    function : callable
        A plain function.

    Returns
    -------
    (str, str) or None
        Module and name; None where it cannot be found by them, as a lambda.
    """
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None)
    if not module or not name or find_function((module, name)) is not function:
        return None
    return module, name


def find_function(name: tuple[str, str]) -> Any | None:
    """Find a function; nothing is imported for it.

    Parameters
    ----------
    name : (str, str)
        Module and name.

    Returns
    -------
    callable or None
        None where the module was not imported, or holds no such function.
    """
    found: Any = sys.modules.get(name[0])
    for part in name[1].split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, FunctionType | BuiltinFunctionType) else None
