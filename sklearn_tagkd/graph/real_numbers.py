"""Arrays of real numbers, or a sentence that says what else was given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import as_numpy
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["FILL", "REAL", "real_numbers"]

REAL = "biuf"  # kinds of dtype: bool, int, unsigned, float
FILL = "Fill in missing values first, for example with sklearn's SimpleImputer."
_ENCODE = (
    "Convert digits with .astype(float); encode categories first, for example with "
    "sklearn's OneHotEncoder."
)
_REMEDIES = {
    "c": "They have to be real: take real parts, or absolute values.",
    "M": "Say how much time went by since some day: dates - dates.min().",
    "m": "Give it in a unit: durations / np.timedelta64(1, 'D').",
}


def real_numbers(values: Any, name: str) -> NDArray[Any]:
    """Return an array of real numbers.

    Parameters
    ----------
    values : array-like
        What a user gave: an array, a tensor, nested lists.
    name : str
        Of the argument.

    Returns
    -------
    ndarray
        Of bool, int or float; an array of these is not copied. What is missing among
        objects is NaN.

    Raises
    ------
    GraphFormatError
        If something else is in it; names the first offender and the remedy.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        places = np.argwhere(np.ma.getmaskarray(values))
        raise GraphFormatError(
            f"{name} is masked in {len(places)} places, the first of them "
            f"{name}{places[0].tolist()}. {FILL}"
        )
    try:
        array = np.asarray(as_numpy(values))
    except ValueError:
        raise GraphFormatError(
            f"The rows of {name} differ in length. Give all of them the same number of "
            "columns."
        ) from None
    if array.dtype == object and array.ndim:
        return _converted(array, name)
    if array.dtype.kind not in {*REAL, "O"}:
        raise GraphFormatError(
            f"{name} must be numbers; got dtype {array.dtype}. "
            f"{_REMEDIES.get(array.dtype.kind, _ENCODE)}"
        )
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            return array.astype(np.float64)  # torch knows no longer ones
    return array


def _converted(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return objects that are numbers as numbers."""
    numbers = np.empty(array.shape, dtype=np.float64)
    for place, value in np.ndenumerate(array):
        number = np.nan if is_missing(value) else _number(value)
        if number is None:
            raise GraphFormatError(
                f"{name} must be numbers; {name}{[*place]} is of type "
                f"{type(value).__name__} and no number that float64 holds. {_ENCODE}"
            )
        numbers[place] = number
    return numbers


def _number(value: Any) -> float | None:
    if isinstance(value, str | bytes):  # float() would read "1e3", and "nan"
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
