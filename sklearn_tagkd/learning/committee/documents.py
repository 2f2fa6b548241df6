"""Invented documents of classes as further lessons, and how much they may count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)

__all__ = ["Documents", "weigh_documents"]

_SHARES = (1.0, 0.3, 0.1, 0.03, 0.0)  # of a label that a document may count
_HALVED_AT = 10  # labels of a class, beside which its documents count half
_N_FOLDS = 5
_FEWEST = 20  # labels, below which held-out ones say nothing


@dataclass(frozen=True, eq=False)
class Documents:
    """Texts that stand for classes and are no nodes.

    Parameters
    ----------
    rows : sequence of ndarray of float64 of shape (n_documents, n_components)
        Per view, where they lie.
    targets : ndarray of float64 of shape (n_documents, n_classes)
        Of which class each is.
    weights : ndarray of float64 of shape (n_documents,)
        How much each counts beside the others.
    """

    rows: Sequence[NDArray[np.float64]]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]


def weigh_documents(
    documents: Documents,
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: float,
) -> NDArray[np.float64]:
    """Find out how much documents may count beside labels.

    As much as labels call for that were held out from a model of documents and other
    labels; and less, class by class, the more labels there are.

    Parameters
    ----------
    documents : Documents
        What is to be weighed.
    rows : ndarray of float64 of shape (n_labels, n_components)
        Labelled nodes in the first view; there may be none.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Their class distributions.
    weights : ndarray of float64 of shape (n_labels,)
        How much each label counts.
    penalty : float
        Of the regressions.

    Returns
    -------
    ndarray of float64 of shape (n_documents,)
        Weights beside ``weights``; 0 for documents that do not help.
    """
    if not len(rows):
        return documents.weights
    of_label = float(weights.mean())
    scarcity = _HALVED_AT / (_HALVED_AT + targets.sum(axis=0))
    full = of_label * documents.weights
    share = _SHARES[0]
    if len(rows) >= _FEWEST:
        losses = [
            _held_out_loss(documents, tried * full, rows, targets, weights, penalty)
            for tried in _SHARES
        ]
        share = _SHARES[int(np.argmin(losses))]
    counted: NDArray[np.float64] = share * full * (documents.targets @ scarcity)
    return counted


def _held_out_loss(
    documents: Documents,
    counted: NDArray[np.float64],
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: float,
) -> float:
    fold = np.random.RandomState(0).permutation(len(rows)) % _N_FOLDS
    loss = 0.0
    for number in range(_N_FOLDS):
        held = fold == number
        found = fit_softmax(
            np.concatenate([rows[~held], documents.rows[0]]),
            np.concatenate([targets[~held], documents.targets]),
            np.concatenate([weights[~held], counted]),
            penalty,
            max_iter=60,
        )
        said = np.log(predict_softmax(rows[held], found) + 1e-12)
        loss -= float((weights[held, None] * targets[held] * said).sum())
    return loss
