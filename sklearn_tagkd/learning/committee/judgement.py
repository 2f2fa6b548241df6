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
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    is_plain: NDArray[np.bool_] | None = None,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Choose a penalty, mend labels that others contradict, and say how sure to be.

    Where held-out labels call for more than the least penalty, the labels are noisy.
    They are then mixed with held-out predictions, as much as the two disagree. Plain
    labels are to be doubted as often as held-out predictions contradict them, and by a
    twentieth at most, while they are few; who says how sure he is doubts enough
    himself. No true label is looked at but those that are among the labels.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_labels, n_columns)
        The labelled nodes.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Their class distributions.
    is_plain : ndarray of bool of shape (n_labels,), default=None
        Which are of somebody who never says how sure he is; None is nobody.

    Returns
    -------
    penalty : float
        For :func:`~sklearn_tagkd.learning.committee.softmax_regression.fit_softmax`.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        As they were, or mended.
    doubts : ndarray of float64 of shape (n_labels,)
        Share of each label that is best spread over all classes.
    """
    doubts = np.zeros(len(rows))
    if len(rows) < _FEWEST:
        return _PENALTIES[0], targets, doubts
    tried = [held_out_predictions(rows, targets, penalty) for penalty in _PENALTIES]
    losses = [-(targets * np.log(said + 1e-12)).sum() for said in tried]
    best = int(np.argmin(losses))
    said = tried[best]
    is_contradicted = said.argmax(axis=1) != targets.argmax(axis=1)
    contradicted = float(is_contradicted.mean())
    if is_plain is not None and is_plain.any():
        few = np.clip(2 - is_plain.sum() / targets.shape[1] / _DOUBTED, 0, 1)
        doubts[is_plain] = few * min(is_contradicted[is_plain].mean(), _MOST_DOUBT)
    if best > 0:
        targets = (1 - contradicted) * targets + contradicted * said
    return _PENALTIES[best], targets, doubts
