"""A neighbourhood where a network computes, and what is summed over its links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor

from sklearn_tagkd.nn.links.neighborhood import Neighborhood
from sklearn_tagkd.nn.links.products import csr_tensor, dense_tensor, sparse_tensor

__all__ = ["PlacedNeighborhood"]


@dataclass(frozen=True, eq=False)
class PlacedNeighborhood:
    """A neighbourhood as tensors, where a network computes.

    Parameters
    ----------
    links : Tensor of shape (n_receivers, n_senders)
        Weights, in torch's CSR layout.
    loops : Tensor of shape (n_receivers, 1)
        Weights of a node's own state.
    """

    links: Tensor
    loops: Tensor

    @classmethod
    def place(cls, neighborhood: Neighborhood, device: torch.device) -> Self:
        """Bring a neighbourhood to a device; on a CPU nothing is copied.

        Parameters
        ----------
        neighborhood : Neighborhood
            Of some or all nodes.
        device : torch.device
            Where it shall rest.

        Returns
        -------
        PlacedNeighborhood
            The same one.
        """
        loops = dense_tensor(neighborhood.loops, device)[:, None]
        return cls(csr_tensor(neighborhood.links, device), loops)

    @property
    def n_links(self) -> int:
        """Number of links, loops left out."""
        return len(self.links.values())

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
        if states.device.type == "cpu":  # which is told nothing new by the way back
            return self.links @ states
        return _Heard.apply(self.links, self._back, states)  # type: ignore

    @cached_property
    def receivers(self) -> Tensor:
        """Receiver of every link, of shape (n_links,)."""
        starts = self.links.crow_indices()
        nodes = torch.arange(len(starts) - 1, device=starts.device, dtype=starts.dtype)
        return torch.repeat_interleave(nodes, starts.diff(), output_size=self.n_links)

    @cached_property
    def logs(self) -> tuple[Tensor, Tensor]:
        """Logarithms of the links' weights, 0 for one that is none, and the loops'."""
        weights = self.links.values()
        return torch.where(weights > 0, weights, 1.0).log(), self.loops[:, 0].log()

    def with_weights(self, weights: Tensor) -> Tensor:
        """Return the links with other weights.

        Parameters
        ----------
        weights : Tensor of shape (n_links,)
            Theirs.

        Returns
        -------
        Tensor of shape (n_receivers, n_senders)
            In torch's CSR layout.
        """
        cells = (self.links.crow_indices(), self.links.col_indices(), weights)
        return sparse_tensor(*cells, self.links.shape)

    def turned(self, weights: Tensor) -> Tensor:
        """Return the links turned round, with other weights.

        Parameters
        ----------
        weights : Tensor of shape (n_links,)
            Theirs, in the order of ``links``.

        Returns
        -------
        Tensor of shape (n_senders, n_receivers)
            In torch's CSR layout.
        """
        starts, order, receivers = self._by_sender
        weights = weights.index_select(0, order)
        return sparse_tensor(starts, receivers, weights, self.links.shape[::-1])

    def along_links(self, rows: Tensor, others: Tensor) -> Tensor:
        """Return the scalar product of both ends of every link.

        Parameters
        ----------
        rows : Tensor of shape (n_receivers, n_columns)
            Of the receivers.
        others : Tensor of shape (n_senders, n_columns)
            Of the senders.

        Returns
        -------
        Tensor of shape (n_links,)
            In the order of ``links``.
        """
        found = torch.sparse.sampled_addmm(self.links, rows, others.T, beta=0.0)
        products: Tensor = found.values()
        return products

    def sum_by_receiver(self, per_link: Tensor) -> Tensor:
        """Add up something of the links of every receiver.

        Parameters
        ----------
        per_link : Tensor of shape (n_rows, n_links)
            Each row in the order of ``links``.

        Returns
        -------
        Tensor of shape (n_rows, n_receivers)
            Sums.
        """
        return _row_sums([self.with_weights(row) for row in per_link])

    def sum_by_sender(self, per_link: Tensor) -> Tensor:
        """Add up something of the links of every sender.

        Parameters
        ----------
        per_link : Tensor of shape (n_rows, n_links)
            Each row in the order of ``links``.

        Returns
        -------
        Tensor of shape (n_rows, n_senders)
            Sums.
        """
        return _row_sums([self.turned(row) for row in per_link])

    @cached_property
    def _by_sender(self) -> tuple[Tensor, Tensor, Tensor]:
        """Where each sender's links begin, all links in that order, their receivers."""
        senders = self.links.col_indices()
        order = torch.argsort(senders, stable=True).to(senders.dtype)
        # Counting would make a GPU tell the CPU how many there are.
        everyone = torch.arange(
            self.links.shape[1] + 1, device=senders.device, dtype=senders.dtype
        )
        starts = torch.searchsorted(
            senders.index_select(0, order), everyone, out_int32=True
        )
        return (starts.to(senders.dtype), order, self.receivers.index_select(0, order))

    @cached_property
    def _back(self) -> Tensor:
        return self.turned(self.links.values())


def _row_sums(matrices: list[Tensor]) -> Tensor:
    """Return the sums of each matrix's rows, a matrix per row."""
    ones = matrices[0].values().new_ones(matrices[0].shape[1], 1)
    return torch.cat([matrix @ ones for matrix in matrices], 1).T


class _Heard(torch.autograd.Function):
    """The product with links of which the way back is known."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float32)
    def forward(ctx: Any, links: Tensor, back: Tensor, states: Tensor) -> Tensor:
        ctx.save_for_backward(back)
        return links @ states

    @staticmethod
    @torch.amp.custom_bwd(device_type="cuda")
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor]:  # type: ignore
        (back,) = ctx.saved_tensors
        return None, None, back @ gradient
