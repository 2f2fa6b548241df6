"""Time stamps of nodes, as tables and files have them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.missing import is_missing

__all__ = ["read_times"]

_TOLD = "times are to be numbers, or dates, or ISO dates such as '2026-05-01'"


def read_times(times: Any, n_nodes: int) -> NDArray[Any]:
    """Return time stamps that can be ordered.

    Parameters
    ----------
    times : array-like of shape (n_nodes,)
        Numbers, or dates, or ISO dates; missing values and ``''`` where there is none.
        Times of a zone are counted in UTC, and others as they are.
    n_nodes : int
        Length that they must have.

    Returns
    -------
    ndarray of shape (n_nodes,)
        Of numbers, with NaN, or of dates, with NaT.

    Raises
    ------
    ValueError
        If they are neither, are mixed, or are of another length.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.time_stamps import read_times
    >>> read_times([2019, None], 2), read_times(["2026-05-01", ""], 2)
    (array([2019.,   nan]), array(['2026-05-01T00:00:00',                 'NaT'],
          dtype='datetime64[s]'))
    """
    stamps = np.asarray(times)
    if stamps.shape != (n_nodes,):
        raise ValueError(
            f"times has the shape {stamps.shape} and needs one entry per selected "
            f"node: ({n_nodes},)."
        )
    if stamps.dtype.kind in "iufM":
        return stamps
    if stamps.dtype.kind not in "OU":
        raise ValueError(f"{_TOLD}; got {stamps.dtype}.")
    there = [not (is_missing(stamp) or stamp == "") for stamp in stamps]
    told = stamps[there].tolist()
    if all(isinstance(stamp, Real) and not isinstance(stamp, bool) for stamp in told):
        numbers = np.full(n_nodes, np.nan)
        numbers[there] = told
        return numbers
    dates = np.full(n_nodes, np.datetime64("NaT", "s"))
    dates[there] = [_date(stamp) for stamp in told]
    return dates


def _date(stamp: Any) -> Any:
    """Return a date, or an ISO date, in UTC where it has a zone."""
    try:
        if isinstance(stamp, str) and len(stamp) > len("2026-05"):
            stamp = datetime.fromisoformat(stamp)
        if isinstance(stamp, datetime) and stamp.tzinfo is not None:
            stamp = stamp.astimezone(UTC).replace(tzinfo=None)
        if isinstance(stamp, str | date | np.datetime64):
            return np.array([stamp], dtype="datetime64[s]")[0]
    except (ValueError, OverflowError):
        pass  # what it says would repeat the cell
    raise ValueError(f"{_TOLD}, all of one kind; one of them is no such thing.")
