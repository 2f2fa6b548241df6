"""Who hears whom in a graph."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sklearn_tagkd.graph import TextGraph

__all__ = ["received_links"]


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
