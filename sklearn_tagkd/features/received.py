"""Who hears whom in a graph, and over what kind of links."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.link_kinds import LinkKind, kind_of_links

__all__ = ["link_kind", "received_links"]


def received_links(graph: TextGraph) -> csr_array:
    """Return the links of a graph by who receives.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    csr_array of shape (n_parent_nodes, n_parent_nodes), dtype float32
        At ``[receiver, sender]`` the weight of the link, or 1; indices sorted.
    """
    links = graph.adjacency.T.tocsr() if graph.directed else graph.adjacency
    weights = links.data.astype(np.float32)
    received = csr_array((weights, links.indices, links.indptr), shape=links.shape)
    received.sort_indices()
    return received


def link_kind(graph: TextGraph) -> LinkKind | None:
    """Tell what kind of links a graph has.

    Parameters
    ----------
    graph : TextGraph
        Any view; the parent's links count.

    Returns
    -------
    LinkKind or None
        None where there is no link.
    """
    # The matrix of a graph that has grown would have to be put together first.
    base = graph if graph.growth is None else graph.growth.base
    if graph.weighted and not base.weighted:
        return LinkKind(graph.directed, True)
    weights = base.adjacency.data if graph.weighted else None
    return kind_of_links(graph.n_links, graph.directed, weights)
