"""How many texts to encode before anyone is told and they are kept: by time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

__all__ = ["Pace", "fixed_batches", "in_tasks"]

_SECONDS = 2.0  # of work between two looks at the bar
_MOST = 512  # texts between two writes to disk: what a kill may lose
_FIRST, _LATER = 8, 32  # texts per batch where an encoder does not say
_PER_TASK = 32  # texts that a process is sent at once


def fixed_batches(texts: Sequence[str]) -> Iterator[slice]:
    """Cut texts into batches: a few first, so that their time is known soon.

    Parameters
    ----------
    texts : sequence of str
        All that are to be encoded.

    Yields
    ------
    slice
        Texts next to one another.
    """
    start = 0
    while start < len(texts):
        size = _LATER if start else _FIRST
        yield slice(start, min(start + size, len(texts)))
        start += size


class Pace:
    """Puts batches together until they take about two seconds.

    Batches are never cut, so that no vector depends on how fast the machine was.

    Parameters
    ----------
    batches : sequence of slice
        Batches, in their order.
    least : int, default=1
        Batches at once, at least: as many as are encoded side by side.
    """

    def __init__(self, batches: Sequence[slice], least: int = 1) -> None:
        self._batches = batches
        self._least = least

    def __iter__(self) -> Iterator[slice]:
        """Yield texts to encode; the time until the next is asked for sets the pace."""
        place, n_texts, batches = 0, 0.0, self._batches
        while place < len(batches):
            start, end = batches[place].start, place + self._least
            while end < len(batches) and batches[end].stop - start <= n_texts:
                end += 1
            part = slice(start, batches[min(end, len(batches)) - 1].stop)
            began = time.monotonic()
            yield part
            took = max(time.monotonic() - began, 1e-6)
            n_texts = min(_MOST, (part.stop - start) * _SECONDS / took)
            place = end


def in_tasks(batches: Sequence[slice], n_processes: int) -> list[slice]:
    """Put batches together for processes that encode them.

    Parameters
    ----------
    batches : sequence of slice
        Batches, in their order; never cut.
    n_processes : int
        Number of processes: each gets several, or one would be waited for.

    Returns
    -------
    list of slice
        Of about 32 texts, or fewer where there are few.
    """
    n_texts = batches[-1].stop if batches else 0
    enough = min(_PER_TASK, -(-n_texts // (4 * n_processes)))
    tasks: list[slice] = []
    start = 0
    for batch in batches:
        if batch.stop - start >= enough or batch is batches[-1]:
            tasks.append(slice(start, batch.stop))
            start = batch.stop
    return tasks
