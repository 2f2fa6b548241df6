"""A graph as PyG wants it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Data

__all__ = ["to_data"]


def to_data(
    sources: NDArray[Any],
    targets: NDArray[Any],
    features: NDArray[Any] | None,
    texts: list[str],
    node_ids: list[Any],
) -> Any:
    """Build a ``Data``.

    Parameters
    ----------
    sources, targets : ndarray of int of shape (n_edges,)
        Ends of the edges.
    features : ndarray of shape (n_nodes, n_features) or None
        Become ``x``.
    texts, node_ids : list of length n_nodes
        Become ``text`` and ``node_ids``.

    Returns
    -------
    torch_geometric.data.Data
        One graph.
    """
    edge_index = torch.from_numpy(np.stack([sources, targets]).astype(np.int64))
    data = Data(edge_index=edge_index, num_nodes=len(texts))
    data.text, data.node_ids = texts, node_ids
    if features is not None:
        data.x = torch.from_numpy(np.array(features, dtype=np.float32))
    return data
