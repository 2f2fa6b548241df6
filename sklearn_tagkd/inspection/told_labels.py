"""Labels that a user gives beside a fitted model, read as that model's."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import labelled_rows

__all__ = ["kind_of", "read_labels", "refuse_other_kind"]


def read_labels(
    y: Any, n_nodes: int, classes: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Tell labelled rows from unlabelled ones, and refuse labels of another kind.

    Parameters
    ----------
    y : array-like of shape (n_nodes,) or None
        Labels; unlabelled ones as in ``fit``. None has none.
    n_nodes : int
        Length that ``y`` must have.
    classes : ndarray of shape (n_classes,)
        Of the model.

    Returns
    -------
    y : ndarray of shape (n_nodes,)
        The labels; of a class that the model does not know, too.
    is_labelled : ndarray of bool of shape (n_nodes,)
        Which rows have one.

    Raises
    ------
    ValueError
        If they are of another kind than the classes, of another length, or no classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection.told_labels import read_labels
    >>> read_labels(["a", "", "c"], 3, np.array(["a", "b"]))[1].tolist()
    [True, False, True]
    """
    if y is None:
        return np.zeros(n_nodes, classes.dtype), np.zeros(n_nodes, dtype=bool)
    labels, is_labelled = labelled_rows(y, n_nodes)
    refuse_other_kind("y", labels[is_labelled], classes)
    return labels, is_labelled


def refuse_other_kind(name: str, labels: Any, classes: Any) -> None:
    """Refuse labels that no class can be equal to, or only by accident.

    Parameters
    ----------
    name : str
        What the labels are, for an error.
    labels : iterable of labels
        As they were given; it may be empty.
    classes : iterable of labels
        What they stand beside; it may be empty.

    Raises
    ------
    ValueError
        If the ones are strings and the others numbers, or either are truth values.
    """
    ours = {kind_of(label): label for label in np.asarray(classes).tolist()}
    theirs = {kind_of(label): label for label in np.asarray(labels).tolist()}
    for kind, label in theirs.items():
        if ours and kind not in ours:
            expected, example = next(iter(ours.items()))
            raise ValueError(
                f"{name} holds {kind} such as {label!r}, and the classes are "
                f"{expected} such as {example!r}. Give labels as the classes are."
            )


def kind_of(label: Any) -> str:
    """Name what a label is.

    Parameters
    ----------
    label : object
        A label.

    Returns
    -------
    str
        ``'strings'``, ``'truth values'``, ``'numbers'``, or the type's name.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.told_labels import kind_of
    >>> kind_of("1"), kind_of(1), kind_of(True)
    ('strings', 'numbers', 'truth values')
    """
    if isinstance(label, str):
        return "strings"
    if isinstance(label, bool | np.bool_):
        return "truth values"
    return "numbers" if isinstance(label, Number) else type(label).__name__
