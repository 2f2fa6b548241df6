"""Weights of links, and embeddings propagated along them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array

from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["mean_weights", "personalised_pagerank", "symmetric_weights"]


def symmetric_weights(inputs: NetworkInputs) -> tuple[csr_array, csr_array]:
    """Return GCN's weights: self-loops added, ``1 / sqrt(d_receiver d_sender)``.

    Parameters
    ----------
    inputs : NetworkInputs
        Links and messages.

    Returns
    -------
    first : csr_array of shape (n_nodes, n_nodes + n_messages), dtype float32
        Weights of the first layer; a message weighs what its sender would.
    later : csr_array of shape (n_nodes, n_nodes), dtype float32
        Weights of every further layer.
    """
    degree = 1 + np.asarray(inputs.links.sum(axis=1)).ravel()
    scale = (1 / np.sqrt(degree)).astype(np.float32)
    n_nodes = inputs.n_nodes
    loops = eye_array(n_nodes, dtype=np.float32, format="csr")
    later = diags_array(scale) @ (inputs.links + loops) @ diags_array(scale)
    if not len(inputs.message_sender):
        return later.tocsr(), later.tocsr()
    sender_scale = np.concatenate([scale, scale[inputs.message_sender]])
    wide_loops = eye_array(*_wide_shape(inputs), dtype=np.float32, format="csr")
    first = inputs.first_layer_links() + wide_loops
    first = diags_array(scale) @ first @ diags_array(sender_scale)
    return first.tocsr(), later.tocsr()


def mean_weights(inputs: NetworkInputs) -> tuple[csr_array, csr_array]:
    """Return the weights of a mean over neighbours, without self-loops.

    Parameters
    ----------
    inputs : NetworkInputs
        Links and messages.

    Returns
    -------
    first : csr_array of shape (n_nodes, n_nodes + n_messages), dtype float32
        Weights of the first layer; rows sum to 1, or to 0 without a neighbour.
    later : csr_array of shape (n_nodes, n_nodes), dtype float32
        Weights of every further layer.
    """
    total = np.asarray(inputs.links.sum(axis=1)).ravel()
    inverse = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    scale = diags_array(inverse.astype(np.float32))
    later = (scale @ inputs.links).tocsr()
    return (scale @ inputs.first_layer_links()).tocsr(), later


def personalised_pagerank(
    inputs: NetworkInputs, n_hops: int, teleport: float
) -> NDArray[np.float32]:
    """Propagate embeddings, each node returning to its own at every step.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages; messages are heard in the first step.
    n_hops : int
        Number of steps.
    teleport : float
        Share of its own embedding that a node keeps per step.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_dimensions)
        Rows of unit length, so that a hub and a leaf weigh the same.
    """
    first, later = symmetric_weights(inputs)
    own = inputs.embeddings[: inputs.n_nodes]
    state = (1 - teleport) * (first @ inputs.embeddings) + teleport * own
    for _ in range(n_hops - 1):
        state = (1 - teleport) * (later @ state) + teleport * own
    length = np.linalg.norm(state, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (state / np.maximum(length, 1e-12)).astype(np.float32)
    return unit


def _wide_shape(inputs: NetworkInputs) -> tuple[int, int]:
    return inputs.n_nodes, inputs.n_nodes + len(inputs.message_sender)
