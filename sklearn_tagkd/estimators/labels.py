"""What in ``y`` is a label, and what means unlabelled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

__all__ = ["labelled_rows"]


def labelled_rows(y: Any, n_nodes: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Tell labelled rows from unlabelled ones.

    Parameters
    ----------
    y : array-like of shape (n_nodes,)
        Labels; ``-1``, ``''`` and None mean unlabelled.
    n_nodes : int
        Length that ``y`` must have.

    Returns
    -------
    y : ndarray of shape (n_nodes,)
        The labels.
    is_labelled : ndarray of bool of shape (n_nodes,)
        Which rows have one.

    Raises
    ------
    ValueError
        If the length differs, NaN occurs, or the labels are no classes.
    """
    labels = column_or_1d(y, warn=True)
    if len(labels) != n_nodes:
        raise ValueError(
            f"y has {len(labels)} entries but X has {n_nodes} nodes. Give one label "
            "per selected node; -1 (or '' among strings) for an unlabelled one."
        )
    if labels.dtype.kind == "U" and (labels == "-1").any():
        raise ValueError(
            "y holds the string '-1'. For an unlabelled node use '' among strings, or "
            "an array of dtype object with the integer -1."
        )
    if labels.dtype.kind in "UO":
        known = [v is not None and v != "" and not _is_minus_one(v) for v in labels]
        is_labelled = np.array(known, dtype=bool)
    else:
        is_labelled = labels != -1
    used = labels[is_labelled]
    if used.dtype.kind in "fO" and any(value != value for value in used.tolist()):
        raise ValueError("y contains NaN. For an unlabelled node use -1, '' or None.")
    if len(used):
        check_classification_targets(used)
    return labels, is_labelled


def _is_minus_one(value: Any) -> bool:
    return not isinstance(value, str) and value == -1
