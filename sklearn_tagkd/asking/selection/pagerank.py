"""Nodes that many links lead to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph

__all__ = ["by_pagerank", "pagerank"]

_DAMPING, _STEPS = 0.85, 50


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
    links = graph.adjacency.astype(np.float64)
    degree = np.asarray(links.sum(axis=1)).ravel()
    is_dead_end = degree == 0
    share = np.divide(1.0, degree, out=np.zeros(n_nodes), where=~is_dead_end)
    rank = np.full(n_nodes, 1 / n_nodes)
    for _ in range(_STEPS):
        lost = rank[is_dead_end].sum() / n_nodes
        rank = _DAMPING * (links.T @ (rank * share) + lost) + (1 - _DAMPING) / n_nodes
    return rank


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
