"""Intervals of shares, and of how far two shares are apart."""

from __future__ import annotations

import math

__all__ = ["DEVIATIONS", "difference_interval", "wilson_interval"]

DEVIATIONS = 1.959963984540054  # that an interval of 95% reaches to each side


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return Wilson's interval at 95%: of few that all agree it says no certainty.

    Parameters
    ----------
    share : float
        How many of them, from 0 to 1.
    n : int
        How many there are, at least 1.

    Returns
    -------
    tuple of float
        Lower and upper end.

    Examples
    --------
    >>> from sklearn_tagkd.utils.intervals import wilson_interval
    >>> low, high = wilson_interval(1.0, 10)
    >>> round(low, 2), round(high, 2)
    (0.72, 1.0)
    """
    shrunk = 1 + DEVIATIONS**2 / n
    middle = (share + DEVIATIONS**2 / (2 * n)) / shrunk
    variance = share * (1 - share) / n + (DEVIATIONS / (2 * n)) ** 2
    spread = DEVIATIONS * math.sqrt(variance) / shrunk
    return middle - spread, middle + spread


def difference_interval(
    before: tuple[float, float, float], now: tuple[float, float, float]
) -> tuple[float, float]:
    """Return an interval of the difference of two shares (Newcombe 1998).

    Parameters
    ----------
    before, now : (float, float, float)
        Share, and Wilson's interval around it.

    Returns
    -------
    tuple of float
        Lower and upper end of ``now`` less ``before``, at 95%.
    """
    apart = now[0] - before[0]
    down = math.hypot(now[0] - now[1], before[2] - before[0])
    up = math.hypot(now[2] - now[0], before[0] - before[1])
    return apart - down, apart + up
