"""A user's labels are never harmed by a language model's answers beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.committee.held_out import held_out_loss
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.corrections import are_corrections
from sklearn_tagkd.learning.few_labels import answers_can_be_told_from_guesses
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import (
    FEWEST_LABELS,
    FEWEST_TO_CHECK,
    TeacherAudit,
    audit_teacher,
)
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["guard_labels"]

_SHARES = (0.03, 0.1, 0.3, 1.0)  # of a label that an answer may count
_PENALTIES = (3e-4, 1e-3)
_PRIOR = 2.0  # answers of each class, spread as all are, that its errors begin with


@one_thread()
def guard_labels(
    supervision: Supervision,
    rows: NDArray[np.float64],
    on_labels: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> tuple[Supervision, TeacherAudit | None]:
    """Let answers count beside labels as far as held-out labels call for them.

    An answer enters as what it is worth: its class as far as the model is right, and
    the classes that a model of the labels sees where that class is named wrongly. Its
    weight is the one with which a model of answers and labels tells other labels best.
    Answers that may be right by chance alone weigh nothing. Labels cannot weigh answers
    that name a class without any: these count in full, or, where they cannot be told
    from guesses, not at all. Fewer than 20 labels cannot say so much: beside these,
    answers that cannot be told from guesses weigh nothing, and others count as they
    are. Labels that a review put right judge no other answer.

    Parameters
    ----------
    supervision : Supervision
        Labels and answers.
    rows : ndarray of float64 of shape (n_rows, n_components)
        Where its nodes lie in a view of all there is.
    on_labels : tuple of ndarray of int64 of shape (n_both,), default=None
        Of nodes with an answer and a label: the class that is named, and the label.

    Returns
    -------
    supervision : Supervision
        As it was where there are fewer than 5 labels or 20 answers; else with other
        answers, or none where they do not help.
    audit : TeacherAudit or None
        None where there are fewer than 20 answers.
    """
    if on_labels is not None and are_corrections(supervision, rows, on_labels):
        # They mend answers, and judge none: the others count as they did.
        others = np.flatnonzero(~supervision.is_true)
        return supervision, audit_teacher(supervision.take(others), rows[others])
    audit = audit_teacher(supervision, rows, on_labels)
    n_labels = int(supervision.is_true.sum())
    n_answers = len(supervision.rows) - n_labels
    if audit is None or n_labels < FEWEST_TO_CHECK or n_answers < FEWEST_LABELS:
        return supervision, audit
    if n_labels < FEWEST_LABELS:
        if answers_can_be_told_from_guesses(supervision, rows):
            return supervision, audit
        return _labels_alone(supervision, audit)
    if audit.right[1] <= _right_by_chance(supervision):
        # Held-out losses would not tell: they fall where anything makes few labels of
        # many classes less sure.
        return _labels_alone(supervision, audit)
    worth = _worth(supervision, rows, audit.right[0])
    share = _share(supervision, rows, worth)
    is_answer = ~supervision.is_true
    shares = np.full(len(worth), share)
    named = supervision.distributions[is_answer].argmax(axis=1)
    is_strange = ~supervision.is_labelled_class[named]
    if is_strange.any():
        shares[is_strange] = answers_can_be_told_from_guesses(supervision, rows)
    distributions = supervision.distributions.copy()
    distributions[is_answer] = worth
    weights = supervision.weights.copy()
    weights[is_answer] *= shares
    guarded = replace(
        supervision, distributions=distributions, weights=weights.astype(np.float32)
    )
    return guarded.take(np.flatnonzero(weights)), replace(audit, answer_weight=share)


def _labels_alone(
    supervision: Supervision, audit: TeacherAudit
) -> tuple[Supervision, TeacherAudit]:
    labels = supervision.take(np.flatnonzero(supervision.is_true))
    return labels, replace(audit, answer_weight=0.0)


def _right_by_chance(supervision: Supervision) -> float:
    """Return how often answers would be right that know nothing of their nodes."""
    is_true = supervision.is_true
    named = supervision.distributions[~is_true].argmax(axis=1)
    labels = supervision.distributions[is_true].mean(axis=0)
    return float(labels[named].mean())


def _worth(
    supervision: Supervision, rows: NDArray[np.float64], right: float
) -> NDArray[np.float64]:
    is_true = supervision.is_true
    targets = supervision.distributions.astype(np.float64)
    ones = np.ones(int(is_true.sum()))
    model = fit_softmax(rows[is_true], targets[is_true], ones, _PENALTIES[0])
    said, answers = predict_softmax(rows[~is_true], model), targets[~is_true]
    # Per class that is named, the classes that the labels' model sees there instead.
    errors = answers.T @ said + _PRIOR * said.mean(axis=0)
    np.fill_diagonal(errors, 0.0)
    errors /= errors.sum(axis=1, keepdims=True)
    right = float(np.clip(right, 1 / answers.shape[1], 0.99))
    worth: NDArray[np.float64] = right * answers + (1 - right) * answers @ errors
    return worth


def _share(
    supervision: Supervision, rows: NDArray[np.float64], worth: NDArray[np.float64]
) -> float:
    is_true = supervision.is_true
    known, labels = rows[is_true], supervision.distributions[is_true].astype(np.float64)
    among = supervision.is_labelled_class
    # Whatever is gained by holding back more is no merit of the answers.
    alone = [held_out_loss(known, labels, p, among=among) for p in _PENALTIES]
    share, least = 0.0, min(alone)
    for tried in _SHARES:
        beside = (rows[~is_true], worth, np.full(len(worth), tried))
        for penalty in _PENALTIES:
            loss = held_out_loss(known, labels, penalty, beside, among)
            if loss < least:
                share, least = tried, loss
    return share
