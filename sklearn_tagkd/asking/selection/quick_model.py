"""A regression on the map of nodes: what the answers so far teach, in a moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.node_map import NodeMap
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.rationales import ProfileTable
from sklearn_tagkd.utils.streams import private_stream
from sklearn_tagkd.utils.threads import one_thread

__all__ = [
    "doubts_teacher",
    "hard_targets",
    "held_out",
    "learn_quickly",
    "margin",
    "profile_lesson",
]

_PENALTY, _STRONGER = 3e-4, 3e-3  # those of the committee's first view
_N_FOLDS = 5
_FEWEST = 20  # answers, below which a fold says nothing
_MAX_ITER = 60


def learn_quickly(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    asked_of: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what some rows with their classes teach about others.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_dimensions)
        Answered nodes, and whatever else has a class.
    targets : ndarray of float64 of shape (n_rows, n_classes)
        Their class distributions.
    asked_of : ndarray of float64 of shape (n_others, n_dimensions)
        The others.

    Returns
    -------
    ndarray of float64 of shape (n_others, n_classes)
        Class probabilities.
    """
    return _fit_predict(rows, targets, asked_of, _PENALTY, max_iter=150)


def profile_lesson(
    on_map: NodeMap, profiles: ProfileTable | None, n_classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what class profiles teach: invented documents, and their classes.

    Parameters
    ----------
    on_map : NodeMap
        Where the documents are to lie.
    profiles : ProfileTable or None
        What is known of the classes.
    n_classes : int
        Number of classes.

    Returns
    -------
    rows : ndarray of float64 of shape (n_documents, n_dimensions)
        None of them without profiles.
    targets : ndarray of float64 of shape (n_documents, n_classes)
        One 1 per row.
    """
    nothing = on_map.rows[:0], np.empty((0, n_classes))
    if profiles is None:
        return nothing
    documents, codes = profiles.labelled_documents()
    if not documents:
        return nothing
    return on_map.place(documents), np.eye(n_classes)[codes]


def margin(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the most probable class is ahead of the next.

    Parameters
    ----------
    probabilities : ndarray of float64 of shape (n_rows, n_classes)
        Rows sum to 1.

    Returns
    -------
    ndarray of float64 of shape (n_rows,)
        From 0 to 1; 1 where there is but one class.
    """
    if probabilities.shape[1] < 2:
        return np.ones(len(probabilities))
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    ahead: NDArray[np.float64] = top[:, 1] - top[:, 0]
    return ahead


def held_out(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    *,
    n_folds: int = _N_FOLDS,
    penalty: float = _PENALTY,
    learn_from: float = 1.0,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return what is said of each row by a model that has not seen it.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_dimensions)
        Answered nodes.
    targets : ndarray of float64 of shape (n_rows, n_classes)
        Their class distributions.
    n_folds : int, default=5
        Parts of which each is left out in turn.
    penalty : float, default=3e-4
        Of the regression.
    learn_from : float, default=1.0
        Share of the other parts to learn from.
    seed : int, default=0
        Of the parts.

    Returns
    -------
    ndarray of float64 of shape (n_rows, n_classes)
        Class probabilities.
    """
    order = private_stream(seed, "folds of a quick model").permutation(len(rows))
    fold = np.empty(len(rows), dtype=np.int64)
    fold[order] = np.arange(len(rows)) % n_folds
    said = np.empty_like(targets)
    for number in range(n_folds):
        held = fold == number
        others = order[fold[order] != number]
        others = others[: max(1, round(learn_from * len(others)))]
        said[held] = _fit_predict(
            rows[others], targets[others], rows[held], penalty, _MAX_ITER
        )
    return said


def doubts_teacher(rows: NDArray[np.float64], targets: NDArray[np.float64]) -> bool:
    """Say whether answers contradict one another more than their number explains.

    Where answers that were held out are told better by a model that is held back
    ten times as much, what it learns from the others is in part noise: the teacher is
    often wrong, or texts and links do not tell what it goes by. A teacher that says
    where it is unsure contradicts itself less. No true label is looked at.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_answers, n_dimensions)
        Answered nodes.
    targets : ndarray of float64 of shape (n_answers, n_classes)
        Their class distributions.

    Returns
    -------
    bool
        False with fewer than 20 answers.
    """
    if len(rows) < _FEWEST:
        return False
    losses = []
    for penalty in (_PENALTY, _STRONGER):
        said = held_out(rows, targets, penalty=penalty)
        losses.append(-(targets * np.log(said + 1e-12)).sum())
    return bool(losses[1] < losses[0])


def hard_targets(targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return distributions that give all to the most probable class.

    Parameters
    ----------
    targets : ndarray of float64 of shape (n_rows, n_classes)
        Class distributions.

    Returns
    -------
    ndarray of float64 of shape (n_rows, n_classes)
        One 1 per row.
    """
    hard: NDArray[np.float64] = np.eye(targets.shape[1])[targets.argmax(axis=1)]
    return hard


def _fit_predict(
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    asked_of: NDArray[np.float64],
    penalty: float,
    max_iter: int,
) -> NDArray[np.float64]:
    with one_thread():
        found = fit_softmax(
            rows, targets, np.ones(len(rows)), penalty, max_iter=max_iter
        )
        said: NDArray[np.float64] = predict_softmax(asked_of, found)
    return said
