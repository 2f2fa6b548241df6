"""Few nodes that are near many: a greedy cover."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.spread_places import spread_places

__all__ = ["distances", "likeness", "nearest_share", "pick_cover"]

_SMALLEST = 1e-3  # of a squared radius: equal rows cover one another at any
_MOST_SAMPLED = 400  # columns of distances that a quantile is taken of


def distances(
    rows: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return squared distances between all pairs of rows of one length.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_dimensions)
        Ones.
    others : ndarray of float64 of shape (n_others, n_dimensions)
        Others.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_others)
        0 and more.
    """
    product = rows.astype(np.float32) @ others.astype(np.float32).T
    own = (rows**2).sum(axis=1).astype(np.float32)
    theirs = (others**2).sum(axis=1).astype(np.float32)
    squared: NDArray[np.float32] = own[:, None] + theirs - 2 * product
    return np.maximum(squared, 0, out=squared)


def likeness(squared: NDArray[np.float32], n_regions: float) -> NDArray[np.float32]:
    """Return how well each row stands for each other, from 0 to 1.

    The radius shrinks with the number of regions: about so many share out all there
    is. After kernel herding and its successors (MaxHerding, Bae et al. 2024).

    Parameters
    ----------
    squared : ndarray of float32 of shape (n_rows, n_others)
        Squared distances.
    n_regions : float
        In how many regions all rows are to fall.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_others)
        A Gaussian of the distance.
    """
    sampled = squared[spread_places(len(squared), _MOST_SAMPLED)]
    width = np.quantile(sampled, min(1.0, 1 / n_regions))
    result: NDArray[np.float32] = np.exp(-squared / max(float(width), _SMALLEST))
    return result


def pick_cover(
    alike: NDArray[np.float32],
    weights: NDArray[np.float64],
    covered: NDArray[np.float32],
    counts: NDArray[np.bool_],
    n_wanted: int,
) -> list[int]:
    """Pick rows one by one, each time the one that covers most of what is not.

    Greedy choice is within 1 - 1/e of the best one (the gain falls as more is
    covered), and a heap of the gains last seen saves nearly all of the work.

    Parameters
    ----------
    alike : ndarray of float32 of shape (n_rows, n_others)
        How well a row stands for each of the others.
    weights : ndarray of float64 of shape (n_others,)
        What it is worth to cover each.
    covered : ndarray of float32 of shape (n_others,)
        How well each is covered already.
    counts : ndarray of bool of shape (n_rows,)
        Rows that count as picked; the others cover, and are passed over.
    n_wanted : int
        How many that count to pick.

    Returns
    -------
    list of int
        Rows, best first.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.asking.selection.cover import (
    ...     distances, likeness, pick_cover)
    >>> rows = np.array([[1.0, 0.0], [0.99, 0.14], [0.0, 1.0]])
    >>> alike = likeness(distances(rows, rows), 2)
    >>> everyone = np.ones(3, dtype=bool)
    >>> pick_cover(alike, np.ones(3), np.zeros(3, "f4"), everyone, 2)
    [0, 2]
    """
    worth = weights.astype(np.float32)
    gains = np.maximum(alike - covered, 0) @ worth
    heap = [(-gain, row) for row, gain in enumerate(gains.tolist())]
    heapq.heapify(heap)
    picked: list[int] = []
    while heap and len(picked) < n_wanted:
        _, row = heapq.heappop(heap)
        gain = float(np.maximum(alike[row] - covered, 0) @ worth)
        if heap and gain < -heap[0][0] - 1e-6 * abs(gain):
            heapq.heappush(heap, (-gain, row))
            continue
        covered = np.maximum(covered, alike[row])
        if counts[row]:
            picked.append(row)
    return picked


def nearest_share(squared: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what share of the others each row is the nearest of.

    Parameters
    ----------
    squared : ndarray of float32 of shape (n_rows, n_others)
        Squared distances.

    Returns
    -------
    ndarray of float64 of shape (n_rows,)
        Sums to 1.
    """
    nearest = squared.argmin(axis=0)
    counts = np.bincount(nearest, minlength=len(squared))
    shares: NDArray[np.float64] = counts / squared.shape[1]
    return shares
