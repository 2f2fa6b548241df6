"""What an interpreter leaves on the graph for a student to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.link_scoring import LinkScorer

__all__ = ["TaughtEmbeddings", "TeacherSignals"]


@dataclass(frozen=True, eq=False)
class TaughtEmbeddings:
    """Embeddings of the nodes where there is something to learn from them.

    Parameters
    ----------
    rows : ndarray of int64 of shape (n_taught,)
        Nodes, ascending: those where the rationales changed something.
    values : ndarray of float32 of shape (n_taught, hidden_dim)
        Their embeddings.
    weights : ndarray of float32 of shape (n_taught,)
        How much there is to learn.
    """

    rows: NDArray[np.int64]
    values: NDArray[np.float32]
    weights: NDArray[np.float32]

    def restrict(self, positions: NDArray[np.int64], n_nodes: int) -> TaughtEmbeddings:
        """Return what is left when only some nodes are kept.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Old positions of the kept nodes, in their new order.
        n_nodes : int
            Number of nodes before.

        Returns
        -------
        TaughtEmbeddings
            Aligned to the new positions.
        """
        place = np.full(n_nodes, -1, dtype=np.int64)
        place[self.rows] = np.arange(len(self.rows))
        places = place[positions]
        rows = np.flatnonzero(places >= 0)
        kept = places[rows]
        return TaughtEmbeddings(rows, self.values[kept], self.weights[kept])


@dataclass(frozen=True, eq=False, repr=False)
class TeacherSignals:
    """Outputs of an interpreter on every node of the parent.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted labels; the columns of ``probabilities``.
    probabilities : ndarray of float32 of shape (n_nodes, n_classes)
        Rows sum to 1.
    text : TaughtEmbeddings or None
        Embeddings of texts, keywords taken into account; None without rationales.
    neighborhood : TaughtEmbeddings or None
        Embeddings of nodes in their enhanced neighbourhoods; None without
        rationales, and where the interpreter does not look at links.
    link_scorer : LinkScorer or None
        What the interpreter weighs links by; None where all are alike.
    sharpness : float, default=1.0
        What its logits are to be multiplied by until they are as sure as right.
        ``probabilities`` are those before.
    """

    classes: NDArray[Any]
    probabilities: NDArray[np.float32]
    text: TaughtEmbeddings | None
    neighborhood: TaughtEmbeddings | None
    link_scorer: LinkScorer | None
    sharpness: float = 1.0

    def __repr__(self) -> str:
        return "TeacherSignals(nodes={}, classes={})".format(*self.probabilities.shape)

    def restrict(self, positions: NDArray[np.int64], n_nodes: int) -> TeacherSignals:
        """Return the signals of some nodes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Old positions of the kept nodes, in their new order.
        n_nodes : int
            Number of nodes before.

        Returns
        -------
        TeacherSignals
            Aligned to the new positions.
        """
        return replace(
            self,
            probabilities=self.probabilities[positions],
            text=self.text and self.text.restrict(positions, n_nodes),
            neighborhood=self.neighborhood
            and self.neighborhood.restrict(positions, n_nodes),
        )

    def extended(self, n_nodes: int) -> None:
        """Return nothing: new nodes have to be taught too.

        Parameters
        ----------
        n_nodes : int
            Number of nodes after.
        """
