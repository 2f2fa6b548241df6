"""Nodes that many links lead to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.link_blocks import both_ways, link_blocks

__all__ = ["by_pagerank", "pagerank"]

_DAMPING, _STEPS = 0.85, 50

Ranks = NDArray[np.float64]


def pagerank(graph: TextGraph) -> NDArray[np.float64]:
    """Return the PageRank of every node of the parent, damping 0.85.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    ndarray of float64 of shape (n_parent_nodes,)
        Sums to 1.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.selection import pagerank
    >>> pagerank(TextGraph(["a", "b"], [(0, 1)]))
    array([0.5, 0.5])
    """
    n_nodes = len(graph.parent)
    degree, pass_on = _walk(graph)
    is_dead_end = degree == 0
    share = np.divide(1.0, degree, out=np.zeros(n_nodes), where=~is_dead_end)
    rank = np.full(n_nodes, 1 / n_nodes)
    for _ in range(_STEPS):
        lost = rank[is_dead_end].sum() / n_nodes
        rank = _DAMPING * (pass_on(rank * share) + lost) + (1 - _DAMPING) / n_nodes
    return rank


def _walk(graph: TextGraph) -> tuple[Ranks, Callable[[Ranks], Ranks]]:
    """Return what nodes have links for, and what passes something along them."""
    if graph.stored is None:
        links = graph.adjacency.astype(np.float64)
        return np.asarray(links.sum(axis=1)).ravel(), links.T.__matmul__
    sent, received = both_ways(graph)[0], both_ways(graph)[-1]

    def pass_on(ranks: Ranks) -> Ranks:
        blocks = link_blocks(received, np.float64)
        return np.concatenate([block @ ranks for _, block in blocks])

    sums = [block.sum(axis=1) for _, block in link_blocks(sent, np.float64)]
    return np.concatenate(sums), pass_on


def by_pagerank(
    graph: TextGraph,
    candidates: NDArray[np.int64],
    n_wanted: int,
    random_state: np.random.RandomState,
) -> NDArray[np.int64]:
    """Rank candidates by PageRank.

    Parameters
    ----------
    graph : TextGraph
        The whole parent is looked at.
    candidates : ndarray of int64 of shape (n_candidates,)
        Positions in the parent.
    n_wanted : int
        Makes no difference.
    random_state : RandomState
        Makes no difference.

    Returns
    -------
    ndarray of int64 of shape (n_candidates,)
        Positions, best first.
    """
    return candidates[np.argsort(-pagerank(graph)[candidates], kind="stable")]
