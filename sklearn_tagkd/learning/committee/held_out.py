"""What is said of labels by models that have not seen them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["Beside", "held_out_loss", "held_out_predictions"]

_N_FOLDS = 5
_POWERS = (0.5, 0.7, 1.0, 1.4)

Beside = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def held_out_predictions(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    penalty: float,
    beside: Beside | None = None,
) -> NDArray[np.float64]:
    """Predict each label by a regression that has not seen it.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_labels, n_columns)
        The labelled nodes.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Their class distributions.
    penalty : float
        Of the regressions.
    beside : tuple of ndarray, default=None
        Rows, targets and weights of other lessons, which every regression learns too;
        a label weighs 1.

    Returns
    -------
    ndarray of float64 of shape (n_labels, n_classes)
        Rows sum to 1.
    """
    random = private_stream(0, "folds of a committee")
    fold = random.permutation(len(rows)) % _N_FOLDS
    said = np.empty_like(targets)
    others = beside or (rows[:0], targets[:0], np.empty(0))
    for number in range(_N_FOLDS):
        held = fold == number
        ones = np.ones(int((~held).sum()))
        found = fit_softmax(
            np.concatenate([rows[~held], others[0]]),
            np.concatenate([targets[~held], others[1]]),
            np.concatenate([ones, others[2]]),
            penalty,
            max_iter=60,
        )
        said[held] = predict_softmax(rows[held], found)
    return said


def held_out_loss(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    penalty: float,
    beside: Beside | None = None,
    among: NDArray[np.bool_] | None = None,
) -> float:
    """Return the cross-entropy of labels to what is said of them.

    As sure or unsure as suits it best: what makes a regression less sure, be it noise,
    shall not pass for knowledge.

    Parameters
    ----------
    rows, targets, penalty, beside : object
        As in :func:`held_out_predictions`.
    among : ndarray of bool of shape (n_classes,), default=None
        Classes that are told apart, those of the labels among them; None is all.
        Where labels are of some classes alone, who knows of no others guesses better.

    Returns
    -------
    float
        Summed over labels.
    """
    said = np.log(held_out_predictions(rows, targets, penalty, beside) + 1e-12)
    if among is not None:
        said, targets = said[:, among], targets[:, among]
    return min(
        float(-(targets * log_softmax(power * said, axis=1)).sum()) for power in _POWERS
    )
