"""What in ``y`` is a label, and what means unlabelled."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from sklearn_tagkd.utils.missing import is_minus_one, is_missing

__all__ = [
    "check_class_names",
    "complete_labels",
    "is_unlabelled",
    "labelled_rows",
    "refuse_lone_class",
]

_MINUS_ONE = ("-1", "-1.0")  # as a class of that number is named
_LARGEST_WHOLE = 2**53  # up to which a float tells whole numbers apart


def is_unlabelled(value: Any) -> bool:
    """Tell what means unlabelled from what is a label.

    Parameters
    ----------
    value : object
        An entry of ``y``.

    Returns
    -------
    bool
        True for a missing value (None, NaN, NA, NaT), ``''`` and the number -1; 0 and
        False are labels.

    Examples
    --------
    >>> from sklearn_tagkd.estimators.labels import is_unlabelled
    >>> [is_unlabelled(value) for value in (-1, "", None, 0, False, "-1")]
    [True, True, True, False, False, False]
    """
    if is_missing(value):
        return True
    if isinstance(value, str):
        return value == ""
    return is_minus_one(value)


def labelled_rows(y: Any, n_nodes: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Tell labelled rows from unlabelled ones.

    Parameters
    ----------
    y : array-like of shape (n_nodes,)
        Labels; ``-1``, ``''`` and a missing value mean unlabelled.
    n_nodes : int
        Length that ``y`` must have.

    Returns
    -------
    y : ndarray of shape (n_nodes,)
        The labels, all of one kind. Whole numbers that have become floats because one
        of them is missing are whole numbers again.
    is_labelled : ndarray of bool of shape (n_nodes,)
        Which rows have one.

    Raises
    ------
    ValueError
        If the length differs, strings and numbers are mixed, or the labels are no
        classes.

    Examples
    --------
    >>> from sklearn_tagkd.estimators.labels import labelled_rows
    >>> labelled_rows([0.0, 1.0, float("nan")], 3)
    (array([ 0,  1, -1]), array([ True,  True, False]))
    """
    values = _column(y)
    if len(values) != n_nodes:
        raise ValueError(
            f"y has {len(values)} entries but X has {n_nodes} nodes. Give one label "
            "per selected node; -1 (or '' among strings) for an unlabelled one."
        )
    if not _stays_object(y, values) and any(
        isinstance(value, str) and value == "-1" for value in values.tolist()
    ):
        raise ValueError(
            "y holds the string '-1'. For an unlabelled node use '' among strings, or "
            "an array of dtype object with the integer -1."
        )
    is_labelled = ~_unlabelled(values)
    used = _of_one_kind(values[is_labelled], _stays_object(y, values))
    if used.dtype.kind == "f" and any(map(is_missing, values[~is_labelled].tolist())):
        used = _whole(used)
    if len(used):
        # Thrice: one label a class is no sign of a regression here, as it takes it for.
        check_classification_targets(np.repeat(used, 3))
    filler: Any = {"U": "", "O": "", "i": -1, "f": -1}.get(used.dtype.kind, 0)
    labels = np.full(n_nodes, filler, used.dtype)
    labels[is_labelled] = used
    return labels, is_labelled


def complete_labels(y: Any) -> NDArray[Any]:
    """Read labels of rows that all have one.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels; -1 is one of them.

    Returns
    -------
    ndarray of shape (n_rows,)
        The same, as numpy holds them.

    Raises
    ------
    ValueError
        If one is missing.
    """
    values = _column(y)
    if values.dtype != object:
        return values  # scikit-learn finds NaN itself
    missing = [row for row, value in enumerate(values.tolist()) if is_missing(value)]
    if missing:
        raise ValueError(
            f"Input y contains NaN or another missing value, the first in row "
            f"{missing[0]}. The rows of an array need a label each: leave such rows "
            "out, or make a TextGraph of them, whose nodes may be unlabelled."
        )
    return _of_one_kind(values, _stays_object(y, values))


def check_class_names(classes: Iterable[Any], y: Any = None) -> None:
    """Refuse names of classes that mean unlabelled in ``y``.

    Parameters
    ----------
    classes : iterable of labels
        What a node can be, as the user says.
    y : array-like of shape (n_nodes,), default=None
        Labels. Where the number -1 is among them, ``'-1'`` is no name of a class.

    Raises
    ------
    ValueError
        If -1, ``''`` or a missing value is among them.
    """
    for label in classes:
        is_digits = isinstance(label, str) and label.strip() in _MINUS_ONE
        if is_unlabelled(label) or (is_digits and _holds_minus_one(y)):
            raise ValueError(
                f"classes holds {label!r}, which means unlabelled in y: true labels of "
                "that class would be passed over. Leave it out; where it is a class of "
                "yours, name it otherwise there and in y, for example 'negative'."
            )


def refuse_lone_class(
    labels: NDArray[Any], is_labelled: NDArray[np.bool_], classes: Iterable[Any]
) -> None:
    """Refuse numbers of which -1 is most likely a class.

    Parameters
    ----------
    labels : ndarray of shape (n_nodes,)
        As :func:`labelled_rows` returns them.
    is_labelled : ndarray of bool of shape (n_nodes,)
        Which of them count.
    classes : iterable of labels
        All classes that are known, from wherever.

    Raises
    ------
    ValueError
        If there is one class, a number, and some nodes are unlabelled.
    """
    known = list(classes)
    if len(known) != 1 or is_labelled.all() or not isinstance(known[0], Number):
        return
    raise ValueError(
        f"All labels in y are {known[0]!r}: -1 and missing values mean unlabelled, so "
        "that there is no second class to learn. Where -1 is a class of yours, name it "
        "otherwise: y = np.where(y == -1, 0, y)."
    )


def _holds_minus_one(y: Any) -> bool:
    return y is not None and any(map(is_minus_one, _column(y).tolist()))


def _column(y: Any) -> NDArray[Any]:
    """Return one column; of objects wherever numpy would make one kind of several."""
    if isinstance(y, np.ma.MaskedArray):
        y, is_masked = y.data.astype(object), np.ma.getmaskarray(y)
        y[is_masked] = None
    elif isinstance(y, list | tuple):
        # numpy makes the string 'nan' of NaN, and 'E.A' of a string that is an Enum.
        y = np.array([_plain(value) for value in y], dtype=object)
    elif hasattr(y, "dtype") and not isinstance(y.dtype, np.dtype):  # pandas' own
        y = np.asarray(y, dtype=object)
    y = np.asarray(y)
    if y.dtype.kind == "T":  # numpy's strings of any length
        y = y.astype(object)
    column: NDArray[Any] = column_or_1d(y, warn=True)
    return column


def _plain(value: Any) -> Any:
    """Return what an Enum of strings, or an array or tensor of no dimension, holds."""
    if isinstance(value, Enum) and isinstance(value, str):
        return str(value.value)
    if getattr(value, "shape", None) == () and callable(getattr(value, "item", None)):
        return value if isinstance(value, np.generic) else value.item()
    return value


def _unlabelled(values: NDArray[Any]) -> NDArray[np.bool_]:
    kind = values.dtype.kind
    if kind == "O":
        return np.array([is_unlabelled(value) for value in values], dtype=bool)
    if kind == "U":
        return np.asarray(values == "")
    if kind in "if":
        return np.asarray((values == -1) | (values != values))
    if kind in "mM":
        return np.asarray(np.isnat(values))
    return np.zeros(len(values), dtype=bool)


def _stays_object(y: Any, values: NDArray[Any]) -> bool:
    """Tell arrays of objects, which scikit-learn leaves alone, from lists."""
    return values.dtype == object and not isinstance(y, list | tuple)


def _of_one_kind(used: NDArray[Any], stays_object: bool) -> NDArray[Any]:
    """Return labels in the type that numpy has for them, or strings as they were."""
    if used.dtype != object:
        return used
    labels = used.tolist()
    strings = [label for label in labels if isinstance(label, str)]
    if strings and len(strings) < len(labels):
        other = next(label for label in labels if not isinstance(label, str))
        raise ValueError(
            f"y holds strings such as {strings[0]!r} and a {type(other).__name__} such "
            f"as {other!r}. Give labels of one kind: y.astype(str), with '' for an "
            "unlabelled node."
        )
    if strings and stays_object:
        return used
    try:
        return np.array(labels)
    except ValueError:  # lists of several lengths: no labels, as is told later
        return used


def _whole(numbers: NDArray[Any]) -> NDArray[Any]:
    numbers = numbers.astype(np.result_type(numbers, np.float64))
    near = np.abs(numbers) <= _LARGEST_WHOLE
    if not (near.all() and (numbers == np.floor(numbers)).all()):
        return numbers
    return numbers.astype(np.int64)
