"""Threads of torch: one per caller, and crews of them for work in large parts.

torch shares every single operation among threads, which spin while they wait for one
another. A step of training is many short operations: shared, they cost a multiple on a
machine that others use. So whoever computes here does so on one thread. Where work
falls into large parts that do not depend on one another, Python's threads take a part
each and wait asleep; every part is computed as one thread would, to the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Lock, Thread, local
from types import TracebackType
from typing import TypeVar

import torch

from sklearn_tagkd.utils.threads import worthwhile_threads

__all__ = ["Crew", "on_one_thread"]

Part = TypeVar("Part")
Result = TypeVar("Result")

_SETTING = Lock()
_here = local()  # .allowed: threads that the caller had before they were set to one


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let torch compute on the calling thread alone, and restore its number.

    Yields
    ------
    None
        A :class:`Crew` within may still have as many threads as torch had.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    is_outermost = not hasattr(_here, "allowed")
    if is_outermost:
        _here.allowed = before
    _set_threads(1)
    try:
        yield
    finally:
        _set_threads(before)
        if is_outermost:
            del _here.allowed


class Crew:
    """Threads that compute parts of one piece of work; a context manager.

    Parameters
    ----------
    work : float
        Multiplications of all parts together, about; little work is done by the calling
        thread.
    """

    def __init__(self, work: float) -> None:
        allowed = getattr(_here, "allowed", None) or torch.get_num_threads()
        self.n_threads = worthwhile_threads(work, allowed)
        self._open = ExitStack()
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Crew:
        self._open.enter_context(on_one_thread())
        if self.n_threads > 1:
            self._pool = ThreadPoolExecutor(
                self.n_threads, "tagkd", initializer=_set_threads, initargs=(1,)
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._open.close()

    def map(
        self, compute: Callable[[Part], Result], parts: Iterable[Part]
    ) -> list[Result]:
        """Compute parts, by all threads.

        Parameters
        ----------
        compute : callable
            Computes a part; what it writes to, no other part touches.
        parts : iterable
            Any number of them.

        Returns
        -------
        list
            What came of each, in order.
        """
        if self._pool is None:
            return [compute(part) for part in parts]
        return list(self._pool.map(_as_caller(compute), parts))


def _as_caller(compute: Callable[[Part], Result]) -> Callable[[Part], Result]:
    """Take along what torch keeps for each thread: whether gradients are wanted."""
    infers = torch.is_inference_mode_enabled()
    grades = torch.is_grad_enabled()

    def run(part: Part) -> Result:
        with torch.inference_mode(infers), torch.set_grad_enabled(grades):
            return compute(part)

    return run


def _set_threads(number: int) -> None:
    """Set the number of the calling thread, and of no other.

    torch also keeps the number that threads begin with which have not computed yet. A
    thread that has just begun knows it, and puts it back.
    """
    torch.get_num_threads()  # a thread that has not asked yet would be set once more
    noted, changed = Event(), Event()

    def put_back() -> None:
        for_others = torch.get_num_threads()
        noted.set()
        changed.wait()
        torch.set_num_threads(for_others)

    with _SETTING:
        other = Thread(target=put_back, daemon=True)
        other.start()
        noted.wait()
        torch.set_num_threads(number)
        changed.set()
        other.join()
