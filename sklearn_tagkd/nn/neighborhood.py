"""How much a node receives from whom: weights of links and of its own state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.products import csr_tensor, dense_tensor

__all__ = [
    "Neighborhood",
    "PlacedNeighborhood",
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


@dataclass(frozen=True, eq=False)
class PlacedNeighborhood:
    """A neighbourhood as tensors, where a network computes.

    Parameters
    ----------
    links : Tensor of shape (n_receivers, n_senders)
        Weights, in torch's CSR layout.
    loops : Tensor of shape (n_receivers, 1)
        Weights of a node's own state.
    back : Tensor of shape (n_senders, n_receivers), default=None
        The links turned round, which gradients take; None to find them at need.
    """

    links: Tensor
    loops: Tensor
    back: Tensor | None = None

    @classmethod
    def place(
        cls,
        neighborhood: Neighborhood,
        device: torch.device,
        *,
        repeated: bool = False,
    ) -> Self:
        """Bring a neighbourhood to a device; on a CPU nothing is copied.

        Parameters
        ----------
        neighborhood : Neighborhood
            Of some or all nodes.
        device : torch.device
            Where it shall rest.
        repeated : bool, default=False
            Whether it will be heard many times: its links are turned round once.

        Returns
        -------
        PlacedNeighborhood
            The same one.
        """
        loops = dense_tensor(neighborhood.loops, device)[:, None]
        links, back = csr_tensor(neighborhood.links, device), None
        if repeated:
            back = csr_tensor(neighborhood.links.T.tocsr(), device)
        return cls(links, loops, back)

    def hear(self, states: Tensor) -> Tensor:
        """Add up what is sent over the links.

        Parameters
        ----------
        states : Tensor of shape (n_senders, n_columns)
            What is sent.

        Returns
        -------
        Tensor of shape (n_receivers, n_columns)
            Weighted sums; loops are left out.
        """
        if self.back is None:
            return self.links @ states
        return _Heard.apply(self.links, self.back, states)  # type: ignore

    @cached_property
    def edges(self) -> tuple[Tensor, Tensor]:
        """Ends ``[sender, receiver]`` of links and loops, and their weights."""
        starts, senders = self.links.crow_indices(), self.links.col_indices()
        n_receivers = len(self.loops)
        nodes = torch.arange(n_receivers, device=senders.device)
        receivers = torch.repeat_interleave(
            nodes, starts.diff(), output_size=len(senders)
        )
        ends = torch.stack(
            [torch.cat([senders.long(), nodes]), torch.cat([receivers, nodes])]
        )
        return ends, torch.cat([self.links.values(), self.loops[:, 0]])


class _Heard(torch.autograd.Function):
    """The product with links of which the way back is known."""

    @staticmethod
    def forward(ctx: Any, links: Tensor, back: Tensor, states: Tensor) -> Tensor:
        ctx.save_for_backward(back)
        return links @ states

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor]:  # type: ignore
        (back,) = ctx.saved_tensors
        return None, None, back @ gradient


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
    degree = 1 + _row_sums(links)
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
    total = _row_sums(inputs.links)
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


def _row_sums(links: csr_array) -> NDArray[np.float32]:
    return np.asarray(links.sum(axis=1), dtype=np.float32).ravel()


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
