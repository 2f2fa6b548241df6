"""Parts that processes and machines share out among themselves, by files alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

__all__ = ["claimed", "wait_for"]

_BEAT = 10.0  # seconds between two signs of life
_STALE = 60.0  # seconds without one after which whoever claimed a part is gone
_LOOK = 0.5  # seconds between two looks at parts of others


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
    claim = target.with_name(f"{target.name}.claim")
    if target.exists() or not _take(claim):
        yield False
        return
    ended = Event()
    beating = Thread(target=_beat, args=(claim, ended), daemon=True)
    beating.start()
    try:
        # Whoever had the claim before may have written the file in the meantime.
        yield not target.exists()
    finally:
        ended.set()
        beating.join()
        claim.unlink(missing_ok=True)


def wait_for(targets: list[Path]) -> list[Path]:
    """Wait for files that others claimed.

    Parameters
    ----------
    targets : list of Path
        Files.

    Returns
    -------
    list of Path
        Those that nobody writes and that are not there: none if all went well.
    """
    left = targets
    while left:
        left = [target for target in left if not target.exists()]
        claims = [target.with_name(f"{target.name}.claim") for target in left]
        if not any(_is_alive(claim) for claim in claims):
            return [target for target in left if not target.exists()]
        time.sleep(_LOOK)
    return left


def _take(claim: Path) -> bool:
    for _ in range(2):
        try:
            os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return True
        except FileExistsError:
            if _is_alive(claim):
                return False
            with suppress(OSError):
                claim.unlink()
    return False


def _is_alive(claim: Path) -> bool:
    try:
        return time.time() - claim.stat().st_mtime < _STALE
    except FileNotFoundError:
        return False


def _beat(claim: Path, ended: Event) -> None:
    while not ended.wait(_BEAT):
        with suppress(OSError):
            os.utime(claim)
