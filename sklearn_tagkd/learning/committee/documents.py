"""Invented documents of classes as further lessons, and how much they may count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.learning.committee.held_out import held_out_loss

__all__ = ["Documents", "weigh_documents"]

_SHARES = (1.0, 0.3, 0.1, 0.03, 0.0)  # of a label that a document may count
_HALVED_AT = 30  # labels of a class, beside which its documents count half
_OF_UNSEEN = 0.3  # the least share, of documents of classes that no label is of
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
    elsewhere : sequence of ndarray of shape (n_documents, n_components), optional
        Per view, where else they may lie, if labels call for it.
    """

    rows: Sequence[NDArray[np.float64]]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]
    elsewhere: Sequence[NDArray[np.float64]] | None = None


def weigh_documents(
    documents: Documents,
    rows: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: float,
) -> tuple[Documents, NDArray[np.float64]]:
    """Find out where documents lie, and how much they may count, beside labels.

    As much as labels call for that were held out from a model of documents and other
    labels, and where these call for them; and less, class by class, the more labels
    there are. Documents of a class that no label is of always count.

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
    documents : Documents
        The same, where they lie best.
    counted : ndarray of float64 of shape (n_documents,)
        Weights beside ``weights``; 0 for documents that do not help.
    """
    if not len(rows):
        return documents, documents.weights
    share = _SHARES[0]
    if len(rows) >= _FEWEST:
        ways = [documents]
        if documents.elsewhere is not None:
            ways.append(replace(documents, rows=documents.elsewhere, elsewhere=None))
        losses = [
            held_out_loss(
                rows,
                targets,
                penalty,
                (way.rows[0], way.targets, tried * way.weights),
            )
            for way in ways
            for tried in _SHARES
        ]
        way, tried = divmod(int(np.argmin(losses)), len(_SHARES))
        documents, share = ways[way], _SHARES[tried]
    n_labels = targets.sum(axis=0)
    # Held-out labels can only speak of classes that there are labels of.
    shares = np.where(n_labels < 0.5, max(share, _OF_UNSEEN), share)
    scarcity = _HALVED_AT / (_HALVED_AT + n_labels)
    per_class = float(weights.mean()) * shares * scarcity
    counted: NDArray[np.float64] = documents.weights * (documents.targets @ per_class)
    return documents, counted
