"""How sure a network may be, as labels say that its committee has not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from sklearn_tagkd.learning.answer_doubts import sharpened_to
from sklearn_tagkd.learning.committee import Committee
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import TeacherAudit

__all__ = ["find_sharpness"]

_FEWEST = 20  # labels, below which held-out ones say nothing
_RANGE = (0.4, 2.5)  # of a sharpness
_BELIEVED = 0.7  # of an answer that the committee contradicts though it has learnt it
_TOO_FEW = 8  # labels per class, with which disagreement is lack of labels
_LABELS_PER_CLASS = 2.0  # beside which held-out labels are believed by half


def find_sharpness(
    supervision: Supervision,
    committee: Committee,
    opinion: NDArray[np.float32],
    audit: TeacherAudit | None,
) -> float:
    """Find what logits are to be multiplied by until they are as sure as right.

    The power of a committee's held-out probabilities that suits labels best. A user's
    labels are taken as they are. A language model's answers are no surer than it is
    right, and no less sure than a committee that has not seen them agrees with them;
    where the committee contradicts an answer that it has learnt, it has a say.
    What is found is tempered by the number of labels per class: with few, the held-out
    committee knows clearly less than the one that has seen them all.

    Parameters
    ----------
    supervision : Supervision
        Labels and answers.
    committee : Committee
        What learns them.
    opinion : ndarray of float32 of shape (n_nodes, n_classes)
        What it says of every node that it looks at.
    audit : TeacherAudit or None
        How right the language model is.

    Returns
    -------
    float
        Between 0.4 and 2.5; 1 where there are fewer than 20 labels.
    """
    nodes = np.unique(supervision.rows)
    if len(nodes) < _FEWEST or len(supervision.classes) < 2:
        return 1.0
    places, held_out = committee.held_out()
    supervision = supervision.take(places)
    targets = supervision.distributions.astype(np.float64)
    is_answer = ~supervision.is_true
    if is_answer.any():
        at = committee.labelled.positions[places]
        seen = opinion[at[is_answer]].astype(np.float64)
        targets[is_answer] = _worth(
            targets[is_answer], held_out[is_answer], seen, audit, len(nodes)
        )
    found = _best_power(np.log(held_out + 1e-9), targets, supervision.weights)
    per_class = len(nodes) / len(supervision.classes)
    return float(found ** (per_class / (per_class + _LABELS_PER_CLASS)))


def _worth(
    answers: NDArray[np.float64],
    held_out: NDArray[np.float64],
    opinion: NDArray[np.float64],
    audit: TeacherAudit | None,
    n_labels: int,
) -> NDArray[np.float64]:
    """Return what answers can be taken for."""
    named = answers.argmax(axis=1)
    agreed = float((held_out.argmax(axis=1) == named).mean())
    answers = sharpened_to(answers, agreed)
    sure = float(answers.max(axis=1).mean())
    contradicted = opinion.argmax(axis=1) != named
    mixed = _BELIEVED * answers + (1 - _BELIEVED) * opinion
    worth = np.where(contradicted[:, None], mixed, answers)
    if audit is None:
        return worth
    # Errors that neither the model's doubts nor the committee's tell of.
    told_of = max(float(contradicted.mean()), 1 - sure)
    hidden = max(0.0, 1 - audit.right[0] - told_of)
    hidden *= max(0.0, 1 - _TOO_FEW * worth.shape[1] / n_labels)
    discounted: NDArray[np.float64] = (1 - hidden) * worth + hidden / worth.shape[1]
    return discounted


def _best_power(
    logits: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> float:
    weighed = targets * weights[:, None].astype(np.float64)

    def loss(power: float) -> float:
        return float(-(weighed * log_softmax(power * logits, axis=1)).sum())

    return float(minimize_scalar(loss, bounds=_RANGE, method="bounded").x)
