"""Time as a process lives it: a pause of the whole process does not count.

A lid that is closed or a container that is stopped takes minutes off a clock in which
nothing could happen. An answer that had arrived by then is still read, and paid once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["AwakeClock", "awake_timeout"]

_TICK = 0.25  # seconds between two looks at the clock
_GAP = 5.0  # seconds without a look, after which the process must have slept


class AwakeClock:
    """A clock of one run; :meth:`tick` has to run beside it."""

    def __init__(self) -> None:
        self._looked = time.monotonic()
        self._wall = time.time()
        self._slept = 0.0
        self._woke = float("-inf")

    def now(self) -> float:
        """Return the time.

        Returns
        -------
        float
            Seconds since any moment, pauses left out.
        """
        looked, wall = time.monotonic(), time.time()
        gap = looked - self._looked
        # On some systems only the wall clock goes on while the machine sleeps.
        if max(gap, wall - self._wall) > _GAP:
            self._slept += max(0.0, gap - _TICK)
            self._woke = looked
        self._looked, self._wall = looked, wall
        return looked - self._slept

    def has_just_slept(self, seconds: float) -> bool:
        """Tell whether the process woke up not long ago.

        Parameters
        ----------
        seconds : float
            How long is not long.

        Returns
        -------
        bool
            False where it never slept.
        """
        self.now()
        return self._looked - self._woke < seconds

    async def tick(self) -> None:
        """Look at the clock until cancelled."""
        while True:
            self.now()
            await asyncio.sleep(_TICK)


@asynccontextmanager
async def awake_timeout(seconds: float) -> AsyncIterator[None]:
    """End a block after so many seconds in which the process was awake.

    Parameters
    ----------
    seconds : float
        How long it may take.

    Yields
    ------
    None
        A TimeoutError ends the block.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds) as limit:
        looked = loop.time()

        def look() -> None:
            nonlocal looked
            now, when = loop.time(), limit.when()
            # Of all that is due after a pause this comes first: it was due first.
            if now - looked > _GAP and when is not None and not limit.expired():
                limit.reschedule(when + now - looked)
            looked = now
            ticks[0] = loop.call_later(_TICK, look)

        ticks = [loop.call_later(_TICK, look)]
        try:
            yield
        finally:
            ticks[0].cancel()
