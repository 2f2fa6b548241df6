"""Means with their spread, and paired differences with their interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Difference", "Summary", "paired_difference", "summarize"]

_LEVEL = 0.95
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Summary:
    """A figure over several subsets.

    Parameters
    ----------
    mean : float
        Its mean.
    deviation : float
        Standard deviation of one subset, with ``n - 1``; NaN for a single one.
    n : int
        Number of subsets.
    """

    mean: float
    deviation: float
    n: int


@dataclass(frozen=True)
class Difference:
    """A difference between two methods on the same subsets.

    Parameters
    ----------
    mean : float
        Mean difference.
    low, high : float
        Ends of its 95% interval; NaN where the pairs have no spread to tell it
        from: a single one, or a difference that is the same every time.
    n : int
        Number of pairs.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def verdict(self) -> str:
        """What can be said: ``'better'``, ``'worse'`` or ``'no difference shown'``."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no difference shown"


def summarize(values: Sequence[float]) -> Summary:
    """Return mean and spread.

    Parameters
    ----------
    values : sequence of float
        One per subset, at least one.

    Returns
    -------
    Summary
        Of the values.
    """
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return Summary(float(np.mean(values)), spread, len(values))


def paired_difference(
    ours: Mapping[int, float], theirs: Mapping[int, float]
) -> Difference | None:
    """Return the mean difference over common subsets, by a paired t interval.

    Parameters
    ----------
    ours, theirs : mapping of int to float
        Number of the subset to the figure; higher is better.

    Returns
    -------
    Difference or None
        ``ours`` minus ``theirs``; None where no subset is common to both.

    Examples
    --------
    >>> from sklearn_tagkd.commands.benchmark.reporting.statistics import (
    ...     paired_difference)
    >>> paired_difference({0: 0.8, 1: 0.9, 2: 0.9}, {0: 0.7, 1: 0.8, 2: 0.79}).verdict
    'better'
    """
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        return None
    gaps = np.array([ours[subset] - theirs[subset] for subset in common])
    mean, n_pairs = float(gaps.mean()), len(gaps)
    if np.ptp(gaps) < _ROUNDING:
        return Difference(mean, float("nan"), float("nan"), n_pairs)
    error = float(gaps.std(ddof=1) / np.sqrt(n_pairs))
    reach = float(stats.t.ppf((1 + _LEVEL) / 2, n_pairs - 1)) * error
    return Difference(mean, mean - reach, mean + reach, n_pairs)
