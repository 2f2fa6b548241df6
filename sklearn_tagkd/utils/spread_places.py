"""Some of many places, spread over all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["spread_places"]

_SEED = 0  # as many places give the same ones, whatever they are for


def spread_places(n_places: int, most: int) -> NDArray[np.int64]:
    """Take one place, drawn by chance, out of each of many equal stretches.

    They lie as evenly as every k-th place, and do not fall in step with an order that
    repeats itself: with classes in turn, every k-th node may be of one class.

    Parameters
    ----------
    n_places : int
        How many there are.
    most : int
        How many to take at most, 1 or more.

    Returns
    -------
    ndarray of int64 of shape (n_taken,)
        Ascending; all of them, where that is not too many, else more than half of
        ``most``. The same for the same numbers.

    Examples
    --------
    >>> from sklearn_tagkd.utils.spread_places import spread_places
    >>> spread_places(4, 10).tolist()
    [0, 1, 2, 3]
    >>> [place // 3 for place in spread_places(12, 4).tolist()]
    [0, 1, 2, 3]
    """
    if n_places <= most:
        return np.arange(n_places)
    step = -(-n_places // most)
    starts = np.arange(0, n_places, step)
    lengths = np.minimum(step, n_places - starts)
    drawn = np.random.RandomState(_SEED).random_sample(len(starts))
    places: NDArray[np.int64] = starts + (drawn * lengths).astype(np.int64)
    return places
