"""What a network is asked to match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LossTerm"]


@dataclass(frozen=True, eq=False)
class LossTerm:
    """One demand on a network: match these values at these rows.

    Parameters
    ----------
    name : str
        Name in the training history.
    output : {'logits', 'text', 'neighborhood'}
        Which output is held against ``values``: ``'logits'`` by cross-entropy, the
        others by squared distance.
    rows : ndarray of int64 of shape (n_rows,)
        Nodes.
    values : ndarray of float32 of shape (n_rows, n_columns)
        Class distributions, or embeddings.
    weights : ndarray of float32 of shape (n_rows,)
        Not negative; the loss is the weighted mean over rows.
    scale : float
        Factor of the whole term.
    """

    name: str
    output: str
    rows: NDArray[np.int64]
    values: NDArray[np.float32]
    weights: NDArray[np.float32]
    scale: float = 1.0

    @classmethod
    def of_all(
        cls,
        name: str,
        distributions: NDArray[np.float32],
        scale: float,
        nodes: NDArray[np.int64] | None = None,
    ) -> LossTerm:
        """Demand class distributions of nodes that all count alike.

        Parameters
        ----------
        name : str
            Name in the training history.
        distributions : ndarray of float32 of shape (n_nodes, n_classes)
            What to say of each.
        scale : float
            Factor of the whole term.
        nodes : ndarray of int64 of shape (n_nodes,), default=None
            Which nodes; None is all of the graph.

        Returns
        -------
        LossTerm
            Of the logits.
        """
        nodes = np.arange(len(distributions)) if nodes is None else nodes
        alike = np.ones(len(distributions), dtype=np.float32)
        return cls(name, "logits", nodes, distributions, alike, scale)
