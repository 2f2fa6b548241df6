"""Labels that scikit-learn has encoded, and the names they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import labelled_rows

__all__ = ["decode_labels"]


def decode_labels(
    classes: Sequence[Any] | Mapping[Any, str] | None, y: Any, n_nodes: int
) -> tuple[Any, NDArray[np.int64] | None]:
    """Read integers in ``y`` as positions among the names of classes.

    ``cross_val_predict(method="predict_proba")``, ``StackingClassifier`` and
    ``VotingClassifier`` number the labels from 0 in sorted order before they fit.
    Only names that are given, sorted, can tell which number is which; whatever
    leaves a doubt is refused.

    Parameters
    ----------
    classes : sequence of labels, mapping of label to description, or None
        What the user says the classes are.
    y : array-like of shape (n_nodes,) or None
        Labels.
    n_nodes : int
        Length that ``y`` must have.

    Returns
    -------
    y : array-like of shape (n_nodes,) or None
        Names in place of integers; otherwise what was given.
    codes : ndarray of int64 of shape (n_classes,) or None
        0, 1, ... where names took the place of integers.

    Raises
    ------
    ValueError
        If ``y`` holds integers, the classes are names, and either the names are not
        sorted or the integers are not just their positions.

    Examples
    --------
    >>> from sklearn_tagkd.estimators.label_codes import decode_labels
    >>> decode_labels(["goal", "vote"], [1, -1, 0], 3)
    (array(['vote', '', 'goal'], dtype='<U4'), array([0, 1]))
    """
    names = [] if classes is None else list(classes)
    if y is None or not names or not all(isinstance(name, str) for name in names):
        return y, None
    labels, is_labelled = labelled_rows(y, n_nodes)
    numbers = labels[is_labelled].tolist()
    if not numbers or not all(map(_is_integer, numbers)):
        return y, None
    found = sorted(set(numbers))
    if sorted(set(names)) != names:
        raise ValueError(
            f"y holds integers such as {found[0]}, and the classes are names that are "
            "not in sorted order, so that it is not known which is which. Give y as "
            "names; or, where scikit-learn has encoded them, pass "
            "classes=sorted(names)."
        )
    if found[-1] >= len(names):
        raise ValueError(
            f"y holds integers up to {found[-1]}, and there are {len(names)} classes: "
            "they are not positions among the names. Unlabelled nodes count as a class "
            "of their own when scikit-learn encodes labels: pass labelled nodes only "
            "(graph[rows], y[rows])."
        )
    if len(found) < len(names):
        missing = sorted(set(range(len(names))) - set(found))
        raise ValueError(
            f"y holds {len(found)} different integers, and there are {len(names)} "
            f"classes: without {missing} they may be positions among fewer names. Give "
            "y as names; or, where scikit-learn has encoded them, see to it that every "
            "class is in every training set, and in classes=sorted(names) no other."
        )
    names_of = np.array([*names, ""])  # -1, unlabelled, is the last
    return names_of[np.where(is_labelled, labels, -1).astype(np.int64)], np.arange(
        len(names)
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
