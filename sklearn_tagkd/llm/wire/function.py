"""A function of the user's own in place of a server."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sklearn_tagkd.llm.prompting.form import Form
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.wire.awake import awake_timeout
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["FunctionTransport"]

_NAME = "sklearn_tagkd-function"
_MOST_HANGING = (
    64  # calls that nobody waits for any more; then the function is to blame
)


class FunctionTransport:
    """Calls a function, asynchronous or not.

    One that is not runs in a thread per call: a call that never comes back keeps
    nobody else from theirs, and does not keep the process from ending.

    Parameters
    ----------
    function : callable
        ``messages -> str``.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._hanging: set[threading.Thread] = set()

    async def send(
        self, request: Request, *, form: Form, timeout: float
    ) -> Reply | Failure:
        """Call the function once.

        Parameters
        ----------
        request : Request
            What to ask.
        form : Form
            Of no consequence: a function gets messages alone.
        timeout : float
            Seconds to wait for it.

        Returns
        -------
        Reply or Failure
            Nothing is raised but a cancellation, whatever the function raises.
        """
        self._hanging = {thread for thread in self._hanging if thread.is_alive()}
        if len(self._hanging) >= _MOST_HANGING:
            return Failure(
                "fatal",
                f"{len(self._hanging)} calls of the function have not come back within "
                "request_timeout. Give what it calls a time-out of its own.",
            )
        # A copy: the function may do with its argument what it likes.
        messages = [dict(message) for message in request.messages]
        try:
            async with awake_timeout(timeout):
                answer = await self._call(messages)
        except TimeoutError:
            return Failure("time_out", may_be_billed=True)
        except _EndedError as ended:
            return Failure("fatal", _blame(ended.error), may_be_billed=True)
        except Exception as error:
            return Failure("server_error", _blame(error), may_be_billed=True)
        if not isinstance(answer, str):
            kind = type(answer).__name__
            return Failure("fatal", f"The function returned {kind}, not a string.")
        return Reply(answer)

    async def close(self) -> None:
        """Leave threads that hang to themselves."""
        self._hanging.clear()

    async def _call(self, messages: list[dict[str, str]]) -> Any:
        answer: Any
        if inspect.iscoroutinefunction(self._function):
            answer = self._function(messages)
        else:
            answer = await self._in_a_thread(messages)
        if not inspect.isawaitable(answer):
            return answer
        # In a task of its own: it may not heed that it is cancelled.
        task = asyncio.ensure_future(answer)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.cancelled():  # by itself
            raise _EndedError(asyncio.CancelledError())
        error = task.exception()
        if error is None or isinstance(error, Exception):
            return task.result()
        raise _EndedError(error)

    async def _in_a_thread(self, messages: list[dict[str, str]]) -> Any:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[tuple[Any, BaseException | None]]
        outcome = loop.create_future()

        def tell(answer: Any, error: BaseException | None) -> None:
            if not outcome.done():
                outcome.set_result((answer, error))

        def run() -> None:
            answer, error = None, None
            try:
                answer = self._function(messages)
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # nobody waits any more: the loop is closed
                loop.call_soon_threadsafe(tell, answer, error)

        thread = threading.Thread(target=run, name=_NAME, daemon=True)
        thread.start()
        try:
            answer, error = await outcome
        except asyncio.CancelledError:
            self._hanging.add(thread)
            raise
        if isinstance(error, Exception):
            raise error
        if error is not None:
            raise _EndedError(error)
        return answer


class _EndedError(Exception):
    """The function wanted to end the thread, or the process."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def _blame(error: BaseException) -> str:
    # Not its message, which may quote the prompt.
    place = ""
    trace = error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return (
        f"The function raises {type(error).__name__} at {place}. Its message may "
        "quote a text and is not shown; call function(client.messages(question))."
    )
