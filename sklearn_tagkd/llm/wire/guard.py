"""What goes out with every request, and how much may come back.

The SDK reads whatever a server sends before anybody can look at it, errors too. So the
bytes are counted where they arrive, decompressed, and no redirect is followed: the key
and the texts would go along.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any

__all__ = ["ReplyTooLongError", "guard"]

# An answer has a few thousand, and with log-probabilities three thousand per token.
_MOST_BYTES = 16 * 2**20
_PER_TOKEN = 4 * 2**10
_MOST_OF_A_FILE = 2**30  # which a batch of 50,000 answers does not reach
_WINDOW = 32 + zlib.MAX_WBITS  # gzip, or zlib
_PIECE = 2**16  # bytes that are decompressed at a time


class ReplyTooLongError(Exception):
    """A server sends more than an answer can have, or packed as nobody asked for."""


def guard(
    sdk: Any,
    headers: Callable[[], Mapping[str, str]],
    query: Callable[[], Mapping[str, str]],
    max_answer_tokens: int,
) -> None:
    """Watch over all that an SDK's client sends and receives.

    Parameters
    ----------
    sdk : openai.AsyncOpenAI
        An open client; changed.
    headers, query : callable
        Return what to add to every request; called for each.
    max_answer_tokens : int
        Tokens of an answer at most.
    """
    # There is no other way to the connections of a client that a user's function made.
    http = sdk._client
    most = _MOST_BYTES + _PER_TOKEN * max_answer_tokens

    async def prepare(request: Any) -> None:
        request.headers["Accept-Encoding"] = "gzip"
        request.headers.update(headers())
        if added := query():
            request.url = request.url.copy_merge_params(added)

    async def watch(response: Any) -> None:
        encoding = response.headers.pop("Content-Encoding", "identity").strip().lower()
        is_file = response.request.url.path.endswith("/content")
        bounded = _bounded_stream(type(response).__module__.split(".")[0])
        allowed = _MOST_OF_A_FILE if is_file else most
        response.stream = bounded(response.stream, encoding, allowed)

    hooks = http.event_hooks
    http.event_hooks = {
        "request": [*hooks.get("request", ()), prepare],
        "response": [watch, *hooks.get("response", ())],
    }
    http.follow_redirects = False


@cache
def _bounded_stream(library: str) -> Any:
    """Return a class of httpx's, or of httpx2's, whichever the SDK uses."""
    base: Any = sys.modules[library].AsyncByteStream

    class Bounded(base):  # type: ignore[misc]
        def __init__(self, stream: Any, encoding: str, most: int) -> None:
            self._stream, self._encoding, self._most = stream, encoding, most

        async def __aiter__(self) -> AsyncIterator[bytes]:
            total = 0
            async for piece in _unpacked(self._stream, self._encoding):
                total += len(piece)
                if total > self._most:
                    raise ReplyTooLongError
                yield piece

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded


async def _unpacked(stream: Any, encoding: str) -> AsyncIterator[bytes]:
    if encoding in ("identity", ""):
        async for piece in stream:
            yield piece
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ReplyTooLongError
    unpacker = zlib.decompressobj(_WINDOW)
    async for packed in stream:
        while packed:
            yield unpacker.decompress(packed, _PIECE)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()
