"""Files that nobody else on the machine can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["make_private"]


def make_private(path: Path) -> None:
    """Make a file that its owner alone can read and write, or make it one.

    Parameters
    ----------
    path : Path
        File; its folder is made too where it is not there.

    Raises
    ------
    OSError
        If that cannot be done, or there is something else than a file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Neither waits for a pipe nor follows a link, where the system knows how.
    careful = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, os.O_RDWR | os.O_CREAT | careful, 0o600)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no file")
        is_own = hasattr(os, "getuid") and found.st_uid == os.getuid()
        if is_own and stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(file, 0o600)
    finally:
        os.close(file)
