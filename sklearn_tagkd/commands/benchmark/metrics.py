"""How right a prediction is, and how honest its probabilities are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

__all__ = ["METRICS", "calibration_error", "score_predictions"]

METRICS = ("accuracy", "macro_f1", "log_loss", "calibration_error")

_FLOOR = 1e-6  # a method that rules the true class out is not infinitely wrong
_N_BINS = 15


def score_predictions(
    probabilities: NDArray[np.floating[Any]], true: NDArray[np.int64]
) -> dict[str, float]:
    """Hold predicted probabilities against true classes.

    Parameters
    ----------
    probabilities : ndarray of shape (n_nodes, n_classes)
        Rows sum to 1.
    true : ndarray of int64 of shape (n_nodes,)
        Column of the true class.

    Returns
    -------
    dict of str to float
        ``accuracy``; ``macro_f1``, over the classes that occur in ``true``;
        ``log_loss`` in nats, probabilities below 1e-6 raised to it;
        ``calibration_error``, see :func:`calibration_error`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.commands.benchmark.metrics import score_predictions
    >>> sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> score_predictions(sure, np.array([0, 1]))["accuracy"]
    1.0
    """
    predicted = probabilities.argmax(axis=1)
    of_true = probabilities[np.arange(len(true)), true]
    return {
        "accuracy": float((predicted == true).mean()),
        "macro_f1": float(
            f1_score(
                true,
                predicted,
                labels=np.unique(true),
                average="macro",
                zero_division=0,
            )
        ),
        "log_loss": float(-np.log(np.maximum(of_true, _FLOOR)).mean()),
        "calibration_error": calibration_error(probabilities, true),
    }


def calibration_error(
    probabilities: NDArray[np.floating[Any]], true: NDArray[np.int64]
) -> float:
    """Return the expected calibration error of the predicted classes.

    Parameters
    ----------
    probabilities : ndarray of shape (n_nodes, n_classes)
        Rows sum to 1.
    true : ndarray of int64 of shape (n_nodes,)
        Column of the true class.

    Returns
    -------
    float
        Mean distance between the confidence of a node and the accuracy among the
        nodes of its bin, over 15 bins of confidence of equal width.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.commands.benchmark.metrics import calibration_error
    >>> too_sure = np.array([[0.9, 0.1], [0.9, 0.1]])
    >>> round(calibration_error(too_sure, np.array([0, 1])), 3)
    0.4
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == true
    bins = np.minimum((confidence * _N_BINS).astype(np.int64), _N_BINS - 1)
    # Per bin |sum of confidence - number right|: the bin's size cancels out.
    gap = np.bincount(bins, confidence - is_right, minlength=_N_BINS)
    return float(np.abs(gap).sum() / len(true))
