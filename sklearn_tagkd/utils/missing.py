"""What stands for a value that is not there."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np

__all__ = ["is_minus_one", "is_missing"]


def is_missing(value: Any) -> bool:
    """Tell a value that is not there from one that is.

    Parameters
    ----------
    value : object
        A label, as a list, numpy, pandas or a table in a file may hold it.

    Returns
    -------
    bool
        True for None, NaN, NaT, pandas' NA and numpy's masked; 0 and False are there.

    Examples
    --------
    >>> from sklearn_tagkd.utils.missing import is_missing
    >>> [is_missing(value) for value in (None, float("nan"), 0, False, "")]
    [True, True, False, False, False]
    """
    if value is None or value is np.ma.masked:
        return True
    if type(value).__name__ == "NAType":  # pandas' NA, which no comparison tells apart
        return True
    differs = value != value
    return isinstance(differs, bool | np.bool_) and bool(differs)


def is_minus_one(value: Any) -> bool:
    """Tell the number -1, which means unlabelled, from labels.

    Parameters
    ----------
    value : object
        A label.

    Returns
    -------
    bool
        False for the string ``'-1'``.
    """
    number: Any = value
    return isinstance(value, Number) and bool(number == -1)
