"""Links to neighbours that a language model was shown and did not name as key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.rationales.table import RationaleTable

__all__ = ["PassedOver", "without"]


@dataclass(frozen=True, eq=False)
class PassedOver:
    """Which links weigh less, and how much they weigh then.

    Parameters
    ----------
    cells : ndarray of int64 of shape (n_passed_over,)
        Places of the links among all, ascending.
    receivers : ndarray of int64 of shape (n_passed_over,)
        Who hears them.
    weights : ndarray of float32 of shape (n_passed_over,)
        What they weigh.
    """

    cells: NDArray[np.int64]
    receivers: NDArray[np.int64]
    weights: NDArray[np.float32]

    @classmethod
    def find(cls, links: csr_array, table: RationaleTable, weight: float) -> PassedOver:
        """Find the links whose weights change.

        Parameters
        ----------
        links : csr_array of shape (n_nodes, n_nodes)
            Raw links, ``[receiver, sender]``, indices sorted; mapped or not.
        table : RationaleTable
            What a language model said. Where it named no neighbour as key, all are
            kept.
        weight : float
            What the links' own weights are multiplied by; 1 changes none.

        Returns
        -------
        PassedOver
            Of a directed graph's neighbours not all send to the node: those that do.
        """
        row, node = table.passed_over
        judged = np.isin(row, table.key_row) & (weight != 1)
        receivers, senders = table.positions[row[judged]], node[judged]
        found = [_place(links, *ends) for ends in zip(receivers, senders, strict=True)]
        cells = np.array(found, dtype=np.int64)
        is_link = cells >= 0
        cells, first = np.unique(cells[is_link], return_index=True)
        receivers = receivers[is_link][first]
        given = links.data[cells].astype(np.float32)
        weights = given - np.float32(1 - weight) * given
        changes = weights != given
        return cls(cells[changes], receivers[changes], weights[changes])


def without(links: csr_array, passed_over: PassedOver) -> csr_array:
    """Return links of which some weigh less, in memory.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes), dtype float32
        Not changed.
    passed_over : PassedOver
        Of these links.

    Returns
    -------
    csr_array of shape (n_nodes, n_nodes), dtype float32
        Those that weigh nothing are none.
    """
    kept = links.copy()
    kept.data[passed_over.cells] = passed_over.weights
    kept.eliminate_zeros()
    return kept


def _place(links: csr_array, receiver: int, sender: int) -> int:
    """Return where a link lies among all; -1 where there is none."""
    start, stop = links.indptr[receiver], links.indptr[receiver + 1]
    place = start + np.searchsorted(links.indices[start:stop], sender)
    return int(place) if place < stop and links.indices[place] == sender else -1
