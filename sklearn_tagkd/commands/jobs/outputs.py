"""Where commands write: nothing that is read, paid for or another's is replaced."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sklearn_tagkd.commands.jobs.folder_options import layout_of
from sklearn_tagkd.commands.outcome import UsageError
from sklearn_tagkd.datasets.table_files import format_of
from sklearn_tagkd.utils.one_writer import only_writer

__all__ = ["writing"]

_USUAL = ("answers.jsonl", "class_profiles.jsonl", "splits.json")  # in a folder
_GIVEN = (
    *("model_file", "answers", "fresh_answers", "class_profiles"),
    *("class_descriptions", "store"),
)


@contextmanager
def writing(
    outputs: Mapping[str, Path],
    options: argparse.Namespace,
    usual: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Check outputs before work begins, and keep other runs from writing them.

    Parameters
    ----------
    outputs : mapping of str to Path
        What shall be written, by the option that says so.
    options : Namespace
        Of the command.
    usual : mapping of str to str, default=None
        By the same options, which of a folder's usual files the command is there to
        write.

    Raises
    ------
    UsageError
        If there is no such folder, it cannot be written to, something else than a file
        is called so, or the file is an input, or another output.
    BlockingIOError
        If another run writes it.
    """
    for place, (option, path) in enumerate(outputs.items()):
        _check(option, path, _inputs(options, (usual or {}).get(option)))
        for other, earlier in list(outputs.items())[:place]:
            if os.path.realpath(path) == os.path.realpath(earlier):
                raise UsageError(
                    f"{option} {path} is what {other} names too. Give two names."
                )
    with ExitStack() as held:
        for path in sorted(outputs.values()):
            held.enter_context(only_writer(path))
        yield


def _check(option: str, path: Path, inputs: list[Path]) -> None:
    target = Path(os.path.realpath(path))
    parent = target.parent
    if not parent.is_dir():
        raise UsageError(
            f"{option} {path}: there is no folder {parent}. Make it first."
        )
    if target.is_dir():
        raise UsageError(f"{option} {path} is a folder. Give the name of a file.")
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise UsageError(
            f"{option} {path} is no ordinary file. Give the name of a file."
        )
    if not os.access(parent, os.W_OK):
        raise UsageError(f"{option} {path}: the folder {parent} cannot be written to.")
    for given in inputs:
        if given.is_dir() and format_of(path) and target.parent.samefile(given):
            raise UsageError(
                f"{option} {path} lies among the files of a table, and would be read "
                "as one of them. Give another folder."
            )
        # A store need not be there yet to be what would be replaced.
        if os.path.realpath(given) == str(target) or (
            path.exists() and given.exists() and path.samefile(given)
        ):
            raise UsageError(f"{option} {path} is an input, and would be replaced.")


def _inputs(options: argparse.Namespace, usual: str | None) -> list[Path]:
    folder, layout = options.folder, layout_of(options)
    found: list[Path | None] = [
        folder / name for name in _USUAL if name != usual and (folder / name).exists()
    ]
    if folder.is_dir():
        found += [layout.nodes_path(folder), layout.edges_path(folder)]
    given = (getattr(options, name, None) for name in _GIVEN)
    found += [Path(name) for name in given if name not in (None, "ask")]
    return [path for path in found if path is not None]
