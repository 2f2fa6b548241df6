"""What a language model's doubts say of its answers, and what they only seem to say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sklearn_tagkd.learning.committee.alignment import align
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import FEWEST_LABELS, TeacherAudit

__all__ = ["as_sure_as_agreed", "sharpened_to", "without_lean"]

_DEVIATIONS = 2.0  # standard errors, up to which a lean may be chance
_MOST_POWER = 8.0  # that answers are raised to, until they are as sure as agreed with


def without_lean(supervision: Supervision) -> Supervision:
    """Take from answers the probability that goes to a class by habit.

    A model that doubts may always doubt in favour of the same class, which it hardly
    ever names: whoever learns its probabilities then names that class far too often.
    Where the two differ by more than two standard errors, a class becomes as probable,
    over all answers, as it is named, but for what chance would show.

    Parameters
    ----------
    supervision : Supervision
        Labels and answers.

    Returns
    -------
    Supervision
        As it was where probabilities and named classes agree, and with fewer than 20
        answers.
    """
    is_answer = ~supervision.is_true
    if is_answer.sum() < FEWEST_LABELS or len(supervision.classes) < 2:
        return supervision
    answers = supervision.distributions[is_answer].astype(np.float64)
    said = answers.mean(axis=0)
    named = np.bincount(answers.argmax(axis=1), minlength=len(said)) / len(answers)
    by_chance = (answers * (1 - answers)).sum(axis=0) / len(answers) ** 2
    leans = (named - said) ** 2 > _DEVIATIONS**2 * by_chance + 1e-9
    if not leans.any():
        return supervision
    meant, apart = said.copy(), (named - said)[leans]
    meant[leans] += apart - by_chance[leans] / apart
    return _with_answers(supervision, align(answers, meant / meant.sum()))


def as_sure_as_agreed(
    supervision: Supervision, audit: TeacherAudit | None
) -> Supervision:
    """Let answers be no less sure than a model agrees that has not seen them.

    Parameters
    ----------
    supervision : Supervision
        Labels and answers.
    audit : TeacherAudit or None
        How right the language model is.

    Returns
    -------
    Supervision
        As it was where there are labels, beside which an answer is what it is worth,
        and where nobody audited.
    """
    if audit is None or audit.agreement is None or supervision.is_true.any():
        return supervision
    answers = supervision.distributions.astype(np.float64)
    # Few answers that are all agreed with do not show that none will be contradicted.
    most = 1 - 1 / (len(answers) + 2)
    sharpened = sharpened_to(answers, min(audit.agreement[0], most))
    return (
        supervision if sharpened is answers else _with_answers(supervision, sharpened)
    )


def sharpened_to(answers: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Sharpen answers until they are as sure, on average, as a number says.

    Parameters
    ----------
    answers : ndarray of float64 of shape (n_answers, n_classes)
        Class probabilities.
    least : float
        Mean probability of the class that each holds for most probable.

    Returns
    -------
    ndarray of float64 of shape (n_answers, n_classes)
        The same where they are as sure already. A power of 8 is the most.
    """

    def sharpened(power: float) -> NDArray[np.float64]:
        raised = answers**power
        raised /= raised.sum(axis=1, keepdims=True)
        return raised

    def lacking(power: float) -> float:
        return float(sharpened(power).max(axis=1).mean() - least)

    if lacking(1.0) >= 0:
        return answers
    if lacking(_MOST_POWER) <= 0:
        return sharpened(_MOST_POWER)
    return sharpened(brentq(lacking, 1.0, _MOST_POWER, xtol=1e-3))


def _with_answers(
    supervision: Supervision, answers: NDArray[np.float64]
) -> Supervision:
    distributions = supervision.distributions.copy()
    distributions[~supervision.is_true] = answers
    return replace(supervision, distributions=distributions)
