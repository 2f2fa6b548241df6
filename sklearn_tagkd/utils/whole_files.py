"""Files that are there whole, or not at all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sklearn_tagkd.utils.processes import is_running, new_owner

__all__ = ["replacing", "write_json"]

_UNTOUCHED = 86_400.0  # seconds after which nobody elsewhere is at a file any more
_LETTERS = 40  # of its name that a file bears while it is written: names have an end
_END = ".unfinished"
_RANDOM = 24  # letters of a writer's name that do without, out of 32 by chance
# What names of processes hold, and names of files should not.
_IN_OWNERS, _IN_FILES = " /:[]", "+=;()"


@contextmanager
def replacing(path: Path, *, tidies: bool = True) -> Iterator[Path]:
    """Give a name to write to, and the right one once that is done.

    Parameters
    ----------
    path : Path
        What the file shall be called; one of that name is replaced. Of a symbolic link
        the file that it leads to is, and the link stays.
    tidies : bool, default=True
        Whether to delete what writers of this file that were killed left behind, for
        which its folder is looked through.

    Yields
    ------
    Path
        Beside it; gone where the work fails.

    Raises
    ------
    OSError
        If there is no such folder, or something else than a file is called so: a
        folder, a pipe, a device.
    """
    target = _behind_links(path) if path.is_symlink() else path
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"{path} cannot be written: there is no folder {target.parent}. Make it "
            "first."
        )
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise FileExistsError(
            f"{path} is {kind}, and is not replaced. Give the name of a file."
        )
    if tidies:
        _tidy(target)
    writer = new_owner()[:-_RANDOM].translate(str.maketrans(_IN_OWNERS, _IN_FILES))
    unfinished = target.with_name(f"{_begin_of(target)}{writer}{_END}")
    try:
        yield unfinished
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, target)
        _keep_name(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_json(path: Path, said: Any) -> None:
    """Write what JSON has words for.

    Parameters
    ----------
    path : Path
        Where to; there whole, or not at all.
    said : object
        What to write.
    """
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(said, indent=1), encoding="utf-8")


def _behind_links(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(f"{path} is a link that leads in a circle.")
    return target


def _begin_of(target: Path) -> str:
    return f".{target.name[:_LETTERS]}."


def _tidy(target: Path) -> None:
    """Delete what was begun of a file, where who began it runs no more."""
    begin = _begin_of(target)
    for name in os.listdir(target.parent):
        if not (name.startswith(begin) and name.endswith(_END)):
            continue
        writer = name.removeprefix(begin).removesuffix(_END)
        path = target.with_name(name)
        with suppress(OSError):  # done, or deleted, meanwhile
            runs = is_running(writer.translate(str.maketrans(_IN_FILES, _IN_OWNERS)))
            if runs is None:  # of another machine, which none but time tells of
                runs = time.time() - path.stat().st_mtime < _UNTOUCHED
            if not runs:
                path.unlink()


def _keep_name(folder: Path) -> None:
    """Have a new name outlast a power failure, and come before those that follow."""
    with suppress(OSError):  # Windows opens no folders, and some network disks fail
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
