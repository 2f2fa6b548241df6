"""A graph as PyG wants it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import to_edge_index

__all__ = ["edges_of_transposed", "to_data"]


def to_data(
    sources: NDArray[Any],
    targets: NDArray[Any],
    features: NDArray[Any] | None,
    texts: list[str],
    node_ids: list[Any],
    weights: NDArray[Any] | None = None,
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
    weights : ndarray of shape (n_edges,), default=None
        Become ``edge_weight``.

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
    if weights is not None:
        data.edge_weight = torch.from_numpy(np.asarray(weights, dtype=np.float32))
    return data


def edges_of_transposed(adjacency: Any) -> tuple[Tensor, Tensor | None]:
    """Return the links of what PyG's ``ToSparseTensor`` leaves as ``adj_t``.

    Parameters
    ----------
    adjacency : Tensor or SparseTensor of shape (n_nodes, n_nodes)
        Weight at ``[receiver, sender]``.

    Returns
    -------
    edge_index : Tensor of int64 of shape (2, n_edges)
        Senders and receivers.
    weights : Tensor of shape (n_edges,) or None
        None where all are 1.
    """
    receiver_sender, values = to_edge_index(adjacency)
    is_plain = values is None or bool((values == 1).all())
    return receiver_sender.flip(0), None if is_plain else values
