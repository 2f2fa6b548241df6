"""How many threads work is worth, and one where more would wait for one another.

Threads that share a small product meet at barriers, and wait there by spinning. Where
others use the cores too, a few milliseconds of work then cost seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

from joblib import cpu_count
from threadpoolctl import ThreadpoolController

__all__ = ["one_thread", "worthwhile_threads"]

# Multiplications that one thread does in about a fifth of a second. To begin and end
# threads takes a hundredth of that.
_LEAST_WORK = 2**28


def worthwhile_threads(work: float, most: int | None = None) -> int:
    """Return how many threads a piece of work is worth.

    Parameters
    ----------
    work : float
        Multiplications, about.
    most : int, default=None
        Threads that the caller allows; None for any number.

    Returns
    -------
    int
        One for work that is done in a moment, and never more than the cores that this
        process may use: fewer than the machine has where an affinity, a container's
        quota or ``LOKY_MAX_CPU_COUNT`` says so. What others do meanwhile is of no
        consequence.

    Examples
    --------
    >>> from sklearn_tagkd.utils.threads import worthwhile_threads
    >>> worthwhile_threads(1e6), worthwhile_threads(1e15, most=1)
    (1, 1)
    """
    worth = int(work // _LEAST_WORK)
    if worth <= 1 or most == 1:
        return 1
    granted: int = cpu_count()
    return max(1, min(worth, granted if most is None else min(granted, most)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS and OpenMP compute on the calling thread alone, and restore them.

    OpenMP counts threads for each thread that calls it. OpenBLAS has one number for the
    process: the first that needs it to be 1 notes what it was, the last restores it.

    Yields
    ------
    None
        Within, products take one thread.
    """
    openmp, _ = _libraries(len(sys.modules))
    with _of_the_process.lowered(), openmp.limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _libraries(n_modules: int) -> tuple[ThreadpoolController, ThreadpoolController]:
    """Find libraries of OpenMP and of BLAS; anew once more modules are loaded."""
    # Apart: what ends a limit also puts back whatever else it knows of.
    every = ThreadpoolController()
    return every.select(user_api="openmp"), every.select(user_api="blas")


class _ProcessLimit:
    """One thread for BLAS as long as anyone in the process asks for that."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, in a child that was forked while others held the lock."""
        self._lock = Lock()
        self._n_within = 0
        self._limits: Any = None

    @contextmanager
    def lowered(self) -> Iterator[None]:
        with self._lock:
            if not self._n_within:
                _, blas = _libraries(len(sys.modules))
                self._limits = blas.limit(limits=1)
            self._n_within += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_within = max(0, self._n_within - 1)
                if not self._n_within and self._limits is not None:
                    self._limits.restore_original_limits()
                    self._limits = None


_of_the_process = _ProcessLimit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_of_the_process.forget)
