"""What is written of predicted documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["result_columns"]

_COLUMNS = ("node", "label", "confidence")
_DECIMALS = 6


def result_columns(
    ids: Sequence[Any],
    shares: NDArray[np.float64],
    classes: NDArray[Any],
    with_probabilities: bool,
) -> dict[str, list[Any]]:
    """Return what is written of some documents.

    Parameters
    ----------
    ids : sequence of str or int
        One per document.
    shares : ndarray of float64 of shape (n_documents, n_classes)
        Probabilities.
    classes : ndarray of shape (n_classes,)
        Labels.
    with_probabilities : bool
        Whether each class has a column; one that is called as a column is already gets
        ``class:`` before its name.

    Returns
    -------
    dict of str to list
        Columns; probabilities have six decimals.
    """
    best = shares.argmax(axis=1)
    rounded = shares.round(_DECIMALS)
    columns = {
        "node": list(ids),
        "label": classes[best].tolist(),
        "confidence": rounded[np.arange(len(best)), best].tolist(),
    }
    if with_probabilities:
        for label, column in zip(classes.tolist(), rounded.T, strict=True):
            name = str(label)
            columns[f"class:{name}" if name in _COLUMNS else name] = column.tolist()
    return columns
