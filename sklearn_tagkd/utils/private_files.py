"""Files that nobody else on the machine can read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["create_private", "make_private"]


def create_private(path: Path) -> None:
    """Make an empty file that its owner alone can read and write, if there is none.

    A file that is there is never opened: closing one lets go of every lock that this
    process holds on it, those of a database's connections in other threads too, and
    another process would then write where they do.

    Parameters
    ----------
    path : Path
        File; its folder is made too where it is not there.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.path.lexists(path):
        with suppress(FileExistsError):  # made by somebody else, meanwhile
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def make_private(path: Path) -> None:
    """Make a file that its owner alone can read and write, or make it one.

    Parameters
    ----------
    path : Path
        File; its folder is made too where it is not there. One that is there is not
        opened.

    Raises
    ------
    OSError
        If that cannot be done, or there is something else than a file.
    """
    create_private(path)
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no file")
    is_own = hasattr(os, "getuid") and found.st_uid == os.getuid()
    if is_own and stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(path, 0o600)
