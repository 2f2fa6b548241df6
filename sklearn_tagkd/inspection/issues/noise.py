"""How far witnesses are believed, and what labels are confused with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import rankdata

from sklearn_tagkd.utils.spread_places import spread_places

__all__ = ["Judgement", "judge_given"]

_N_ROUNDS, _N_STEPS, _N_LAST = 10, 5, 20
# Labels that a row of the table of confusions begins with, spread evenly: classes that
# are hard to tell apart shall not pass for classes that were confused.
_EVEN = 150.0
_FIRST_RATE = 0.1
_KEPT_OPEN = 1e-3  # of a goal, spread over all classes: weights stay finite
_WEIGHT_OF_DOUBT = 2.0  # a teacher's own doubt tells more than witnesses do
_MOST_WEIGHED = 20_000  # labels that the weights of witnesses are found from

Shares = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What becomes of labels once witnesses are heard.

    Parameters
    ----------
    likely : ndarray of float64 of shape (n_labels, n_classes)
        Class probabilities after hearing the witnesses, and the label itself.
    wrong : ndarray of float64 of shape (n_labels,)
        How likely the label is wrong: the mean of what is found with and without
        regard to what classes are confused with.
    order : ndarray of int64 of shape (n_labels,)
        Most suspicious first.
    """

    likely: Shares
    wrong: NDArray[np.float64]
    order: NDArray[np.int64]


def judge_given(
    evidence: NDArray[np.float64],
    codes: NDArray[np.int64],
    doubt: NDArray[np.float64] | None = None,
) -> Judgement:
    """Weigh witnesses, and rank labels by how much they are contradicted.

    Witnesses speak with the weights under which they tell the labels best: few numbers,
    which wrong labels hardly move. What they say, and a table of how often a class is
    given for another one, are then found in turn, each by the other (after Dawid and
    Skene, 1979): a label that is often given for what the witnesses say is less to be
    believed. A label's rank is the mean of its ranks with and without that table.

    Parameters
    ----------
    evidence : ndarray of float64 of shape (n_witnesses, n_labels, n_classes)
        Logarithms of what each says.
    codes : ndarray of int64 of shape (n_labels,)
        The labels.
    doubt : ndarray of float64 of shape (n_labels,), default=None
        From 0 to 1, how unsure of it who gave the label was, NaN where nobody said:
        one more ranking.

    Returns
    -------
    Judgement
        Row by row.
    """
    n_labels, n_classes = evidence.shape[1:]
    hard = np.eye(n_classes)[codes]
    weights = _weigh(evidence, hard, np.full(len(evidence), 1 / len(evidence)))
    plain = _say(evidence, weights)
    table = _first_table(n_classes)
    said, likely = plain, plain
    for _ in range(_N_ROUNDS):
        likely, table = _confuse(said, hard, codes, table, _N_STEPS)
        goal = (1 - _KEPT_OPEN) * likely + _KEPT_OPEN / n_classes
        weights = _weigh(evidence, goal, weights)
        said = _say(evidence, weights)
    likely, table = _confuse(said, hard, codes, table, _N_LAST)
    rows = np.arange(n_labels)
    suspicions = [1 - likely[rows, codes], 1 - plain[rows, codes]]
    standing = np.mean([rankdata(suspicion) for suspicion in suspicions], axis=0)
    if doubt is not None:
        by_doubt = standing.copy()  # who did not say is taken as the others see it
        told = np.flatnonzero(~np.isnan(doubt))
        by_doubt[told] = rankdata(doubt[told]) * n_labels / max(len(told), 1)
        standing += _WEIGHT_OF_DOUBT * by_doubt
    order = np.lexsort((rows, -standing))
    wrong: NDArray[np.float64] = np.clip(np.mean(suspicions, axis=0), 0.0, 1.0)
    return Judgement(likely, wrong, order)


def _say(evidence: NDArray[np.float64], weights: NDArray[np.float64]) -> Shares:
    said: Shares = softmax(np.tensordot(weights, evidence, 1), axis=1)
    return said


def _weigh(
    evidence: NDArray[np.float64], goals: Shares, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights, 0 or more, under which witnesses tell the goals best."""
    places = spread_places(evidence.shape[1], _MOST_WEIGHED)
    seen, goals = evidence[:, places], goals[places]
    n_seen = len(goals)

    def objective(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        said = log_softmax(np.tensordot(weights, seen, 1), axis=1)
        error = np.exp(said) - goals
        slope = np.tensordot(seen, error, ([1, 2], [0, 1])) / n_seen
        return float(-(goals * said).sum() / n_seen), slope

    bounds = [(0.0, None)] * len(evidence)
    found: NDArray[np.float64] = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=bounds
    ).x
    return found


def _first_table(n_classes: int) -> Shares:
    even = np.full((n_classes, n_classes), _FIRST_RATE / n_classes)
    return even + (1 - _FIRST_RATE) * np.eye(n_classes)


def _confuse(
    said: Shares, hard: Shares, codes: NDArray[np.int64], table: Shares, n_steps: int
) -> tuple[Shares, Shares]:
    """Find the likely classes and the table of confusions, each by the other."""
    shares = np.clip(hard.mean(axis=0), 1e-9, 1 - 1e-9)
    of_others = (1 - np.eye(len(shares))) * shares / (1 - shares)[:, None]
    likely = said
    for _ in range(n_steps):
        likely = said * table[:, codes].T + 1e-12
        likely /= likely.sum(axis=1, keepdims=True)
        counted = likely.T @ hard
        rate = 1 - np.trace(counted) / counted.sum()
        even = (1 - rate) * np.eye(len(shares)) + rate * of_others
        table = counted + _EVEN * even
        table /= table.sum(axis=1, keepdims=True)
    return likely, table
