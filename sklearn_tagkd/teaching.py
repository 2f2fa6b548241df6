"""What an interpreter leaves on the graph for a student to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.link_scoring import LinkScorer

__all__ = ["TeacherSignals"]


@dataclass(frozen=True, eq=False, repr=False)
class TeacherSignals:
    """Outputs of an interpreter on every node of the parent.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted labels; the columns of ``probabilities``.
    probabilities : ndarray of float32 of shape (n_nodes, n_classes)
        Rows sum to 1.
    text : ndarray of float32 of shape (n_nodes, hidden_dim)
        Embedding of the text, keywords taken into account.
    neighborhood : ndarray of float32 of shape (n_nodes, hidden_dim) or None
        Embedding of the node in its enhanced neighbourhood; None where the
        interpreter does not look at links.
    semantic_weight, structural_weight : ndarray of float32 of shape (n_nodes,)
        How much there is to learn from either embedding: 0 where the rationales
        changed nothing.
    link_scorer : LinkScorer or None
        What the interpreter weighs links by; None where all are alike.
    """

    classes: NDArray[Any]
    probabilities: NDArray[np.float32]
    text: NDArray[np.float32]
    neighborhood: NDArray[np.float32] | None
    semantic_weight: NDArray[np.float32]
    structural_weight: NDArray[np.float32]
    link_scorer: LinkScorer | None

    def __repr__(self) -> str:
        nodes, hidden = self.text.shape
        return f"TeacherSignals(nodes={nodes}, hidden_dim={hidden})"

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
        aligned: dict[str, Any] = {
            "probabilities": self.probabilities[positions],
            "text": self.text[positions],
            "semantic_weight": self.semantic_weight[positions],
            "structural_weight": self.structural_weight[positions],
        }
        if self.neighborhood is not None:
            aligned["neighborhood"] = self.neighborhood[positions]
        return replace(self, **aligned)
