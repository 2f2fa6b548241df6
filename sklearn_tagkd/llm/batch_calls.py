"""What is said to a server about files and batches, and what it says back.

Whatever it sends, nothing but these few checked values gets out of here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn_tagkd.llm.batch_lines import ENDPOINT
from sklearn_tagkd.llm.courier import Courier, spoken
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.wire.awake import awake_timeout
from sklearn_tagkd.llm.wire.said import plain_name
from sklearn_tagkd.llm.wire.sdk import SDKTransport
from sklearn_tagkd.llm.wire.transport import Failure

__all__ = ["NOTED", "BatchCalls", "BatchState"]

_CLOCKS = 3600.0  # seconds by which a server's clocks may differ from one another
_TAG = "sklearn_tagkd"
_SLOWEST = 20_000.0  # bytes a second that a file travels at least
_MOST_CODES = 5  # of a batch that was turned down, for the message
_ODD = (
    "What the server says about batches is not what OpenAI's protocol says. See to "
    "base_url=, or ask one by one with mode='live'."
)
_LATER = "Run the same again later."
NOTED = "What was sent is noted: run the same again to go on waiting for it."


@dataclass(frozen=True)
class BatchState:
    """How far a batch is.

    Parameters
    ----------
    status : str
        As the protocol calls it; empty where the server sent something else.
    n_done : int
        Questions that the server is done with.
    files : tuple of str
        Files of answers and of errors.
    codes : tuple of str
        Why a batch was turned down.
    """

    status: str
    n_done: int
    files: tuple[str, ...]
    codes: tuple[str, ...]


class BatchCalls:
    """Calls a server about files and batches, several times if need be.

    Parameters
    ----------
    transport : SDKTransport
        Carries them.
    courier : Courier
        Knows the time, and when to stop.
    settings : AskSettings
        How often to try, and for how long.
    deadline : float
        Time of the courier's clock after which nothing is tried.
    """

    def __init__(
        self,
        transport: SDKTransport,
        courier: Courier,
        settings: AskSettings,
        deadline: float,
    ) -> None:
        self._transport = transport
        self._courier = courier
        self._settings = settings
        self._deadline = deadline

    async def upload(self, lines: list[bytes]) -> tuple[str, float]:
        """Send a file of questions.

        Parameters
        ----------
        lines : list of bytes
            Its lines.

        Returns
        -------
        file : str
            The server's name for it.
        made : float
            When it was made by the server's clock; 0 where it does not say.
        """
        content = b"".join(lines)
        made = await self._call(
            lambda: self._transport.sdk.files.create(
                file=("questions.jsonl", content), purpose="batch"
            ),
            n_bytes=len(content),
            then=f"Nothing was asked yet. {_LATER}",
        )
        return _name(made), float(_count(_field(made, "created_at")))

    async def create(self, file: str, tag: str, since: float) -> str:
        """Make a batch.

        Parameters
        ----------
        file : str
            The server's name for the questions.
        tag : str
            Name of ours.
        since : float
            The server's time before it is made.

        Returns
        -------
        str
            The server's name for it.
        """
        n_tries = 0

        async def create() -> Any:
            nonlocal n_tries
            n_tries += 1
            # It may have been made although no answer came: then not once more.
            known = await self._search(tag, since) if n_tries > 1 else None
            return known or await self._transport.sdk.batches.create(
                input_file_id=file,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={_TAG: tag},
            )

        return _name(await self._call(create, then=_LATER))

    async def find(self, tag: str, since: float) -> str | None:
        """Find a batch by our name for it.

        Parameters
        ----------
        tag : str
            Name of ours.
        since : float
            The server's time before it was made; 0 looks through all of them.

        Returns
        -------
        str or None
            The server's name; None where it was never made.
        """
        made = await self._call(lambda: self._search(tag, since), n_bytes=10**6)
        return None if made is None else _name(made)

    async def look(self, batch_id: str) -> BatchState:
        """Look how far a batch is.

        Parameters
        ----------
        batch_id : str
            The server's name for it.

        Returns
        -------
        BatchState
            What it says.
        """
        sdk = self._transport.sdk
        state = await self._call(lambda: sdk.batches.retrieve(batch_id))
        status = _field(state, "status")
        files = [_field(state, f"{kind}_file_id") for kind in ("output", "error")]
        errors = _field(_field(state, "errors"), "data")
        codes = [
            plain_name(_field(error, "code"))
            for error in (errors if isinstance(errors, list) else [])[:_MOST_CODES]
        ]
        return BatchState(
            status=status if isinstance(status, str) else "",
            n_done=_count(_field(_field(state, "request_counts"), "completed")),
            files=tuple(_checked(file) for file in files if file is not None),
            codes=tuple(filter(None, codes)),
        )

    async def download(self, file: str, most_lines: int, longest: int) -> list[bytes]:
        """Read a file of answers, as far as it can be one.

        Parameters
        ----------
        file : str
            The server's name for it.
        most_lines : int
            Lines that are kept.
        longest : int
            Bytes of a line; a longer one is left out.

        Returns
        -------
        list of bytes
            Its lines, in order.
        """
        content = self._transport.sdk.files.with_streaming_response.content

        async def read() -> list[bytes]:
            lines: list[bytes] = []
            rest, is_too_long = b"", False
            async with content(file) as response:
                async for part in response.iter_bytes():
                    *ended, last = part.split(b"\n")
                    for end in ended:
                        line, rest = rest + end, b""
                        if not is_too_long and len(line) <= longest:
                            lines.append(line)
                        is_too_long = False
                        if len(lines) >= most_lines:
                            return lines
                    rest += last
                    if len(rest) > longest:
                        rest, is_too_long = b"", True
            return lines if is_too_long else [*lines, rest]

        lines: list[bytes] = await self._call(read, n_bytes=most_lines * longest)
        return lines

    def late(self) -> LLMError:
        """Return the error with which waiting ends.

        Returns
        -------
        LLMError
            To be raised.
        """
        seconds = self._settings.deadline
        told = f"Batches are not done after deadline={seconds:g} seconds."
        return LLMError(f"{told} {NOTED}")

    async def _search(self, tag: str, since: float) -> Any:
        async for batch in self._transport.sdk.batches.list(limit=100):  # all pages
            metadata = _field(batch, "metadata")
            if isinstance(metadata, Mapping) and metadata.get(_TAG) == tag:
                return batch
            made = _field(batch, "created_at")
            if since and isinstance(made, int) and made < since - _CLOCKS:
                break  # the newest come first: what follows is older still
        return None

    async def _call(
        self,
        function: Callable[[], Awaitable[Any]],
        *,
        n_bytes: int = 0,
        then: str = NOTED,
    ) -> Any:
        clock = self._courier.clock
        seconds = self._settings.request_timeout + n_bytes / _SLOWEST
        failure = Failure("time_out")
        for attempt in range(1, self._settings.max_retries + 2):
            try:
                async with awake_timeout(min(seconds, self._deadline - clock.now())):
                    return await function()
            except TimeoutError:
                if clock.now() >= self._deadline:
                    raise self.late() from None
                failure = Failure("time_out")
            except Exception as error:
                failure = self._transport.explain(error)
            if failure.reason in ("fatal", "forbidden", "rejected"):
                raise LLMError(f"{failure.message} {then.removesuffix(_LATER)}".strip())
            wait = self._courier.delay(attempt, failure)
            is_late = clock.now() + wait >= self._deadline
            if is_late or self._courier.stopped.is_set():
                break
            await self._courier.pause(wait)
        told = failure.reason
        if failure.retry_after:
            told += f"; it asks to wait {spoken(failure.retry_after)}"
        raise LLMError(f"The server does not answer about its batches ({told}). {then}")


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else 0


def _name(made: Any) -> str:
    return _checked(_field(made, "id"))


def _checked(name: Any) -> str:
    """Return a name that can stand in an address."""
    if isinstance(name, str) and re.fullmatch(r"\w[\w:.-]{0,199}", name, re.ASCII):
        return name
    raise LLMError(f"{_ODD} {NOTED}")
