"""Labels of nodes that were looked at because their answers seemed wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.chance import agreement_by_chance
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import FEWEST_LABELS, interval_of_share

__all__ = ["are_corrections"]

_PENALTY = 3e-4
_FEWEST = 5  # labels of answered nodes that tell anything
_OFF = 0.1  # by which a fair sample is worse than it seems at most


def are_corrections(
    supervision: Supervision,
    rows: NDArray[np.float64],
    on_labels: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> bool:
    """Tell whether labels contradict answers far more than other answers deserve.

    Whoever reviews suspected answers labels those that are wrong: such labels say
    nothing of how right the others are. That they are no fair sample shows in two
    opinions of the others, whose nodes have no label: a model of the answers agrees
    with those that it has not seen, and a model of the labels with them too. A teacher
    that guesses fails the first, one that takes classes for others the second.

    Parameters
    ----------
    supervision : Supervision
        Labels and answers.
    rows : ndarray of float64 of shape (n_rows, n_components)
        Where its nodes lie in a view of all there is.
    on_labels : tuple of ndarray of int64 of shape (n_both,)
        Of nodes with an answer and a label: the class that is named, and the label.

    Returns
    -------
    bool
        False unless most labels are of nodes that were answered. Of fewer than 20,
        which never say what an answer is worth, both opinions just have to agree with
        the answers more often than by chance.
    """
    named, labels = on_labels
    is_true = supervision.is_true
    n_labels, n_answers = int(is_true.sum()), int((~is_true).sum())
    if len(named) < _FEWEST or 2 * len(named) < n_labels or n_answers < _FEWEST:
        return False
    targets = supervision.distributions.astype(np.float64)
    answers = targets[~is_true].argmax(axis=1)
    held_out = held_out_predictions(rows[~is_true], targets[~is_true], _PENALTY)
    model = fit_softmax(rows[is_true], targets[is_true], np.ones(n_labels), _PENALTY)
    least = []
    for opinion in (held_out, predict_softmax(rows[~is_true], model)):
        said = opinion.argmax(axis=1)
        least.append(interval_of_share(said == answers)[0])
        if least[-1] <= agreement_by_chance(said, answers, targets.shape[1]):
            return False
    if n_labels < FEWEST_LABELS:
        return True
    return least[0] > interval_of_share(named == labels)[1] + _OFF
