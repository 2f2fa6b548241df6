"""Files that processes and machines share out among themselves, by files alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from sklearn_tagkd.utils.processes import is_running, new_owner

__all__ = ["alone", "claimed", "is_busy", "once", "tidy", "wait_for"]

_BEAT = 10.0  # seconds between two signs of life
_STALE = 60.0  # seconds without one after which whoever is elsewhere is gone
_LOOK = 0.2  # seconds between two looks at parts of others
_CLAIM = ".claim"
_UNFINISHED = ".*.unfinished"  # as utils.whole_files calls what is being written


@contextmanager
def claimed(target: Path) -> Iterator[bool]:
    """Claim a file that is to be written, if nobody else writes it.

    Parameters
    ----------
    target : Path
        The file.

    Yields
    ------
    bool
        Whether it is ours to write: False where it is there, or somebody is at it.
    """
    claim = _claim_of(target)
    if target.exists() or not _take(claim):
        yield False
        return
    with _beating(claim):
        # Whoever had the claim before may have written the file in the meantime.
        yield not target.exists()


@contextmanager
def alone(target: Path) -> Iterator[bool]:
    """Wait until nobody else works at a file.

    Parameters
    ----------
    target : Path
        The file, which may be there.

    Yields
    ------
    bool
        Whether it is missing.
    """
    claim = _claim_of(target)
    while not _take(claim):
        time.sleep(_LOOK)
    with _beating(claim):
        yield not target.exists()


@contextmanager
def once(target: Path) -> Iterator[bool]:
    """Wait until a file is there, or until it is ours to write.

    Parameters
    ----------
    target : Path
        The file, which never changes.

    Yields
    ------
    bool
        Whether it is missing, and ours to write.
    """
    if target.exists():  # as in a folder that is for reading only
        yield False
        return
    with alone(target) as is_missing:
        yield is_missing


def wait_for(targets: Iterable[Path]) -> list[Path]:
    """Wait for files that others claimed.

    Parameters
    ----------
    targets : iterable of Path
        Files.

    Returns
    -------
    list of Path
        Those that nobody writes and that are not there, as soon as there is one: none
        if all went well.
    """
    left = list(targets)
    while left := [target for target in left if not target.exists()]:
        free = [target for target in left if not _is_alive(_claim_of(target))]
        # Whoever let go of one in between may have written it.
        if free := [target for target in free if not target.exists()]:
            return free
        time.sleep(_LOOK)
    return []


def is_busy(folder: Path) -> bool:
    """Tell whether somebody writes a file in a folder.

    Parameters
    ----------
    folder : Path
        Where everything is written under a claim.

    Returns
    -------
    bool
        Whether a claim there is alive.
    """
    return any(_is_alive(claim) for claim in folder.glob(f"*{_CLAIM}"))


def tidy(folder: Path) -> None:
    """Delete what killed processes left beside files, if nobody is at work.

    Parameters
    ----------
    folder : Path
        Where everything is written under a claim.
    """
    # In this order: what is being written now was claimed before it was begun.
    begun = list(folder.glob(_UNFINISHED))
    if is_busy(folder):
        return
    for path in begun:
        with suppress(OSError):
            path.unlink()
    # Of who had written a file, and not yet let go of it, nobody takes anything over.
    for claim in folder.glob(f"*{_CLAIM}"):
        with suppress(OSError):
            if _take(claim):
                claim.unlink()


def _claim_of(target: Path) -> Path:
    return target.with_name(f"{target.name}{_CLAIM}")


def _take(claim: Path) -> bool:
    for _ in range(2):
        try:
            file = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            if _is_alive(claim):
                return False
            with suppress(OSError):
                claim.unlink()
        else:
            with suppress(OSError):  # on a full disk the time alone tells
                os.write(file, new_owner().encode())
            os.close(file)
            return True
    return False


def _is_alive(claim: Path) -> bool:
    try:
        last = claim.stat().st_mtime
        runs = is_running(claim.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return False
    return time.time() - last < _STALE if runs is None else runs


@contextmanager
def _beating(claim: Path) -> Iterator[None]:
    """Give signs of life while something is done, and let go in the end."""
    ended = Event()
    beating = Thread(target=_beat, args=(claim, ended), daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
        claim.unlink(missing_ok=True)


def _beat(claim: Path, ended: Event) -> None:
    while not ended.wait(_BEAT):
        with suppress(OSError):
            os.utime(claim)
