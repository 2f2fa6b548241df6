"""One thing that is otherwise than in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

__all__ = ["Change", "Field", "cells_of_rows", "weights_at"]

Cells = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Change:
    """Links that weigh otherwise, and another row in the place of the node's own.

    Parameters
    ----------
    receivers, senders : ndarray of int64 of shape (n_cells,)
        Cells of the links, each once; an undirected link is two cells.
    weights : ndarray of float64 of shape (n_cells,)
        What they weigh now; 0 is no link.
    row : ndarray of float32 of shape (n_dimensions,), default=None
        The node's own embedding now; None leaves it.
    """

    receivers: NDArray[np.int64]
    senders: NDArray[np.int64]
    weights: NDArray[np.float64]
    row: NDArray[np.float32] | None = None

    @classmethod
    def without(
        cls, pairs: NDArray[np.int64], directed: bool, row: NDArray[np.float32] | None
    ) -> Change:
        """Take links away, as if they had never been in the graph.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender of each, each link once.
        directed : bool
            Whether a link goes one way.
        row : ndarray of float32 of shape (n_dimensions,) or None
            The node's own embedding now; None leaves it.

        Returns
        -------
        Change
            Of their cells.
        """
        if not directed:
            pairs = np.concatenate([pairs, pairs[:, ::-1]])
        return cls(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs)), row)


class Field(Protocol):
    """All that a node hears, ready to be changed."""

    share: float  # of what is heard, said by the nodes that are looked at

    def outcomes(self, changes: list[Change]) -> NDArray[np.float64]:
        """Say what the network would say of the node.

        Parameters
        ----------
        changes : list of Change
            One at a time.

        Returns
        -------
        ndarray of float64 of shape (n_changes, n_classes)
            Logits.
        """

    def estimates(
        self, pairs: NDArray[np.int64], best: int, second: int
    ) -> NDArray[np.float64]:
        """Guess what each link carries, to choose the ones to look at.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender.
        best, second : int
            The classes whose margin it is about.

        Returns
        -------
        ndarray of float64 of shape (n_links,)
            Greater for those that carry more.
        """


def cells_of_rows(links: csr_array, rows: NDArray[np.int64]) -> Cells:
    """Return the filled cells of some rows.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        Weights.
    rows : ndarray of int64 of shape (n_rows,)
        Which ones.

    Returns
    -------
    rows : ndarray of int64 of shape (n_cells,)
        Row after row.
    columns : ndarray of int64 of shape (n_cells,)
        Of the same cells.
    """
    starts, stops = links.indptr[rows], links.indptr[rows + 1]
    counts = (stops - starts).astype(np.int64)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = links.indices[np.repeat(starts.astype(np.int64), counts) + within]
    return np.repeat(rows, counts), columns.astype(np.int64)


def weights_at(
    links: csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weights of some cells; 0 where there is none.

    Parameters
    ----------
    links : csr_array of shape (n_rows, n_columns)
        Weights.
    rows, columns : ndarray of int64 of shape (n_cells,)
        Which ones, be it none.

    Returns
    -------
    ndarray of float64 of shape (n_cells,)
        In their order.
    """
    if not len(rows):
        return np.empty(0)
    found = links[rows, columns]
    dense = found.toarray() if issparse(found) else np.asarray(found)
    return dense.astype(np.float64).ravel()
