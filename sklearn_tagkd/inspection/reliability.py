"""How often a model is right, beside how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.calibrating import read_calibration
from sklearn_tagkd.utils.intervals import wilson_interval

__all__ = ["Reliability", "reliability_of", "reliability_on"]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predictions in bins of how sure they are.

    Parameters
    ----------
    confidence : ndarray of float64 of shape (n_bins,)
        Mean probability of the predicted class, ascending; empty bins are left out.
    right : ndarray of float64 of shape (n_bins,)
        Share of predictions that are right.
    low, high : ndarray of float64 of shape (n_bins,)
        Wilson's interval of that at 95%.
    counts : ndarray of int64 of shape (n_bins,)
        Predictions.
    """

    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of the two, from 0 to 1."""
        apart = np.abs(self.confidence - self.right)
        return float((apart * self.counts).sum() / self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of all predictions that are right."""
        return float((self.right * self.counts).sum() / self.counts.sum())


def reliability_of(
    is_right: NDArray[np.bool_], confidence: NDArray[np.float64], n_bins: int = 10
) -> Reliability:
    """Put predictions into bins of equal width.

    Parameters
    ----------
    is_right : ndarray of bool of shape (n_nodes,)
        Whether each is right.
    confidence : ndarray of float64 of shape (n_nodes,)
        Probability of the predicted class.
    n_bins : int, default=10
        Between 0 and 1.

    Returns
    -------
    Reliability
        Of the bins that hold something.

    Raises
    ------
    ValueError
        If there is no prediction, or no bin.
    """
    if isinstance(n_bins, bool) or not isinstance(n_bins, int) or n_bins < 1:
        raise ValueError(f"n_bins={n_bins!r} is to be a whole number, 1 or more.")
    if not len(confidence):
        raise ValueError("There is no prediction with a true label beside it.")
    bins = np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    held = counts > 0
    n_held = counts[held]
    sure = np.bincount(bins, confidence, n_bins)[held] / n_held
    right = np.bincount(bins, is_right, n_bins)[held] / n_held
    ends = [wilson_interval(*pair) for pair in zip(right, n_held, strict=True)]
    low, high = np.clip(np.array(ends).T, 0.0, 1.0)
    return Reliability(sure, right, low, high, n_held)


def reliability_on(
    model: Any, graph: TextGraph, y: Any, n_bins: int = 10
) -> Reliability:
    """Hold a model against true labels of nodes that it has not learnt.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted. Nodes that its teacher answered about are left out, where that is known.
    graph : TextGraph
        A view.
    y : array-like of shape (n_nodes,)
        True labels; unlabelled nodes are left out.
    n_bins : int, default=10
        Between 0 and 1.

    Returns
    -------
    Reliability
        Of the predicted classes.
    """
    view, codes = read_calibration(model, graph, y)
    if not len(codes):
        return reliability_of(np.empty(0, bool), np.empty(0), n_bins)
    shares = model.predict_proba(view)
    return reliability_of(shares.argmax(axis=1) == codes, shares.max(axis=1), n_bins)
