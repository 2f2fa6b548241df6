"""One writer at a time for a file, whatever processes there are."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["only_writer"]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Keep other processes from writing a file at the same time.

    A small file beside it is locked. The system lets go of the lock when the process
    ends, however it ends, so a run that was killed is in nobody's way. Where a file
    system knows no locks nothing is kept.

    Parameters
    ----------
    path : Path
        What shall be written; its folder is there. A symbolic link stands for the
        file that it leads to.

    Raises
    ------
    BlockingIOError
        If another run writes it; at once, without waiting.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.utils.one_writer import only_writer
    >>> labels = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> with only_writer(labels):
    ...     _ = labels.write_text("node,label")
    >>> [beside.name for beside in labels.parent.iterdir()]
    ['labels.csv']
    """
    target = Path(os.path.realpath(path))
    lock = target.with_name(f".{target.name}.lock")
    file = _locked(lock, path)
    try:
        yield
    finally:
        # Removed while it is held: who opened it before sees that it is gone.
        with suppress(OSError):
            lock.unlink()
        os.close(file)


def _locked(lock: Path, path: Path) -> int:
    while True:
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(file)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), os.stat(lock)):
                    return file
        except BlockingIOError:
            os.close(file)
            raise BlockingIOError(
                f"Another run writes {path} at this moment. Wait until it is done, or "
                "give another output."
            ) from None
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # of a run that has ended meanwhile


def _lock(file: int) -> None:
    """Take a lock, or raise BlockingIOError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            raise BlockingIOError from None
    else:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
