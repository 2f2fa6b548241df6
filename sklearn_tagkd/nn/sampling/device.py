"""Samples of what is heard, drawn where the graph lies: nothing waits for the CPU."""

from __future__ import annotations

import torch
from torch import Tensor

from sklearn_tagkd.nn.links.neighborhood import Neighborhood
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood
from sklearn_tagkd.nn.links.products import dense_tensor, sparse_tensor
from sklearn_tagkd.nn.randomness import generator_for

__all__ = ["DeviceSampler"]


class DeviceSampler:
    """Draws the same number of links for every receiver.

    A receiver of fewer links gets links of weight 0 beside them, and a sender who is
    drawn twice stands there twice: shapes never depend on what is drawn, so that a GPU
    can be told of all its work at once.

    Parameters
    ----------
    neighborhood : Neighborhood
        Of the whole graph; it has a link.
    device : torch.device
        Where to draw.
    """

    def __init__(self, neighborhood: Neighborhood, device: torch.device) -> None:
        links = neighborhood.links
        self._starts = dense_tensor(links.indptr, device)
        self._senders = dense_tensor(links.indices, device)
        self._weights = dense_tensor(links.data, device)
        self._loops = dense_tensor(neighborhood.loops, device)[:, None]

    def draw(
        self, receivers: Tensor, fan_out: int
    ) -> tuple[Tensor, PlacedNeighborhood]:
        """Return who is heard.

        Parameters
        ----------
        receivers : Tensor of int64 of shape (n_receivers,)
            Nodes, as often as they ask.
        fan_out : int
            Links per receiver, drawn without replacement; their weights grow so that
            what is received is right on average.

        Returns
        -------
        senders : Tensor of int64 of shape (n_receivers * (1 + fan_out),)
            The receivers are the first of them.
        neighborhood : PlacedNeighborhood
            Over places in ``senders``.
        """
        start = self._starts[receivers].long()
        degree = self._starts[receivers + 1].long() - start  # (R,)
        rank = torch.arange(fan_out, device=degree.device)  # (F,)
        exists = rank < degree[:, None]  # (R, F)
        is_crowded = degree[:, None] > fan_out
        chosen = torch.where(is_crowded, _subsets(degree, fan_out), rank)
        cells = torch.where(exists, start[:, None] + chosen, 0)
        heard = torch.where(exists, self._senders[cells], receivers[:, None])
        grown = degree / degree.clamp(1, fan_out)
        weights = torch.where(exists, self._weights[cells] * grown[:, None], 0.0)
        senders = torch.cat([receivers, heard.ravel()])
        numbers = torch.arange(
            heard.numel() + 1, device=degree.device, dtype=self._senders.dtype
        )
        links = sparse_tensor(
            numbers[::fan_out].contiguous(),
            numbers[:-1] + len(receivers),
            weights.ravel(),
            (len(receivers), len(senders)),
        )
        return senders, PlacedNeighborhood(links, self._loops[receivers])


def _subsets(sizes: Tensor, n_drawn: int) -> Tensor:
    """Draw one uniform subset of ``range(size)`` per size; nonsense of smaller sizes.

    After Floyd, as :class:`~sklearn_tagkd.nn.sampling.host.NeighborSampler` does.

    Returns
    -------
    Tensor of int64 of shape (n_sizes, n_drawn)
        Distinct numbers in every row.
    """
    # In double precision the greatest number is as likely as any other.
    where, kind = sizes.device, torch.float64
    generator = generator_for(where)
    shares = torch.rand(
        len(sizes), n_drawn, generator=generator, dtype=kind, device=where
    )
    chosen = torch.empty_like(shares, dtype=torch.int64)
    for j in range(n_drawn):
        last = (sizes - n_drawn + j).clamp(min=0)
        drawn = torch.minimum((shares[:, j] * (last + 1)).long(), last)
        is_old = (chosen[:, :j] == drawn[:, None]).any(dim=1)
        chosen[:, j] = torch.where(is_old, last, drawn)
    return chosen
