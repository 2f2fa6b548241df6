"""How often two agree that know nothing of one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["agreement_by_chance"]


def agreement_by_chance(
    one: NDArray[np.int64], other: NDArray[np.int64], n_classes: int
) -> float:
    """Return how often two would agree that have nothing to do with one another.

    Parameters
    ----------
    one, other : ndarray of int64 of shape (n_named,)
        Columns of the classes that each names.
    n_classes : int
        How many there are.

    Returns
    -------
    float
        A share.
    """
    counts = [np.bincount(some, minlength=n_classes) for some in (one, other)]
    return float(counts[0] @ counts[1] / (len(one) * len(other)))
