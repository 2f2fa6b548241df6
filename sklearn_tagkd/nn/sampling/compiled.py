"""Samples drawn by PyG's compiled sampler, the one behind its NeighborLoader."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.nn.links.neighborhood import Neighborhood
from sklearn_tagkd.nn.randomness import set_aside
from sklearn_tagkd.nn.sampling.host import NeighborSampler, SampledLayer

__all__ = ["CompiledNeighborSampler", "neighbor_sampler"]


def neighbor_sampler(neighborhood: Neighborhood) -> NeighborSampler:
    """Return the fastest sampler that is installed.

    Parameters
    ----------
    neighborhood : Neighborhood
        Of the whole graph.

    Returns
    -------
    NeighborSampler
        One that calls pyg-lib where that is installed.
    """
    if importlib.util.find_spec("pyg_lib") is not None:
        from torch_geometric.typing import WITH_PYG_LIB  # False if it cannot be loaded

        if WITH_PYG_LIB:
            return CompiledNeighborSampler(neighborhood)
    return NeighborSampler(neighborhood)


class CompiledNeighborSampler(NeighborSampler):
    """Draws with pyg-lib: the same on average, other samples under the same seed.

    torch-sparse, which PyG falls back on, is not asked: the last neighbours of a node
    are drawn less often by it (0.6.18: with 2 of 6, at 0.2 instead of 0.33).

    Parameters
    ----------
    neighborhood : Neighborhood
        Of the whole graph.
    """

    def __init__(self, neighborhood: Neighborhood) -> None:
        super().__init__(neighborhood)
        links = self._links
        self._degree = np.diff(links.indptr)
        receivers = np.repeat(np.arange(links.shape[0]), self._degree)
        self._edges = torch.from_numpy(np.stack([links.indices, receivers]))
        self._compiled: dict[int, Any] = {}

    def draw(
        self,
        receivers: NDArray[np.int64],
        fan_out: int | None,
        random: np.random.Generator,
    ) -> SampledLayer:
        """Return who is heard.

        Parameters
        ----------
        receivers : ndarray of int64 of shape (n_receivers,)
            Nodes, each once.
        fan_out : int or None
            As in :meth:`NeighborSampler.draw`.
        random : Generator
            Seeds the draws.

        Returns
        -------
        SampledLayer
            Its receivers are ``receivers``, in their order.
        """
        if fan_out is None:
            return super().draw(receivers, None, random)
        from torch_geometric.sampler import NodeSamplerInput

        seeds = NodeSamplerInput(None, torch.from_numpy(receivers))
        with set_aside():
            torch.default_generator.manual_seed(int(random.integers(2**63)))
            found = self._of_fan_out(fan_out).sample_from_nodes(seeds)
        places = found.col.numpy()
        taken = np.bincount(places, minlength=len(receivers))
        grown = self._degree[receivers] / np.maximum(taken, 1)
        weights = self._links.data[found.edge.numpy()] * grown[places]
        senders = found.node.numpy()
        links = csr_array(
            (weights.astype(np.float32), (places, found.row.numpy())),
            shape=(len(receivers), len(senders)),
        )
        return SampledLayer(senders, Neighborhood(links, self._loops[receivers]))

    def _of_fan_out(self, fan_out: int) -> Any:
        if fan_out not in self._compiled:
            from torch_geometric.data import Data
            from torch_geometric.sampler import NeighborSampler as PygSampler

            data = Data(edge_index=self._edges, num_nodes=self._links.shape[0])
            self._compiled[fan_out] = PygSampler(data, [fan_out], is_sorted=True)
        return self._compiled[fan_out]
