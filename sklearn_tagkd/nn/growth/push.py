"""Propagated rows of a few nodes: personalised PageRank, pushed where it leads.

What a node says after some steps of propagation is a mean of embeddings, weighted by
where a random walk from it ends. The walk is followed link by link. Where so little of
it stands that following on would cost more than it tells, what was propagated there
before the graph grew stands in for what would be found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from sklearn_tagkd.nn.growth.inputs import GrownInputs

__all__ = ["Levels", "propagated_around", "push"]

_AT_ONCE = 64  # nodes whose walks go together: they share what they visit
_TOUCHED = (
    0.01  # of the tolerance: what a node said before it had new links is less true
)
Reader = Callable[[NDArray[np.int64]], NDArray[np.float32]]
Levels = Callable[[NDArray[np.int64], int], NDArray[np.float32]]


def propagated_around(
    grown: GrownInputs,
    nodes: NDArray[np.int64],
    n_hops: int,
    teleport: float,
    tolerance: float,
    kept: Levels,
) -> NDArray[np.float32]:
    """Find the propagated rows of a few nodes of a graph that has grown.

    Parameters
    ----------
    grown : GrownInputs
        The graph.
    nodes : ndarray of int64 of shape (n,)
        Each once.
    n_hops : int
        Number of steps.
    teleport : float
        Share of its own embedding that a node keeps per step.
    tolerance : float
        Share of a walk, per link of the node where it stands, that is not followed, or
        a hundredth of it where that node has new links; 0 follows all of it, which is
        exact.
    kept : callable
        From nodes of the base, and a number of steps before the last, to what there was
        propagated before the graph grew.

    Returns
    -------
    ndarray of float32 of shape (n, n_columns)
        Of any length.
    """
    states = np.empty((len(nodes), grown.n_columns), dtype=np.float32)
    before = GrownInputs.unchanged(grown.base)
    is_old = nodes < grown.base.n_nodes
    for whose in (np.flatnonzero(is_old), np.flatnonzero(~is_old)):
        for start in range(0, len(whose), _AT_ONCE):
            some = whose[start : start + _AT_ONCE]
            walk = (nodes[some], n_hops, teleport, tolerance, kept)
            found, _ = push(grown, *walk)
            if is_old[some[0]]:
                # What the graph's growth changes: all else is as it was kept.
                found += kept(nodes[some], 0) - push(before, *walk)[0]
            states[some] = found
    return states


def push(
    grown: GrownInputs,
    nodes: NDArray[np.int64],
    n_hops: int,
    teleport: float,
    tolerance: float,
    kept: Levels,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Follow the walks from a few nodes.

    Parameters
    ----------
    grown : GrownInputs
        The graph.
    nodes : ndarray of int64 of shape (n,)
        Each once. Their own links are always followed.
    n_hops, teleport, tolerance, kept : int, float, float, callable
        As in :func:`propagated_around`.

    Returns
    -------
    states : ndarray of float32 of shape (n, n_columns)
        Propagated rows. With ``d`` a node's weights of links and 1, and ``b`` the
        greatest length of an embedding divided by the root of its node's ``d``, a row
        is wrong by at most ``2 * ended * b`` times the root of its ``d``.
    ended : ndarray of float64 of shape (n,)
        Share of each walk that was not followed to its end.
    """
    states = np.zeros((len(nodes), grown.n_columns), dtype=np.float32)
    ended = np.zeros(len(nodes))
    origin = np.sqrt(1 + grown.sums(nodes), dtype=np.float64)
    reached = nodes
    walks = coo_array(np.eye(len(nodes), dtype=np.float32))
    for hop in range(n_hops):
        of_degree = np.sqrt(1 + grown.sums(reached), dtype=np.float64)
        here = walks.col
        share = walks.data * of_degree[here] / origin[walks.row]
        goes_on = np.ones(len(here), dtype=bool)
        if hop:
            least = tolerance * (1 + grown.n_links(reached))
            least[grown.is_touched(reached)] *= _TOUCHED
            goes_on = share > least[here]
            left = _some(walks, ~goes_on)
            ended += np.bincount(left.row, share[~goes_on], len(nodes))
            states += _heard(left, reached, _before(grown, kept, hop))
            walks = _some(walks, goes_on)
        if not walks.nnz:
            return states, ended
        states += np.float32(teleport) * _heard(walks, reached, grown.rows)
        walks, reached = _step(grown, walks, reached, is_last=hop == n_hops - 1)
        walks.data *= np.float32(1 - teleport)
    states += _heard(walks, reached, grown.rows)
    return states, ended


def _step(
    grown: GrownInputs,
    walks: coo_array,
    reached: NDArray[np.int64],
    is_last: bool,
) -> tuple[coo_array, NDArray[np.int64]]:
    """Let walks take a step, to the senders of where they stand or to nowhere else."""
    places, columns = np.unique(walks.col, return_inverse=True)
    nodes = reached[places]
    heard = grown.received(nodes)
    senders, back = np.unique(heard.senders, return_inverse=True)
    own = 1 / np.sqrt(1 + grown.sums(nodes))
    others = 1 / np.sqrt(1 + grown.sums(senders))
    weights = heard.weights * own[heard.owners] * others[back]
    ends = np.concatenate([heard.rows if is_last else heard.senders, nodes])
    ends, column = np.unique(ends, return_inverse=True)
    owners = np.concatenate([heard.owners, np.arange(len(nodes))])
    values = np.concatenate([weights, own * own]).astype(np.float32)
    steps = csr_array((values, (owners, column)), shape=(len(nodes), len(ends)))
    shape = (walks.shape[0], len(nodes))
    before = csr_array((walks.data, (walks.row, columns)), shape=shape)
    return (before @ steps).tocoo(), ends


def _some(walks: coo_array, which: NDArray[np.bool_]) -> coo_array:
    cells = (walks.data[which], (walks.row[which], walks.col[which]))
    return coo_array(cells, shape=walks.shape)


def _heard(
    walks: coo_array, reached: NDArray[np.int64], read: Reader
) -> NDArray[np.float32]:
    """Return the mean rows of where walks stand, weighted by them."""
    places, columns = np.unique(walks.col, return_inverse=True)
    shape = (walks.shape[0], len(places))
    weights = csr_array((walks.data, (walks.row, columns)), shape=shape)
    heard: NDArray[np.float32] = weights @ read(reached[places])
    return heard


def _before(grown: GrownInputs, kept: Levels, steps_left: int) -> Reader:
    """Return what nodes had heard before; one that was added had heard itself."""
    n_first = grown.base.n_nodes

    def read(nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        is_old = nodes < n_first
        if is_old.all():
            return kept(nodes, steps_left)
        rows = np.empty((len(nodes), grown.n_columns), dtype=np.float32)
        rows[is_old] = kept(nodes[is_old], steps_left)
        rows[~is_old] = grown.rows(nodes[~is_old])
        return rows

    return read
