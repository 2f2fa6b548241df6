"""How right a language model is, as far as labels and its other answers can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.chance import agreement_by_chance
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.utils.intervals import DEVIATIONS, wilson_interval

__all__ = [
    "FEWEST_LABELS",
    "FEWEST_TO_CHECK",
    "TeacherAudit",
    "audit_teacher",
    "interval_of_share",
]

FEWEST_LABELS = 20  # below which no model learns from them; and answers, likewise
FEWEST_TO_CHECK = 5  # labels that a model of answers can be held against
_PENALTY = 3e-4
_UNTOLD = 0.9  # width of an interval that says nothing
_OFF = 0.1  # standard deviation by which two models that err alike mislead
_ONE_CLASS = 0.5  # agreement by chance, from which on one class is nearly all there is
_MOST_STRANGE = 0.1  # share of answers that name a class without a label

Share = tuple[float, float, float]  # estimate, and the interval around it


@dataclass(frozen=True, repr=False)
class TeacherAudit:
    """How right a language model is, as far as can be told.

    Parameters
    ----------
    right : (float, float, float)
        Estimated share of answers whose top class is the true one, and the interval
        around it at 95%: of chance alone. A model that errs where a node's text and
        neighbours mislead is taken to be better than it is.
    source : {'labels', 'cross-fitting'}
        What answers were held against: a model of the user's labels, or of other
        answers.
    n_answers : int
        Answers that were looked at.
    of_class : mapping of label to (float, float, float)
        The same for the answers that name a class, where it can be told.
    answer_weight : float
        What an answer counts beside labels of the class that it names: 0 where held-out
        labels are told better without answers, 1 where there are no labels to tell.
    agreement : (float, float, float) or None
        Share of answers whose top class a model that has not seen them names too, and
        Wilson's interval: what :func:`~sklearn_tagkd.inspection.agreement` of fresh
        answers is held against.
    """

    right: Share
    source: str
    n_answers: int
    of_class: Mapping[Any, Share]
    answer_weight: float = 1.0
    agreement: Share | None = None

    def __repr__(self) -> str:
        right, low, high = self.right
        return (
            f"TeacherAudit(right={right:.2f} [{low:.2f}, {high:.2f}] by {self.source}, "
            f"answers={self.n_answers}, weight={self.answer_weight:g})"
        )

    def __str__(self) -> str:
        right, low, high = self.right
        told = (
            f"the teacher is right in about {right:.0%} of {self.n_answers} answers "
            f"({low:.0%} to {high:.0%}, by {self.source})"
        )
        if high - low >= _UNTOLD:
            told = f"{self.n_answers} answers do not tell how right the teacher is"
        if self.answer_weight == 1:
            return told
        return (
            f"{told}; an answer counts {self.answer_weight:g} of a label of its class"
        )


def audit_teacher(
    supervision: Supervision,
    rows: NDArray[np.float64],
    on_labels: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> TeacherAudit | None:
    """Estimate how right a language model is.

    A model of labels, or of other answers, agrees with it so often. How right that
    model is itself is known from held-out labels; with fewer than 20, or none of the
    classes that a tenth of the answers name, two opinions that agree are taken to be
    right equally often, and what a model of the answers says of five labels or more is
    another estimate. Answers about labelled nodes are held against the labels
    themselves. Estimates are averaged, a surer one counting more.

    Parameters
    ----------
    supervision : Supervision
        Answers, with or without labels.
    rows : ndarray of float64 of shape (n_rows, n_components)
        Where its nodes lie in a view of all there is.
    on_labels : tuple of ndarray of int64 of shape (n_both,), default=None
        Of nodes with an answer and a label: the class that is named, and the label.

    Returns
    -------
    TeacherAudit or None
        None where there are fewer than 20 answers.
    """
    is_true = supervision.is_true
    targets = supervision.distributions.astype(np.float64)
    n_answers, n_classes = int((~is_true).sum()), targets.shape[1]
    labels = supervision.classes.tolist()
    if n_answers < FEWEST_LABELS or n_classes < 2:
        return _held_against_labels(on_labels, labels)
    named = targets[~is_true].argmax(axis=1)
    n_labels = int(is_true.sum())
    # A model of labels says nothing of classes that it has seen no label of.
    can_judge = supervision.is_labelled_class[named]
    by_labels = n_labels >= FEWEST_LABELS and can_judge.mean() >= 1 - _MOST_STRANGE
    learnt = is_true if by_labels else ~is_true
    held_out = held_out_predictions(rows[learnt], targets[learnt], _PENALTY)
    hits = held_out.argmax(axis=1) == targets[learnt].argmax(axis=1)
    right_itself = float(hits.mean())
    others = ~learnt & (n_labels >= FEWEST_TO_CHECK)
    others_hit = np.empty(0, dtype=bool)
    if others.any():
        ones = np.ones(int(learnt.sum()))
        model = fit_softmax(rows[learnt], targets[learnt], ones, _PENALTY)
        said = predict_softmax(rows[others], model).argmax(axis=1)
        others_hit = said == targets[others].argmax(axis=1)
    further: list[Share] = []
    is_evidence = True
    if by_labels:
        hits = others_hit
    else:
        can_judge = np.ones(n_answers, dtype=bool)
        if len(others_hit):  # the model of answers is right so often, the model says
            further = [_share_right(others_hit, right_itself, n_classes)]
        right_itself = float(np.sqrt(right_itself))
        by_chance = agreement_by_chance(held_out.argmax(axis=1), named, n_classes)
        low, _ = interval_of_share(hits)
        is_evidence = by_chance < _ONE_CLASS or low > by_chance
    direct = (named[:0], named[:0]) if on_labels is None else on_labels
    told, is_so = direct[0], direct[0] == direct[1]
    if len(told):
        further.append(_share_right(is_so, 1.0, n_classes))

    def share_of(agreed: NDArray[np.bool_]) -> Share:
        share = _share_right(agreed, right_itself, n_classes)
        return share if is_evidence else (share[0], 0.0, 1.0)

    of_class = {}
    for code in np.unique(named[can_judge]):
        share = share_of(hits[named == code])
        checked = is_so[told == code]
        seen = [_share_right(checked, 1.0, n_classes)] if len(checked) else []
        of_class[labels[code]] = _average(share, seen)
    return TeacherAudit(
        right=_average(share_of(hits[can_judge]), further),
        source="labels" if by_labels or further else "cross-fitting",
        n_answers=n_answers + len(told),
        of_class=of_class,
        agreement=(float(hits.mean()), *interval_of_share(hits)),
    )


def _held_against_labels(
    on_labels: tuple[NDArray[np.int64], NDArray[np.int64]] | None, labels: list[Any]
) -> TeacherAudit | None:
    """Audit answers of which nearly all are about labelled nodes."""
    if on_labels is None or len(on_labels[0]) < FEWEST_LABELS or len(labels) < 2:
        return None
    named, is_so = on_labels[0], on_labels[0] == on_labels[1]
    return TeacherAudit(
        right=_share_right(is_so, 1.0, len(labels)),
        source="labels",
        n_answers=len(named),
        of_class={
            labels[code]: _share_right(is_so[named == code], 1.0, len(labels))
            for code in np.unique(named)
        },
    )


def interval_of_share(hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Return between what a share lies, at 95%.

    Parameters
    ----------
    hits : ndarray of bool of shape (n_trials,)
        At least one.

    Returns
    -------
    tuple of float
        Wilson's interval: of few that all agree it says no certainty.
    """
    return wilson_interval(float(hits.mean()), len(hits))


def _share_right(hits: NDArray[np.bool_], of_model: float, n_classes: int) -> Share:
    """Return how often answers are right, from how often a model agrees with them.

    Agreement is being right together, or wrong together in the same way by chance.
    """
    by_chance = (1 - of_model) / (n_classes - 1)
    gain = max(of_model - by_chance, 0.05)
    low, high = interval_of_share(hits)
    right, least, most = (
        float(np.clip((agreed - by_chance) / gain, 0.0, 1.0))
        for agreed in (float(hits.mean()), low, high)
    )
    return right, least, most


def _average(by_model: Share, others: list[Share]) -> Share:
    """Average estimates, each weighing the more the narrower its interval is."""
    if not others:
        return by_model
    shares = np.array([by_model, *others])
    deviations = np.maximum(shares[:, 2] - shares[:, 1], 1e-3) / (2 * DEVIATIONS)
    variances = deviations**2
    variances[0] += _OFF**2
    weights = 1 / variances
    middle = float((weights * shares[:, 0]).sum() / weights.sum())
    reach = DEVIATIONS / float(np.sqrt(weights.sum()))
    return middle, max(0.0, middle - reach), min(1.0, middle + reach)
