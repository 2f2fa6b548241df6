"""Models of different views teach one another on nodes that nobody labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from sklearn_tagkd.learning.committee.documents import Documents, weigh_documents
from sklearn_tagkd.learning.committee.judgement import judge_labels
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.committee.views import View
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["Labelled", "cotrain"]

_N_ROUNDS, _SHARPNESS = 2, 2.0
_ROUNDS_WITHOUT_LABELS = 4
_PENALTY_OF_DOCUMENTS = 3e-3
_SURER = 3.0  # sharpness of what documents say: it is true more often than it claims
_PENALTY_SHARE = 1 / 3  # of the penalty that labels alone call for, with all nodes
_MOST_TAUGHT = 10_000  # nodes that one round learns from
_N_ALIGNMENTS = 20
_KEYWORDS_PER_CLASS = 5  # how many labels keywords may weigh as much as, per class


@dataclass(frozen=True, eq=False)
class Labelled:
    """What the members of a committee learn first.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_labels,)
        Labelled nodes.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Their class distributions.
    weights : ndarray of float64 of shape (n_labels,)
        How much each counts.
    """

    positions: NDArray[np.int64]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]


@one_thread()
def cotrain(
    views: Sequence[View],
    labelled: Labelled,
    *,
    keyword_rows: Sequence[NDArray[np.float64]] | None = None,
    keyword_places: NDArray[np.int64] | None = None,
    keyword_weight: float = 0.5,
    documents: Documents | None = None,
) -> NDArray[np.float32]:
    """Let one softmax regression per view learn the labels, then each other's opinion.

    After Blum and Mitchell (1998). What all of them together say of every node,
    sharpened and aligned with the class shares that they saw in labels alone, is what
    each learns in the next round.

    Parameters
    ----------
    views : sequence of View
        The first one also judges the labels.
    labelled : Labelled
        At least one label, or none beside documents.
    keyword_rows : sequence of ndarray of shape (n_keywords, n_components), default=None
        Per view, labelled nodes with their keywords in the place of their texts.
    keyword_places : ndarray of int64 of shape (n_keywords,), default=None
        Of which label each of them is.
    keyword_weight : float, default=0.5
        What a keyword row counts beside the text's, at most: keywords stand in for
        texts that are lacking, and count less the more labels there are per class.
    documents : Documents, default=None
        Texts that stand for classes: further lessons, as far as labels that were held
        out call for them.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_classes)
        What the committee says of every node. Rows sum to 1.
    """
    at = labelled.positions
    penalty, targets, n_rounds = _PENALTY_OF_DOCUMENTS, labelled.targets, _N_ROUNDS
    if len(at):
        penalty, targets = judge_labels(views[0].rows[at], targets)
        per_class = len(at) / targets.shape[1]
        keyword_weight = min(keyword_weight, _KEYWORDS_PER_CLASS / per_class)
    else:
        n_rounds = _ROUNDS_WITHOUT_LABELS
    counted, of_labels = None, 1.0
    if documents is not None:
        counted = weigh_documents(
            documents, views[0].rows[at], targets, labelled.weights, penalty
        )
        total = labelled.weights.sum()
        of_labels = float(total / (total + counted.sum()))
    lessons = []
    for number, view in enumerate(views):
        rows, goals, weights = view.rows[at], targets, labelled.weights
        if keyword_rows is not None and keyword_places is not None:
            rows = np.concatenate([rows, keyword_rows[number]])
            goals = np.concatenate([goals, goals[keyword_places]])
            weights = np.concatenate(
                [weights, keyword_weight * weights[keyword_places]]
            )
        if documents is not None and counted is not None and counted.any():
            rows = np.concatenate([rows, documents.rows[number]])
            goals = np.concatenate([goals, documents.targets])
            weights = np.concatenate([weights, counted])
        lessons.append((rows, goals, weights / weights.sum()))
    members = [fit_softmax(*lesson, penalty) for lesson in lessons]
    opinion = _agree(views, members)
    shares = opinion.mean(axis=0)
    if of_labels < 1:  # documents know no class shares
        guessed = _sharpen(opinion, _SURER).mean(axis=0)
        shares = of_labels * shares + (1 - of_labels) * guessed
    step = -(-len(opinion) // _MOST_TAUGHT)
    taught = np.arange(0, len(opinion), step)
    each = np.full(len(taught), 1 / len(taught))
    for _ in range(n_rounds):
        goal = _sharpen(opinion[taught], _SHARPNESS if len(at) else _SURER)
        if len(at):
            goal = _align(goal, shares)
        members = [
            fit_softmax(
                np.concatenate([rows, view.rows[taught]]),
                np.concatenate([goals, goal]),
                np.concatenate([weights, each]),
                _PENALTY_SHARE * penalty,
                start=member,
                max_iter=30,
            )
            for view, member, (rows, goals, weights) in zip(
                views, members, lessons, strict=True
            )
        ]
        opinion = _agree(views, members)
    return opinion.astype(np.float32)


def _agree(
    views: Sequence[View], members: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the normalised geometric mean of all opinions."""
    total: NDArray[np.float64] | None = None
    for view, member in zip(views, members, strict=True):
        said = np.log(predict_softmax(view.rows, member) + 1e-6)
        total = said if total is None else total + said
    assert total is not None  # a committee has members
    agreed: NDArray[np.float64] = softmax(total / len(members), axis=1)
    return agreed


def _sharpen(opinion: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    sharper: NDArray[np.float64] = opinion**power
    sharper /= sharper.sum(axis=1, keepdims=True)
    return sharper


def _align(
    opinion: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scale classes until their mean is ``shares``: without it, rare ones die out."""
    gain = np.ones(len(shares))
    for _ in range(_N_ALIGNMENTS):
        scaled = opinion * gain
        scaled /= scaled.sum(axis=1, keepdims=True)
        gain *= (shares + 1e-9) / (scaled.mean(axis=0) + 1e-9)
    scaled = opinion * gain
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled
