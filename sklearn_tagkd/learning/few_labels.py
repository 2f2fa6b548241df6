"""Whether answers beside a few labels are more than guesses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from sklearn_tagkd.learning.chance import agreement_by_chance
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import interval_of_share

__all__ = ["answers_can_be_told_from_guesses"]

_PENALTY = 3e-4
_BY_CHANCE = 0.01  # the probability below which so many hits, or so few, are no chance


def answers_can_be_told_from_guesses(
    supervision: Supervision, rows: NDArray[np.float64]
) -> bool:
    """Say whether answers know something of the classes, as far as can be told.

    Too few labels teach no model that answers could be held against; but a model of
    the answers can be held against the labels. Answers pass where it is right about
    more labels than by chance; or where answers that were held out are predicted better
    than by chance, and the labels do not contradict them.

    Parameters
    ----------
    supervision : Supervision
        Some labels, and some answers.
    rows : ndarray of float64 of shape (n_rows, n_components)
        Where its nodes lie in a view of all there is.

    Returns
    -------
    bool
        False for answers at random, for the same answer to everything, and for answers
        that take one class for another throughout.
    """
    is_true = supervision.is_true
    targets = supervision.distributions.astype(np.float64)
    answers, labels = targets[~is_true], targets[is_true].argmax(axis=1)
    model = fit_softmax(rows[~is_true], answers, np.ones(len(answers)), _PENALTY)
    said = predict_softmax(rows[is_true], model).argmax(axis=1)
    n_labels, n_hits = len(labels), int((said == labels).sum())
    n_classes = targets.shape[1]
    by_chance = max(agreement_by_chance(said, labels, n_classes), 1 / n_classes)
    if by_chance < 1 and binom.sf(n_hits - 1, n_labels, by_chance) <= _BY_CHANCE:
        return True
    named = answers.argmax(axis=1)
    held_out = held_out_predictions(rows[~is_true], answers, _PENALTY).argmax(axis=1)
    agrees = held_out == named
    low, _ = interval_of_share(agrees)
    if low <= agreement_by_chance(held_out, named, n_classes):
        return False
    expected = float(np.sqrt(agrees.mean()))  # were model and teacher equally right
    return bool(binom.cdf(n_hits, n_labels, expected) > _BY_CHANCE)
