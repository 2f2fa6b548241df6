"""How far labels can be believed, judged by labels that were held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.committee.held_out import held_out_predictions

__all__ = ["judge_labels"]

_PENALTIES = (3e-4, 1e-3, 3e-3, 1e-2)
_FEWEST = 20  # labels, below which a fold says nothing
_MOST_DOUBT = 0.05  # share of a label that is spread over all classes
_DOUBTED = 20  # labels per class, from which on it is less; and nothing from twice that


def judge_labels(
    rows: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], float]:
    """Choose a penalty, mend labels that others contradict, and say how sure to be.

    Where held-out labels call for more than the least penalty, the labels are noisy.
    They are then mixed with held-out predictions, as much as the two disagree. Labels
    that are surer, on average, than held-out predictions agree with them are to be
    doubted so much, and by a twentieth at most, while they are few. No true label is
    looked at but those that are among the labels.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_labels, n_columns)
        The labelled nodes.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Their class distributions.

    Returns
    -------
    penalty : float
        For :func:`~sklearn_tagkd.learning.committee.softmax_regression.fit_softmax`.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        As they were, or mended.
    doubt : float
        Share of every label that is best spread over all classes.
    """
    if len(rows) < _FEWEST:
        return _PENALTIES[0], targets, 0.0
    tried = [held_out_predictions(rows, targets, penalty) for penalty in _PENALTIES]
    losses = [-(targets * np.log(said + 1e-12)).sum() for said in tried]
    best = int(np.argmin(losses))
    said = tried[best]
    contradicted = float((said.argmax(axis=1) != targets.argmax(axis=1)).mean())
    sure = float(targets.max(axis=1).mean())
    few = np.clip(2 - len(rows) / targets.shape[1] / _DOUBTED, 0, 1)
    doubt = float(few * np.clip(sure - (1 - contradicted), 0, _MOST_DOUBT))
    if best > 0:
        targets = (1 - contradicted) * targets + contradicted * said
    return _PENALTIES[best], targets, doubt
