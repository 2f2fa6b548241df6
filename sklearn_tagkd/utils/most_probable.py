"""The most probable class, or none where it is not probable enough."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["most_probable"]


def most_probable(
    probabilities: NDArray[np.floating[Any]],
    classes: NDArray[Any],
    abstain_below: float | None,
) -> NDArray[Any]:
    """Name the most probable class of each row.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
        Rows sum to 1.
    classes : ndarray of shape (n_classes,)
        Labels.
    abstain_below : float or None
        The probability below which no class is named.

    Returns
    -------
    ndarray of shape (n_rows,)
        Labels; ``''`` among strings and -1 among numbers where none is named.

    Raises
    ------
    ValueError
        If ``abstain_below`` is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.utils.most_probable import most_probable
    >>> shares = np.array([[0.9, 0.1], [0.4, 0.6]])
    >>> most_probable(shares, np.array(["cat", "dog"]), 0.8).tolist()
    ['cat', '']
    """
    labels: NDArray[Any] = classes[probabilities.argmax(axis=1)]
    if abstain_below is None:
        return labels
    is_number = isinstance(abstain_below, Real) and not isinstance(abstain_below, bool)
    if not is_number or not 0 <= abstain_below <= 1:
        raise ValueError(
            f"abstain_below is a probability between 0 and 1; got {abstain_below!r}."
        )
    if isinstance(classes.tolist()[0], str):
        nothing: Any = ""
    else:
        nothing = -1
        if labels.dtype.kind in "bu":  # which hold no -1
            labels = labels.astype(np.int64)
    labels[probabilities.max(axis=1) < abstain_below] = nothing
    return labels
