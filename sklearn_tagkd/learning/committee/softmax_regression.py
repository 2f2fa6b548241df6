"""Softmax regression on soft targets: convex, so that no seed decides anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

__all__ = ["fit_softmax", "predict_softmax"]

_BIAS_PENALTY = 1e-4


def fit_softmax(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: float,
    *,
    start: NDArray[np.float64] | None = None,
    max_iter: int = 150,
) -> NDArray[np.float64]:
    """Fit coefficients to class distributions.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_columns)
        What to look at.
    targets : ndarray of float64 of shape (n_rows, n_classes)
        Class distributions.
    weights : ndarray of float64 of shape (n_rows,)
        How much each row counts; their scale is of no consequence.
    penalty : float
        Of the squared coefficients, against the mean cross-entropy.
    start : ndarray of float64 of shape (n_columns + 1, n_classes), default=None
        Where to begin.
    max_iter : int, default=150
        Steps of L-BFGS at most.

    Returns
    -------
    ndarray of float64 of shape (n_columns + 1, n_classes)
        Coefficients; the last row is the bias.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.learning.committee.softmax_regression import (
    ...     fit_softmax, predict_softmax)
    >>> rows = np.array([[1.0], [-1.0]])
    >>> found = fit_softmax(rows, np.eye(2), np.ones(2), 1e-3)
    >>> bool(predict_softmax(rows, found)[0, 0] > 0.9)
    True
    """
    share = (weights / weights.sum())[:, None]
    n_columns, n_classes = rows.shape[1], targets.shape[1]
    shape = (n_columns + 1, n_classes)
    penalties = np.full((n_columns + 1, 1), penalty)
    penalties[-1] = _BIAS_PENALTY
    gradient = np.empty(shape)

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        found = flat.reshape(shape)
        predicted = predict_softmax(rows, found)
        loss = -(share * targets * np.log(predicted + 1e-12)).sum()
        error = share * (predicted - targets)
        gradient[:-1] = rows.T @ error
        gradient[-1] = error.sum(axis=0)
        slope = gradient + 2 * penalties * found
        return float(loss + (penalties * found**2).sum()), slope.ravel()

    first = np.zeros(shape) if start is None else start
    result = minimize(
        objective,
        first.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iter},
    )
    found: NDArray[np.float64] = result.x.reshape(shape)
    return found


def predict_softmax(
    rows: NDArray[np.float64], coefficients: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return class probabilities.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_columns)
        What to look at.
    coefficients : ndarray of float64 of shape (n_columns + 1, n_classes)
        Of :func:`fit_softmax`.

    Returns
    -------
    ndarray of float64 of shape (n_rows, n_classes)
        Rows sum to 1.
    """
    scores = rows @ coefficients[:-1] + coefficients[-1]
    probabilities: NDArray[np.float64] = softmax(scores, axis=1)
    return probabilities
