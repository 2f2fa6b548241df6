"""Models of different views teach one another on nodes that nobody labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from sklearn_tagkd.learning.committee.alignment import align
from sklearn_tagkd.learning.committee.documents import Documents, weigh_documents
from sklearn_tagkd.learning.committee.judgement import judge_labels
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.committee.views import View
from sklearn_tagkd.utils.spread_places import spread_places
from sklearn_tagkd.utils.streams import private_stream
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["Committee", "Labelled", "cotrain", "first_opinion"]

_N_ROUNDS, _SHARPNESS = 2, 2.0
_ROUNDS_WITHOUT_LABELS = 4
_PENALTY_OF_DOCUMENTS = 3e-3
_SURER = 3.0  # sharpness of what documents say: it is true more often than it claims
_PENALTY_SHARE = 1 / 3  # of the penalty that labels alone call for, with all nodes
_SHARE_WITHOUT_LABELS = 0.6  # documents lie among nodes already: all add less
_MOST_TAUGHT = 10_000  # nodes that one round learns from
_N_FOLDS = 5
_ENOUGH = 500  # labels that are held out, of more than that many
_HASTE = (40, 10)  # steps of L-BFGS, first and per round, of held-out committees
_MOST_HEARD = 400  # nodes without a label, beside which labels are held out
_KEYWORDS_PER_CLASS = 5  # how many labels keywords may weigh as much as, per class


Lesson = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


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
    is_plain : ndarray of bool of shape (n_labels,), default=None
        Which are of somebody who never says how sure he is; None is nobody.
    """

    positions: NDArray[np.int64]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]
    is_plain: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Committee:
    """Softmax regressions, one per view, and what they are to learn.

    Parameters
    ----------
    views : sequence of View
        One per member.
    labelled : Labelled
        What they learn first.
    lessons : sequence of tuple
        Per view the rows, targets and weights of labels, keywords and documents.
    of_label : ndarray of int64 of shape (n_lessons,)
        Which label a lesson is of; -1 for documents.
    penalty : float
        Of the regressions.
    label_share : float
        What labels count of all that is taught.
    """

    views: Sequence[View]
    labelled: Labelled
    lessons: Sequence[Lesson]
    of_label: NDArray[np.int64]
    penalty: float
    label_share: float

    @classmethod
    @one_thread()
    def of(
        cls,
        views: Sequence[View],
        labelled: Labelled,
        *,
        keyword_rows: Sequence[NDArray[np.float64]] | None = None,
        keyword_places: NDArray[np.int64] | None = None,
        keyword_weight: float = 0.5,
        documents: Documents | None = None,
    ) -> Committee:
        """Judge labels and documents, and prepare lessons.

        Parameters
        ----------
        views : sequence of View
            The first one also judges the labels.
        labelled : Labelled
            At least one label, or none beside documents.
        keyword_rows : sequence of ndarray of shape (n_keywords, n_components), optional
            Per view, labelled nodes with their keywords in the place of their texts.
        keyword_places : ndarray of int64 of shape (n_keywords,), default=None
            Of which label each of them is.
        keyword_weight : float, default=0.5
            What a keyword row counts beside the text's, at most: keywords stand in for
            texts that are lacking, and count less the more labels there are per class.
        documents : Documents, default=None
            Texts that stand for classes: further lessons, as far as labels that were
            held out call for them.

        Returns
        -------
        Committee
            It has learnt nothing yet.
        """
        at = labelled.positions
        penalty, targets = _PENALTY_OF_DOCUMENTS, labelled.targets
        doubts = np.zeros(len(at))
        if len(at):
            penalty, targets, doubts = judge_labels(
                views[0].rows[at], targets, labelled.is_plain
            )
            per_class = len(at) / targets.shape[1]
            keyword_weight = min(keyword_weight, _KEYWORDS_PER_CLASS / per_class)
        counted, label_share = None, 1.0
        if documents is not None:
            documents, counted = weigh_documents(
                documents, views[0].rows[at], targets, labelled.weights, penalty
            )
            total = labelled.weights.sum()
            label_share = float(total / (total + counted.sum()))
        targets = targets + doubts[:, None] * (1 / targets.shape[1] - targets)
        lessons, of_label = [], np.arange(len(at))
        if keyword_rows is not None and keyword_places is not None:
            of_label = np.concatenate([of_label, keyword_places])
        if documents is not None and counted is not None and counted.any():
            of_label = np.concatenate([of_label, np.full(len(counted), -1)])
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
        return cls(views, labelled, lessons, of_label, penalty, label_share)

    @one_thread()
    def opinion(self) -> NDArray[np.float32]:
        """Return what the members say of every node once they have learnt.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_classes)
            Rows sum to 1.
        """
        rows = [view.rows for view in self.views]
        taught = spread_places(len(rows[0]), _MOST_TAUGHT)
        return self._discuss(rows, self.lessons, taught).astype(np.float32)

    @one_thread()
    def held_out(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return what a committee says of labels that it has not seen.

        It is as good as the committee itself but for a fifth of the labels, and hears
        no more than a few hundred nodes beside the labelled ones. Of many labels not
        all are held out.

        Returns
        -------
        places : ndarray of int64 of shape (n_held_out,)
            Which labels were held out.
        said : ndarray of float64 of shape (n_held_out, n_classes)
            What is said of their nodes. Rows sum to 1.
        """
        nodes, at = np.unique(self.labelled.positions, return_inverse=True)
        order = private_stream(0, "folds of a whole committee").permutation(len(nodes))
        fold = order[at] % _N_FOLDS  # a node that is repeated lies in one fold
        n_nodes = len(self.views[0].rows)
        heard = spread_places(n_nodes, _MOST_HEARD)
        looked_at = np.concatenate([nodes, np.setdiff1d(heard, nodes)])
        everybody = np.arange(len(looked_at))
        rows = [view.rows[looked_at] for view in self.views]
        n_folds = int(np.clip(_ENOUGH * _N_FOLDS // max(len(nodes), 1), 1, _N_FOLDS))
        judged = np.flatnonzero(fold < n_folds)
        said = np.empty(self.labelled.targets.shape)
        for number in range(n_folds):
            held = fold == number
            known = (self.of_label < 0) | ~held[self.of_label]
            lessons = [
                (some[known], goals[known], weights[known] / weights[known].sum())
                for some, goals, weights in self.lessons
            ]
            said[held] = self._discuss(rows, lessons, everybody, *_HASTE)[at[held]]
        return judged, said[judged]

    def _discuss(
        self,
        rows: Sequence[NDArray[np.float64]],
        lessons: Sequence[Lesson],
        taught: NDArray[np.int64],
        first_iter: int = 150,
        max_iter: int = 30,
    ) -> NDArray[np.float64]:
        """Let members learn lessons, then one another's opinion of some of the rows."""
        has_labels = len(self.labelled.positions) > 0
        n_rounds = _N_ROUNDS if has_labels else _ROUNDS_WITHOUT_LABELS
        share = _PENALTY_SHARE if has_labels else _SHARE_WITHOUT_LABELS
        members = [
            fit_softmax(*lesson, self.penalty, max_iter=first_iter)
            for lesson in lessons
        ]
        opinion = _agree(rows, members)
        shares = opinion.mean(axis=0)
        if self.label_share < 1:  # documents know no class shares
            guessed = _sharpen(opinion, _SURER).mean(axis=0)
            shares = self.label_share * shares + (1 - self.label_share) * guessed
        each = np.full(len(taught), 1 / len(taught))
        for _ in range(n_rounds):
            goal = _sharpen(opinion[taught], _SHARPNESS if has_labels else _SURER)
            if has_labels:
                goal = align(goal, shares)  # without it, rare classes die out
            members = [
                fit_softmax(
                    np.concatenate([learnt, seen[taught]]),
                    np.concatenate([goals, goal]),
                    np.concatenate([weights, each]),
                    share * self.penalty,
                    start=member,
                    max_iter=max_iter,
                )
                for seen, member, (learnt, goals, weights) in zip(
                    rows, members, lessons, strict=True
                )
            ]
            opinion = _agree(rows, members)
        return opinion


def cotrain(
    views: Sequence[View], labelled: Labelled, **beside: Any
) -> NDArray[np.float32]:
    """Let one softmax regression per view learn the labels, then each other's opinion.

    After Blum and Mitchell (1998). What all of them together say of every node,
    sharpened and aligned with the class shares that they saw in labels alone, is what
    each learns in the next round.

    Parameters
    ----------
    views, labelled, **beside : object
        As in :meth:`Committee.of`.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_classes)
        What the committee says of every node. Rows sum to 1.
    """
    return Committee.of(views, labelled, **beside).opinion()


@one_thread()
def first_opinion(views: Sequence[View], documents: Documents) -> NDArray[np.float64]:
    """Return what documents alone tell of every node, before members teach each other.

    Parameters
    ----------
    views : sequence of View
        One per member.
    documents : Documents
        At least one.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_classes)
        Rows sum to 1.
    """
    members = [
        fit_softmax(rows, documents.targets, documents.weights, _PENALTY_OF_DOCUMENTS)
        for rows in documents.rows
    ]
    return _agree([view.rows for view in views], members)


def _agree(
    rows: Sequence[NDArray[np.float64]], members: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the normalised geometric mean of all opinions."""
    total: NDArray[np.float64] | None = None
    for seen, member in zip(rows, members, strict=True):
        said = np.log(predict_softmax(seen, member) + 1e-6)
        total = said if total is None else total + said
    assert total is not None  # a committee has members
    agreed: NDArray[np.float64] = softmax(total / len(members), axis=1)
    return agreed


def _sharpen(opinion: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    sharper: NDArray[np.float64] = opinion**power
    sharper /= sharper.sum(axis=1, keepdims=True)
    return sharper
