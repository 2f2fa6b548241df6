"""Files that are there whole, or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["replacing", "write_json"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name to write to, and the right one once that is done.

    Parameters
    ----------
    path : Path
        What the file shall be called; one of that name is replaced. Of a symbolic link
        the file that it leads to is, and the link stays.

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
    # Threads share a number of a process, and so may containers that share a disk.
    mark = f"{os.getpid()}-{secrets.token_hex(4)}"
    unfinished = target.with_name(f".{target.name}.{mark}.unfinished")
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


def _keep_name(folder: Path) -> None:
    """Have a new name outlast a power failure, and come before those that follow."""
    with suppress(OSError):  # Windows opens no folders, and some network disks fail
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
