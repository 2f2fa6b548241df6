"""All that some nodes hear, layer by layer, cut out of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_tagkd.nn.links.neighborhood import Neighborhood
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood
from sklearn_tagkd.nn.sampling.compiled import neighbor_sampler
from sklearn_tagkd.nn.sampling.device import DeviceSampler
from sklearn_tagkd.nn.sampling.host import NeighborSampler

__all__ = ["DeviceFields", "Field", "HostFields"]

Field = tuple[Tensor, list[PlacedNeighborhood]]
"""Nodes whose first state is needed, and what passes in every layer."""


class HostFields:
    """Receptive fields found by the CPU, every node once.

    Parameters
    ----------
    layers : sequence of Neighborhood
        Of the whole graph, one per layer.
    device : torch.device
        Where the fields shall lie.
    seed : int
        Of the draws.
    """

    def __init__(
        self, layers: Sequence[Neighborhood], device: torch.device, seed: int
    ) -> None:
        self._layers = layers
        self._device = device
        self._random = np.random.default_rng(seed)

    def draw(self, nodes: Tensor, fan_outs: Sequence[int | None]) -> Field:
        """Return what nodes hear.

        Parameters
        ----------
        nodes : Tensor of int64 of shape (n_nodes,)
            Each once.
        fan_outs : sequence of int or None
            Links per node, by layer; None hears all.

        Returns
        -------
        senders : Tensor of int64 of shape (n_senders,)
            Whose first state is needed.
        layers : list of PlacedNeighborhood
            The last one's receivers are ``nodes``.
        """
        receivers, parts = nodes.cpu().numpy(), list[PlacedNeighborhood]()
        for sampler, fan_out in zip(
            reversed(self._samplers), reversed(fan_outs), strict=True
        ):
            receivers, part = self._cut(sampler, receivers, fan_out)
            parts.append(part)
        return torch.from_numpy(receivers).to(self._device), parts[::-1]

    def one_layer(self, depth: int, nodes: Tensor) -> tuple[Tensor, PlacedNeighborhood]:
        """Return what nodes hear in one layer, from all of their links.

        Parameters
        ----------
        depth : int
            Number of the layer, from 0.
        nodes : Tensor of int64 of shape (n_nodes,)
            Each once.

        Returns
        -------
        senders : Tensor of int64 of shape (n_senders,)
            Whose state is needed; ``nodes`` are the first.
        layer : PlacedNeighborhood
            Over places in ``senders``.
        """
        receivers = nodes.cpu().numpy()
        senders, part = self._cut(self._samplers[depth], receivers, None)
        return torch.from_numpy(senders).to(self._device), part

    @cached_property
    def _samplers(self) -> list[NeighborSampler]:
        """One per layer, once somebody asks: a GPU that hears all nodes never does."""
        sampler = cache(neighbor_sampler)
        return [sampler(layer) for layer in self._layers]

    def _cut(
        self,
        sampler: NeighborSampler,
        receivers: NDArray[np.int64],
        fan_out: int | None,
    ) -> tuple[NDArray[np.int64], PlacedNeighborhood]:
        drawn = sampler.draw(receivers, fan_out, self._random)
        placed = PlacedNeighborhood.place(drawn.neighborhood, self._device)
        return drawn.senders, placed


class DeviceFields:
    """Samples of receptive fields drawn where a network computes.

    Parameters
    ----------
    layers : sequence of Neighborhood
        Of the whole graph, one per layer.
    fan_outs : sequence of int
        Links per node, by layer.
    device : torch.device
        Where to draw.
    """

    def __init__(
        self,
        layers: Sequence[Neighborhood],
        fan_outs: Sequence[int | None],
        device: torch.device,
    ) -> None:
        sampler = cache(DeviceSampler)
        self._samplers = [sampler(layer, device) for layer in layers]
        self._fan_outs = [fan_out for fan_out in fan_outs if fan_out is not None]

    def draw(self, nodes: Tensor) -> Field:
        """Return what nodes hear.

        Parameters
        ----------
        nodes : Tensor of int64 of shape (n_nodes,)
            As often as they are asked about.

        Returns
        -------
        senders : Tensor of int64 of shape (n_senders,)
            Whose first state is needed.
        layers : list of PlacedNeighborhood
            The last one's receivers are ``nodes``.
        """
        parts = list[PlacedNeighborhood]()
        for sampler, fan_out in zip(
            reversed(self._samplers), reversed(self._fan_outs), strict=True
        ):
            nodes, part = sampler.draw(nodes, fan_out)
            parts.append(part)
        return nodes, parts[::-1]
