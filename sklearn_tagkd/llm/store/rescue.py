"""A paid answer that its file cannot take goes to another one, for its owner alone."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["RescueFile"]

_NEW = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class RescueFile:
    """Where lines go that the file of answers cannot take.

    Parameters
    ----------
    beside : Path
        The file of answers. The first place is beside it; on a full disk, or in a
        folder that cannot be written, the next ones are the folder for temporary
        files, the user's home and the working directory.
    """

    def __init__(self, beside: Path) -> None:
        self._beside = beside
        self._elsewhere: Path | None = None

    def save(self, line: str) -> Path | None:
        """Append a line, all of it or nothing.

        Parameters
        ----------
        line : str
            With its line break.

        Returns
        -------
        Path or None
            The file; None where no place can be written.
        """
        content = line.encode("utf-8", "backslashreplace")
        for path in self._places():
            with suppress(OSError):
                _append(path, content)
                return path
        return None

    def _places(self) -> Iterator[Path]:
        yield self._beside.with_name(f"{self._beside.name}.rescued.jsonl")
        if self._elsewhere is not None:
            yield self._elsewhere
        for folder in (tempfile.gettempdir, Path.home, Path.cwd):
            # A name that nobody can have prepared in a folder that all may write.
            with suppress(OSError, RuntimeError):  # the latter where nobody has a home
                prefix = "sklearn_tagkd-rescued-"
                handle, name = tempfile.mkstemp(".jsonl", prefix, folder())
                os.close(handle)
                self._elsewhere = Path(name)
                yield self._elsewhere
                self._elsewhere = None
                Path(name).unlink()


def _append(path: Path, content: bytes) -> None:
    handle = os.open(path, _NEW, 0o600)
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(f"{path.name} is no regular file")
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)  # it may have been there, and open to others
        try:
            written = 0
            while written < len(content):
                written += os.write(handle, content[written:])
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before.st_size)  # no half line
            if not before.st_size:
                path.unlink()
            raise
    finally:
        os.close(handle)
