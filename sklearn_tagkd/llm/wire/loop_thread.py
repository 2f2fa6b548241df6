"""An event loop in a thread of its own, for as long as somebody needs it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["LoopThread"]


class _Closable(Protocol):
    async def close(self) -> None: ...


_PATIENCE = 2.0  # seconds for what was cancelled
_inherited: list[dict[str, Any]] = []
_Resource = TypeVar("_Resource", bound=_Closable)
_Result = TypeVar("_Result")


class LoopThread(Generic[_Resource]):
    """One loop, and one resource that belongs to it, shared by all who ask.

    It works where a loop runs already, as in a notebook, and leaves nothing behind.

    Parameters
    ----------
    name : str
        Name of the thread.
    open_resource : callable
        Asynchronous; opens the resource within the loop.
    """

    def __init__(
        self, name: str, open_resource: Callable[[], Awaitable[_Resource]]
    ) -> None:
        self._name = name
        self._open_resource = open_resource
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._n_users = 0

    def _forget(self) -> None:
        # What a fork finds is its parent's. Not even closing it is safe: a loop shares
        # the parent's queue of events.
        _inherited.append(dict(vars(self)))
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._n_users = 0

    @contextmanager
    def running(self) -> Iterator[_Resource]:
        """Keep the loop running until the end of the block.

        Yields
        ------
        object
            The resource; the last one out closes it.
        """
        if self._pid != os.getpid():  # threads do not come along with a fork
            self._forget()
        with self._lock:
            if not self._n_users:
                self._start()
            self._n_users += 1
        try:
            yield self._resource
        finally:
            with self._lock:
                self._n_users -= 1
                if not self._n_users:
                    self._stop()

    def submit(self, coroutine: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Run a coroutine in the loop.

        Parameters
        ----------
        coroutine : coroutine
            What to run.

        Returns
        -------
        concurrent.futures.Future
            Its result.
        """
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def wait(self, future: Future[_Result], most: float | None = None) -> _Result:
        """Wait for a result, in steps so short that Ctrl-C is heard on any system.

        Parameters
        ----------
        future : concurrent.futures.Future
            What :meth:`submit` returned.
        most : float, default=None
            Seconds to wait at most.

        Returns
        -------
        object
            The result.

        Raises
        ------
        TimeoutError
            If there is none by then.
        """
        end = math.inf if most is None else time.monotonic() + most
        while not future.done():
            if time.monotonic() > end:
                raise TimeoutError
            concurrent.futures.wait([future], timeout=0.5)
        return future.result()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the loop, soon.

        Parameters
        ----------
        function : callable
            Without parameters.
        """
        self._loop.call_soon_threadsafe(function)

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()
        try:
            self._resource = self.submit(self._opened()).result()
        except BaseException:
            self._end_thread()
            raise

    def _run(self) -> None:
        # A task that calls sys.exit(), or stops the loop, leaves the others waiting.
        while not self._is_over:
            with suppress(SystemExit, KeyboardInterrupt):
                self._loop.run_forever()

    def _end_loop(self) -> None:
        self._is_over = True
        self._loop.stop()

    async def _opened(self) -> _Resource:
        return await self._open_resource()

    def _stop(self) -> None:
        try:
            self.submit(self._resource.close()).result()
        finally:
            del self._resource
            self._end_thread()

    def _end_thread(self) -> None:
        self.submit(self._drained()).result()
        self._loop.call_soon_threadsafe(self._end_loop)
        self._thread.join()
        self._loop.close()

    async def _drained(self) -> None:
        """Wait for what was cancelled, and for threads that the loop began."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:  # one that does not heed it is left behind
            await asyncio.wait(tasks, timeout=_PATIENCE)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()
