"""Links that were added to a graph: few beside those that it has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.graph.link_weights import heaviest

__all__ = ["NewLinks", "Surplus"]

_SHIFT = 32  # of a row in a key; there are fewer than 2^31 nodes


@dataclass(frozen=True)
class Surplus:
    """What was left out of the edges that a graph was extended by.

    Parameters
    ----------
    self_loops, duplicate_links, weightless_links : int
        As in a ``LinkReport``.
    """

    self_loops: int = 0
    duplicate_links: int = 0
    weightless_links: int = 0

    def __add__(self, other: Surplus) -> Surplus:
        return Surplus(
            self.self_loops + other.self_loops,
            self.duplicate_links + other.duplicate_links,
            self.weightless_links + other.weightless_links,
        )


@dataclass(frozen=True, eq=False)
class NewLinks:
    """Cells of an adjacency matrix that differ from a base's.

    Parameters
    ----------
    keys : ndarray of int64 of shape (n_cells,)
        Row and column of each cell in one number, ascending.
    weights : ndarray of float64 of shape (n_cells,)
        Weights.
    known : ndarray of float64 of shape (n_cells,)
        What a cell weighs in the base; 0 where it is none there.
    """

    keys: NDArray[np.int64]
    weights: NDArray[np.float64]
    known: NDArray[np.float64]

    @classmethod
    def none(cls) -> NewLinks:
        """Return no links."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the cells, ascending."""
        return self.keys >> _SHIFT

    @property
    def columns(self) -> NDArray[np.int64]:
        """Columns of the cells."""
        columns: NDArray[np.int64] = self.keys & (2**_SHIFT - 1)
        return columns

    @property
    def n_fresh(self) -> int:
        """How many cells are none in the base."""
        return int((self.known == 0).sum())

    def matrix(self, n_nodes: int) -> csr_array:
        """Return the cells as a sparse matrix.

        Parameters
        ----------
        n_nodes : int
            Of the extended graph.

        Returns
        -------
        csr_array of shape (n_nodes, n_nodes), dtype float64
            Their weights, indices sorted.
        """
        starts = np.searchsorted(self.rows, np.arange(n_nodes + 1))
        cells = (self.weights, self.columns, starts)
        return csr_array(cells, shape=(n_nodes, n_nodes))

    def extended(
        self,
        base: csr_array,
        sources: NDArray[np.int64],
        targets: NDArray[np.int64],
        weights: NDArray[np.float64] | None,
        directed: bool,
    ) -> tuple[NewLinks, Surplus]:
        """Return these links and further ones.

        Parameters
        ----------
        base : csr_array of shape (n_base_nodes, n_base_nodes)
            Links that were there first.
        sources, targets : ndarray of int64 of shape (n_edges,)
            Positions of the two ends.
        weights : ndarray of float64 of shape (n_edges,), or None
            Checked ones; of a link's several weights the greatest counts.
        directed : bool
            Whether a link goes one way.

        Returns
        -------
        links : NewLinks
            All of them.
        surplus : Surplus
            What was left out or merged.
        """
        given = np.ones(len(sources)) if weights is None else weights
        no_loop, weighs = sources != targets, given > 0
        proper = no_loop & weighs
        u, v, given = sources[proper], targets[proper], given[proper]
        if not directed:
            u, v = np.minimum(u, v), np.maximum(u, v)
        keys = np.unique((u << _SHIFT) | v)
        given = heaviest(u, v, given)  # in the same order
        known, now = _weights_of(base, keys), self._weights_of(keys)
        was_there = np.maximum(known, now)
        n_merged = len(u) - int((was_there == 0).sum())
        more = given > was_there
        surplus = Surplus(
            int((~no_loop).sum()), n_merged, int((no_loop & ~weighs).sum())
        )
        fresh = NewLinks(keys[more], given[more], known[more])
        if not directed:
            fresh = fresh._both_ways()
        return self._with(fresh), surplus

    def _both_ways(self) -> NewLinks:
        mirrored = (self.columns << _SHIFT) | self.rows
        order = np.argsort(keys := np.concatenate([self.keys, mirrored]))
        return NewLinks(keys[order], *(np.tile(a, 2)[order] for a in self._numbers))

    @property
    def _numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.weights, self.known

    def _with(self, other: NewLinks) -> NewLinks:
        """Merge others in, which take the place of what is in the same cell."""
        if not len(self) or not len(other):
            return other if len(other) else self
        places = np.searchsorted(self.keys, other.keys)
        inside = np.minimum(places, len(self) - 1)
        is_here = self.keys[inside] == other.keys
        weights = self.weights
        if is_here.any():
            weights = weights.copy()
            weights[places[is_here]] = other.weights[is_here]
        into, new = places[~is_here], ~is_here
        return NewLinks(
            np.insert(self.keys, into, other.keys[new]),
            np.insert(weights, into, other.weights[new]),
            np.insert(self.known, into, other.known[new]),
        )

    def _weights_of(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        if not len(self):
            return np.zeros(len(keys))
        places = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        return np.where(self.keys[places] == keys, self.weights[places], 0.0)


def _weights_of(base: csr_array, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what cells weigh in a matrix of sorted indices, 0 where there is none."""
    weights = np.zeros(len(keys))
    rows, columns = keys >> _SHIFT, keys & (2**_SHIFT - 1)
    n_base = base.shape[0]
    for place in np.flatnonzero((rows < n_base) & (columns < n_base)).tolist():
        start, stop = base.indptr[rows[place]], base.indptr[rows[place] + 1]
        cell = start + np.searchsorted(base.indices[start:stop], columns[place])
        if cell < stop and base.indices[cell] == columns[place]:
            weights[place] = base.data[cell]
    return weights
