"""How right a language model is, as far as labels and its other answers can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.utils.intervals import wilson_interval

__all__ = ["FEWEST_LABELS", "TeacherAudit", "audit_teacher"]

FEWEST_LABELS = 20  # and answers, below which nothing is said
_PENALTY = 3e-4

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
        The same for the answers that name a class.
    answer_weight : float
        What an answer counts beside a label: 0 where held-out labels are told better
        without answers, 1 where there are no labels to tell.
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


def audit_teacher(
    supervision: Supervision, rows: NDArray[np.float64]
) -> TeacherAudit | None:
    """Estimate how right a language model is.

    A model of labels, or of other answers, agrees with it so often. How right that
    model is itself is known from held-out labels; without labels, two opinions that
    agree are taken to be right equally often.

    Parameters
    ----------
    supervision : Supervision
        Answers, with or without labels.
    rows : ndarray of float64 of shape (n_rows, n_components)
        Where its nodes lie in a view of all there is.

    Returns
    -------
    TeacherAudit or None
        None where there are fewer than 20 answers.
    """
    is_true = supervision.is_true
    targets = supervision.distributions.astype(np.float64)
    n_answers, n_classes = int((~is_true).sum()), targets.shape[1]
    if n_answers < FEWEST_LABELS or n_classes < 2:
        return None
    named = targets[~is_true].argmax(axis=1)
    by_labels = int(is_true.sum()) >= FEWEST_LABELS
    learnt = is_true if by_labels else ~is_true
    rows_learnt, goals = rows[learnt], targets[learnt]
    held_out = held_out_predictions(rows_learnt, goals, _PENALTY)
    hits = held_out.argmax(axis=1) == goals.argmax(axis=1)
    right_itself = float(hits.mean())
    if by_labels:
        model = fit_softmax(rows_learnt, goals, np.ones(len(goals)), _PENALTY)
        hits = predict_softmax(rows[~is_true], model).argmax(axis=1) == named
    else:
        right_itself = float(np.sqrt(right_itself))
    labels = supervision.classes.tolist()
    return TeacherAudit(
        right=_share_right(hits, right_itself, n_classes),
        source="labels" if by_labels else "cross-fitting",
        n_answers=n_answers,
        agreement=_share_agreed(hits),
        of_class={
            labels[code]: _share_right(hits[named == code], right_itself, n_classes)
            for code in np.unique(named)
        },
    )


def _share_agreed(hits: NDArray[np.bool_]) -> Share:
    share = float(hits.mean())
    return share, *wilson_interval(share, len(hits))


def _share_right(hits: NDArray[np.bool_], of_model: float, n_classes: int) -> Share:
    """Return how often answers are right, from how often a model agrees with them.

    Agreement is being right together, or wrong together in the same way by chance.
    """
    by_chance = (1 - of_model) / (n_classes - 1)
    gain = max(of_model - by_chance, 0.05)
    share, low, high = _share_agreed(hits)
    right, low, high = (
        float(np.clip((agreed - by_chance) / gain, 0.0, 1.0))
        for agreed in (share, low, high)
    )
    return right, low, high
