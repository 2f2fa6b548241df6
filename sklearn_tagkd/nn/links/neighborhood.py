"""How much a node receives from whom: weights of links and of its own state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = [
    "Neighborhood",
    "mean_neighborhoods",
    "raw_neighborhoods",
    "symmetric",
]

_BLOCK = 16_384  # receivers whose links are weighted at a time


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """Who receives how much from whom in one layer.

    Parameters
    ----------
    links : csr_array of shape (n_receivers, n_senders), dtype float32
        Weight at ``[receiver, sender]``, self-loops left out.
    loops : ndarray of float32 of shape (n_receivers,)
        Weight of a node's own state.
    """

    links: csr_array
    loops: NDArray[np.float32]


def symmetric(inputs: NetworkInputs) -> tuple[Neighborhood, Neighborhood]:
    """Return GCN's weights: ``1 / sqrt(d_receiver d_sender)``, loops of weight 1.

    Parameters
    ----------
    inputs : NetworkInputs
        Links and messages.

    Returns
    -------
    first : Neighborhood
        Of the first layer; a message weighs what its sender would.
    later : Neighborhood
        Of every further layer.
    """
    links = inputs.links
    degree = 1 + inputs.received_sums()
    scale = (1 / np.sqrt(degree)).astype(np.float32)
    return _two(inputs, _weighted(links, scale, scale), scale * scale)


def mean_neighborhoods(inputs: NetworkInputs) -> tuple[Neighborhood, Neighborhood]:
    """Return the weights of a mean over neighbours; a node's own state weighs 0.

    Parameters
    ----------
    inputs : NetworkInputs
        Links and messages.

    Returns
    -------
    first : Neighborhood
        Of the first layer; rows sum to 1, or to 0 without a neighbour.
    later : Neighborhood
        Of every further layer.
    """
    total = inputs.received_sums()
    inverse = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    return _two(inputs, _weighted(inputs.links, inverse), np.zeros_like(total))


def raw_neighborhoods(inputs: NetworkInputs) -> tuple[Neighborhood, Neighborhood]:
    """Return the links' own weights beside loops of weight 1, for attention.

    Parameters
    ----------
    inputs : NetworkInputs
        Links and messages.

    Returns
    -------
    first : Neighborhood
        Of the first layer.
    later : Neighborhood
        Of every further layer.
    """
    ones = np.ones(inputs.n_nodes, dtype=np.float32)
    return _two(inputs, inputs.links.data, ones)


def _two(
    inputs: NetworkInputs, weights: NDArray[np.float32], loops: NDArray[np.float32]
) -> tuple[Neighborhood, Neighborhood]:
    """Return both layers' neighbourhoods; all arrays that can be are shared."""

    def with_weights(pattern: csr_array) -> Neighborhood:
        cells = (weights, pattern.indices, pattern.indptr)
        return Neighborhood(csr_array(cells, shape=pattern.shape), loops)

    later = with_weights(inputs.links)
    if not len(inputs.message_sender):
        return later, later
    return with_weights(inputs.first_layer_links()), later


def _weighted(
    links: csr_array,
    receivers: NDArray[np.float32],
    senders: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return the links' weights times what their ends bring; memory is taken once."""
    weights: NDArray[np.float32] = np.empty_like(links.data)
    for start in range(0, links.shape[0], _BLOCK):
        starts = links.indptr[start : start + _BLOCK + 1]
        part = slice(starts[0], starts[-1])
        of_receiver = np.repeat(receivers[start : start + _BLOCK], np.diff(starts))
        np.multiply(links.data[part], of_receiver, out=weights[part])
        if senders is not None:
            weights[part] *= senders[links.indices[part]]
    return weights
