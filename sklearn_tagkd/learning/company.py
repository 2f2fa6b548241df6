"""What a document would hear of its neighbours, had it any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from sklearn_tagkd.utils.threads import one_thread

__all__ = ["Company"]

_N_NEAR = 10  # nodes whose texts are nearest, that a document hears
_BLOCK = 8192  # nodes that are compared at once


class Company:
    """The nodes that invented documents are nearest to, of the documents' own classes.

    A document has no links, and a node seldom none: alone, documents lie beside the
    nodes that they stand for. Near nodes of another class are no company: the document
    stands in for these itself, and one of a class that has no nodes stays alone.

    Parameters
    ----------
    texts : ndarray of float32 of shape (n_nodes, n_dimensions)
        Texts of nodes, around their mean.
    documents : ndarray of float32 of shape (n_documents, n_dimensions)
        In the same space.
    opinion : ndarray of float64 of shape (n_nodes, n_classes)
        What is thought of the nodes as yet.
    codes : ndarray of int64 of shape (n_documents,)
        Of which class each document is.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.learning.company import Company
    >>> texts = np.eye(2, dtype=np.float32)
    >>> company = Company(texts, texts[:1], np.eye(2), np.array([0]))
    >>> heard = company.heard(np.array([[0.6, 0.8], [0, 1]], np.float32), texts[:1])
    >>> heard.astype(float).round(2).tolist()
    [[0.89, 0.45]]
    """

    def __init__(
        self,
        texts: NDArray[np.float32],
        documents: NDArray[np.float32],
        opinion: NDArray[np.float64],
        codes: NDArray[np.int64],
    ) -> None:
        self.near = _nearest(texts, documents)
        self.is_alike = opinion.argmax(axis=1)[self.near] == codes[:, None]

    def heard(
        self, heard: NDArray[np.float32], alone: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Average what near nodes of a document's class hear.

        Parameters
        ----------
        heard : ndarray of float32 of shape (n_nodes, n_columns)
            Part of what nodes hear.
        alone : ndarray of float32 of shape (n_documents, n_columns)
            What documents hear alone.

        Returns
        -------
        ndarray of float32 of shape (n_documents, n_columns)
            Rows of unit length.
        """
        total = np.zeros_like(alone)
        for near, is_alike in zip(self.near.T, self.is_alike.T, strict=True):
            total += np.where(is_alike[:, None], heard[near], alone)
        rows: NDArray[np.float32] = normalize(total)
        return rows


@one_thread()
def _nearest(
    texts: NDArray[np.float32], documents: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return the nodes whose texts point where a document does, by block the best."""
    looked_for, n_near = normalize(documents), min(_N_NEAR, len(texts))
    best = np.empty((len(documents), 0), dtype=np.int64)
    scores = np.empty((len(documents), 0), dtype=np.float32)
    for start in range(0, len(texts), _BLOCK):
        found = looked_for @ normalize(texts[start : start + _BLOCK]).T
        places = np.broadcast_to(start + np.arange(found.shape[1]), found.shape)
        scores = np.concatenate([scores, found], axis=1)
        best = np.concatenate([best, places], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :n_near]
        scores = np.take_along_axis(scores, order, axis=1)
        best = np.take_along_axis(best, order, axis=1)
    return best
