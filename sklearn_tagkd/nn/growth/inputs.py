"""Inputs of a graph that has grown: those of its base, and what was added to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["GrownInputs", "Heard"]


@dataclass(frozen=True, eq=False)
class Heard:
    """What some nodes receive, link by link.

    Parameters
    ----------
    owners : ndarray of int64 of shape (n_links,)
        Which of the nodes receives.
    senders : ndarray of int64 of shape (n_links,)
        From whom.
    rows : ndarray of int64 of shape (n_links,)
        Whose embedding is heard in the first layer: the sender's, or a message's.
    weights : ndarray of float32 of shape (n_links,)
        Weights of the links.
    """

    owners: NDArray[np.int64]
    senders: NDArray[np.int64]
    rows: NDArray[np.int64]
    weights: NDArray[np.float32]


class GrownInputs:
    """What a network looks at in a graph that has grown; nothing is copied.

    Nodes of the base are numbered first, then those that were added, then the
    messages of the base.

    Parameters
    ----------
    base : NetworkInputs
        Of the graph before.
    n_nodes : int
        Number of nodes after.
    receivers, senders : ndarray of int64 of shape (n_new_links,)
        Ends of what was added to the links, by receiver.
    weigh : callable
        From numbers of new links to their weights, an ndarray of float32; of a link
        that the base has too, to what was added to its weight.
    embed : callable
        From positions of added nodes in the grown graph to their rows, an ndarray of
        float32 of as many columns as the base has.
    """

    def __init__(
        self,
        base: NetworkInputs,
        n_nodes: int,
        receivers: NDArray[np.int64],
        senders: NDArray[np.int64],
        weigh: Callable[[NDArray[np.int64]], NDArray[np.float32]],
        embed: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    ) -> None:
        self.base = base
        self.n_nodes = n_nodes
        self._receivers, self._senders = receivers, senders
        self._weigh, self._embed = weigh, embed
        n_added = n_nodes - base.n_nodes
        # Memory that nobody writes to is not taken.
        self._embedded = np.empty((n_added, self.n_columns), dtype=np.float32)
        self._is_embedded = np.zeros(n_added, dtype=bool)

    @classmethod
    def unchanged(cls, base: NetworkInputs) -> GrownInputs:
        """Return the inputs of a graph to which nothing was added.

        Parameters
        ----------
        base : NetworkInputs
            Its inputs.

        Returns
        -------
        GrownInputs
            The same.
        """
        nobody = np.empty(0, dtype=np.int64)
        return cls(base, base.n_nodes, nobody, nobody, _nothing, _nothing)

    @property
    def n_columns(self) -> int:
        """Number of columns of a row."""
        return self.base.embeddings.shape[1]

    def rows(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return embeddings.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Nodes and messages, in any order.

        Returns
        -------
        ndarray of float32 of shape (n, n_columns)
            A new array.
        """
        n_first = self.base.n_nodes
        is_added = (nodes >= n_first) & (nodes < self.n_nodes)
        if not is_added.any():
            places = np.where(nodes < n_first, nodes, nodes - len(self._is_embedded))
            return self.base.embeddings[places]
        found = np.empty((len(nodes), self.n_columns), dtype=np.float32)
        found[is_added] = self._added_rows(nodes[is_added])
        if not is_added.all():
            found[~is_added] = self.rows(nodes[~is_added])
        return found

    def _added_rows(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return rows of added nodes, each computed once."""
        places = nodes - self.base.n_nodes
        unknown = np.unique(places[~self._is_embedded[places]])
        if len(unknown):
            self._embedded[unknown] = self._embed(unknown + self.base.n_nodes)
            self._is_embedded[unknown] = True  # last: others may be looking
        return self._embedded[places]

    def sums(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the sums of the weights that nodes receive with.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Any nodes.

        Returns
        -------
        ndarray of float32 of shape (n,)
            0 for a node that hears nobody.
        """
        total = np.zeros(len(nodes), dtype=np.float32)
        is_old = nodes < self.base.n_nodes
        total[is_old] = self.base.received_sums()[nodes[is_old]]
        owners, cells = self._new_cells(nodes)
        if len(cells):
            total += np.bincount(owners, self._weigh(cells), len(nodes))
        return total

    def n_links(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many links nodes hear.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Any nodes.

        Returns
        -------
        ndarray of int64 of shape (n,)
            A link that was made heavier counts twice.
        """
        _, counts = self._base_cells(nodes)
        owners, _ = self._new_cells(nodes)
        return counts + np.bincount(owners, minlength=len(nodes))

    def is_touched(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which nodes hear something new.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Any nodes.

        Returns
        -------
        ndarray of bool of shape (n,)
            Whether a link to it was added.
        """
        starts = np.searchsorted(self._receivers, nodes)
        is_touched: NDArray[np.bool_] = starts < np.searchsorted(
            self._receivers, nodes, side="right"
        )
        return is_touched

    def received(self, nodes: NDArray[np.int64], most: int | None = None) -> Heard:
        """Return what nodes hear.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Each once.
        most : int, default=None
            Links of the base that are heard per node: of a node with more, so many at
            equal distances, which weigh as much as all. None for all.

        Returns
        -------
        Heard
            Links of the base first; one that was made heavier is there twice.
        """
        links = self.base.links
        starts, counts = self._base_cells(nodes)
        taken = counts if most is None else np.minimum(counts, most)
        owners = np.repeat(np.arange(len(nodes)), taken)
        rank = np.arange(len(owners)) - np.repeat(np.cumsum(taken) - taken, taken)
        if most is not None:
            rank = rank * counts[owners] // taken[owners]
        cells = starts[owners] + rank
        senders = links.indices[cells].astype(np.int64)
        weights = links.data[cells].astype(np.float32)
        if most is not None:
            weights *= (counts / np.maximum(taken, 1)).astype(np.float32)[owners]
        rows = senders
        if len(self.base.message_sender):
            rows = self.base.first_layer_links().indices[cells].astype(np.int64)
            rows[rows >= self.base.n_nodes] += self.n_nodes - self.base.n_nodes
        new_owners, new = self._new_cells(nodes)
        if not len(new):
            return Heard(owners, senders, rows, weights)
        fresh = self._senders[new]
        return Heard(
            np.concatenate([owners, new_owners]),
            np.concatenate([senders, fresh]),
            np.concatenate([rows, fresh]),
            np.concatenate([weights, self._weigh(new)]),
        )

    def _base_cells(
        self, nodes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the links of nodes begin in the base, and how many there are."""
        starts, counts = np.zeros((2, len(nodes)), dtype=np.int64)
        is_old = nodes < self.base.n_nodes
        old, indptr = nodes[is_old], self.base.links.indptr
        starts[is_old] = indptr[old]
        counts[is_old] = indptr[old + 1] - starts[is_old]
        return starts, counts

    def _new_cells(
        self, nodes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who of the nodes hears which of the new links."""
        starts = np.searchsorted(self._receivers, nodes)
        counts = np.searchsorted(self._receivers, nodes, side="right") - starts
        owners = np.repeat(np.arange(len(nodes)), counts)
        rank = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return owners, starts[owners] + rank


def _nothing(places: NDArray[np.int64]) -> NDArray[np.float32]:
    raise AssertionError(f"nothing was added, and {len(places)} are asked for")
