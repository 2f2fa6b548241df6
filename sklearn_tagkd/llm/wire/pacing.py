"""How many requests may be on their way, and how long to wait before another try."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["AdaptiveLimit", "backoff"]

_OVERRUN = 3  # refusals in a row; a server that refuses at random rarely has as many
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0  # seconds
_LEAST_DELAY = 0.01  # before the first of all tries that nobody wants to wait for


def backoff(
    attempt: int,
    retry_after: float | None,
    random_source: random.Random,
    first_delay: float = _FIRST_DELAY,
) -> float:
    """Return how long to wait before another try.

    Parameters
    ----------
    attempt : int
        Tries so far, from 1.
    retry_after : float or None
        Seconds that the server asked for; they are never cut short. Nor do they
        shorten the wait of one's own: a server that says 0 again and again would be
        asked without end.
    random_source : random.Random
        Spreads the tries of many out, so that they do not come back together.
    first_delay : float, default=0.5
        Most seconds after the first try; doubled with each one, up to 30.

    Returns
    -------
    float
        Seconds.

    Examples
    --------
    >>> import random
    >>> from sklearn_tagkd.llm.wire.pacing import backoff
    >>> 2.0 <= backoff(1, 2.0, random.Random(0)) <= 2.2
    True
    """
    first = max(first_delay, _LEAST_DELAY)
    most = min(_LONGEST_DELAY, first * 2.0 ** min(attempt - 1, 20))
    own = most * (0.5 + 0.5 * random_source.random())
    asked = (retry_after or 0.0) * (1 + 0.1 * random_source.random())
    return max(own, asked)


class AdaptiveLimit:
    """A limit on requests in flight: halved when the server has too many, grown back.

    It grows by a half per answer to three quarters of what it was, and then by one
    in the time that a request takes. A burst of refusals counts as one: the limit is
    halved again only after a second, or after as long as a request takes where that
    is longer; or at once where of what was sent since three in a row are refused. An
    answer that does not come in time is a refusal too, and where answers take more than
    half of the time that they have, the limit does not grow.

    Parameters
    ----------
    most : int
        Limit to begin with, and never to exceed.
    patience : float, default=inf
        Seconds that an answer may take.
    """

    def __init__(self, most: int, patience: float = float("inf")) -> None:
        self.most = most
        self._patience = patience
        self.limit = float(most)
        self.in_flight = 0
        self._changed = asyncio.Event()
        self._last_cut = -float("inf")
        self._before_cut = 0.0
        self._n_in_a_row = 0  # refusals since then, or since an answer
        self._latency = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it until the end of the block.

        Yields
        ------
        None
            While the request is on its way.
        """
        while self.in_flight >= max(1, int(self.limit)):
            await self.next_change()
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self._changed.set()
            self._changed = asyncio.Event()

    async def next_change(self) -> None:
        """Wait until a request comes back."""
        await self._changed.wait()

    def succeeded(self, seconds: float) -> None:
        """Take note of an answer.

        Parameters
        ----------
        seconds : float
            How long it took.
        """
        self._n_in_a_row = 0
        known = self._latency
        self._latency = 0.9 * known + 0.1 * seconds if known else seconds
        if seconds > self._patience / 2:  # with more at a time each would take longer
            return
        is_safe = self.limit < 0.75 * self._before_cut
        step = 0.5 if is_safe else 1 / self.limit
        self.limit = min(self.most, self.limit + step)

    def refused(self, sent: float) -> None:
        """Take note that the server has too many requests, or cannot keep up.

        Parameters
        ----------
        sent : float
            When the request was sent, by the monotonic clock.
        """
        if sent < self._last_cut:
            return
        self._n_in_a_row += 1
        now = time.monotonic()
        is_overrun = self._n_in_a_row >= _OVERRUN
        if is_overrun or now - self._last_cut >= max(1.0, self._latency):
            self._last_cut, self._before_cut = now, self.limit
            self._n_in_a_row = 0
            self.limit = max(1.0, self.limit / 2)
