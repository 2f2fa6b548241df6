"""The part of a graph that a few nodes hear, all of it or a random sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.nn.links.neighborhood import Neighborhood

__all__ = ["NeighborSampler", "SampledLayer"]


@dataclass(frozen=True, eq=False)
class SampledLayer:
    """What some nodes receive in one layer.

    Parameters
    ----------
    senders : ndarray of int64 of shape (n_senders,)
        Who is needed, each once; the receivers are the first of them.
    neighborhood : Neighborhood
        Over places in ``senders``.
    """

    senders: NDArray[np.int64]
    neighborhood: Neighborhood


class NeighborSampler:
    """Cuts the senders of a few receivers out of a graph.

    Nothing is looped over but the fan-out, so a draw costs the links it returns.

    Parameters
    ----------
    neighborhood : Neighborhood
        Of the whole graph.
    """

    def __init__(self, neighborhood: Neighborhood) -> None:
        self._links, self._loops = neighborhood.links, neighborhood.loops
        self._place = np.full(self._links.shape[1], -1, dtype=np.int32)

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
            Links per receiver at most, drawn without replacement; the weights of
            those drawn grow so that what is received is right on average. None
            takes every link.
        random : Generator
            Draws.

        Returns
        -------
        SampledLayer
            Its receivers are ``receivers``, in their order.
        """
        start = self._links.indptr[receivers].astype(np.int64)
        degree = self._links.indptr[receivers + 1] - start
        taken = degree if fan_out is None else np.minimum(degree, fan_out)
        indptr = np.zeros(len(receivers) + 1, dtype=np.int32)
        np.cumsum(taken, out=indptr[1:])
        rank = np.arange(indptr[-1]) - np.repeat(indptr[:-1], taken)
        if fan_out is not None:
            crowded = degree > fan_out
            chosen = _subsets(degree[crowded], fan_out, random)
            rank[np.repeat(crowded, taken)] = chosen.ravel()
        cells = np.repeat(start, taken) + rank
        weights = self._links.data[cells]
        if fan_out is not None:
            grown = degree / np.maximum(taken, 1)
            weights *= np.repeat(grown.astype(np.float32), taken)
        senders, columns = self._number(receivers, self._links.indices[cells])
        links = csr_array(
            (weights, columns, indptr), shape=(len(receivers), len(senders))
        )
        return SampledLayer(senders, Neighborhood(links, self._loops[receivers]))

    def _number(
        self, receivers: NDArray[np.int64], heard: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the senders, receivers first, and the places of ``heard`` in them."""
        place = self._place
        place[receivers] = np.arange(len(receivers), dtype=np.int32)
        others = np.unique(heard[place[heard] < 0]).astype(np.int64)
        place[others] = np.arange(len(others), dtype=np.int32) + len(receivers)
        columns = place[heard]
        place[receivers] = -1
        place[others] = -1
        return np.concatenate([receivers, others]), columns


def _subsets(
    sizes: NDArray[np.int64], n_drawn: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw one uniform subset of ``range(size)`` per size, all at once.

    After Floyd: the j-th draw is from the first ``size - n_drawn + j + 1`` numbers,
    and the last of these stands in for a number that is already drawn.

    Returns
    -------
    ndarray of int64 of shape (n_sizes, n_drawn)
        Distinct numbers in every row.
    """
    chosen = np.empty((len(sizes), n_drawn), dtype=np.int64)
    for j in range(n_drawn):
        last = sizes - n_drawn + j
        drawn = random.integers(0, last + 1)
        is_old = (chosen[:, :j] == drawn[:, None]).any(axis=1)
        chosen[:, j] = np.where(is_old, last, drawn)
    return chosen
