"""Nodes that a question can be about: without a text there is nothing to read."""

from __future__ import annotations

from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.link_blocks import both_ways, link_blocks

__all__ = ["has_sign", "nodes_to_read", "nodes_with_text"]


def nodes_with_text(graph: TextGraph) -> NDArray[np.bool_]:
    """Tell which nodes have a text.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    ndarray of bool of shape (n_parent_nodes,)
        False where there are blanks at most, signs that take no room among them.
    """
    n_nodes = len(graph.parent)
    if not graph.has_texts:
        return np.zeros(n_nodes, dtype=bool)
    texts = graph.parent.texts if graph.stored is None else graph.stored.texts
    return np.fromiter(map(has_sign, texts), bool)


def has_sign(text: str) -> bool:
    """Tell whether there is anything to read in a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        False where there are blanks at most, signs that take no room among them.
    """
    # The first sign nearly always is one; the others are looked at where it is none.
    return any(not sign.isspace() and category(sign)[0] != "C" for sign in text)


def nodes_to_read(
    graph: TextGraph, has_text: NDArray[np.bool_], max_neighbors: int
) -> NDArray[np.bool_]:
    """Tell about which nodes a question has something to show.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    has_text : ndarray of bool of shape (n_parent_nodes,)
        As :func:`nodes_with_text` returns it.
    max_neighbors : int
        Most linked nodes to show per question.

    Returns
    -------
    ndarray of bool of shape (n_parent_nodes,)
        Those with a text of their own, or a linked one that may be shown.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
    >>> graph = TextGraph(["a goal", "", " "], [(0, 1)])
    >>> nodes_to_read(graph, nodes_with_text(graph), 5)
    array([ True,  True, False])
    """
    if not max_neighbors or has_text.all():
        return has_text
    can_be_read = has_text.copy()
    for links in both_ways(graph):  # a question shows links of either direction
        for nodes, block in link_blocks(links, np.float64):
            can_be_read[nodes] |= block @ has_text.astype(np.float64) > 0
    return can_be_read
