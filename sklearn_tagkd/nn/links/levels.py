"""Propagated embeddings some steps before the last: what a walk may end in.

Who follows a walk from a node for two steps, and asks there what was propagated, wants
to hear what was said two steps before the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_tagkd.nn.device import pick_device, place_of_products
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.propagation import propagate, propagate_once
from sklearn_tagkd.nn.threads import on_one_thread

__all__ = ["Levels", "propagated_levels"]

_BYTES = 2**30  # of all levels but the last, where more than two are kept
_FEWEST = 2


@dataclass(frozen=True, eq=False)
class Levels:
    """Propagated embeddings of a graph after several numbers of steps.

    Parameters
    ----------
    by_steps_left : list of Tensor of shape (n_nodes, n_dimensions)
        After all steps, after all but one, and so on; of float32, or of float16 where
        that would take too much memory.
    """

    by_steps_left: list[Tensor]

    def __call__(
        self, nodes: NDArray[np.int64], steps_left: int
    ) -> NDArray[np.float32]:
        """Return embeddings of some nodes.

        Parameters
        ----------
        nodes : ndarray of int64 of shape (n,)
            Which nodes.
        steps_left : int
            How many steps before the last; of more than are kept, so many as are.

        Returns
        -------
        ndarray of float32 of shape (n, n_dimensions)
            A new array.
        """
        level = self.by_steps_left[min(steps_left, len(self.by_steps_left) - 1)]
        rows = level.index_select(0, torch.from_numpy(nodes).to(level.device))
        found: NDArray[np.float32] = rows.float().cpu().numpy()
        return found


@on_one_thread()
def propagated_levels(
    inputs: NetworkInputs, n_hops: int, teleport: float, device: str
) -> Levels:
    """Propagate embeddings, the first time; what comes out stays with the inputs.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages.
    n_hops : int
        Number of steps.
    teleport : float
        Share of its own embedding that a node keeps per step.
    device : str
        Where a network computes.

    Returns
    -------
    Levels
        At least the last three, and all where these take less than a gibibyte.
    """
    where = place_of_products(pick_device(device))
    hops = (n_hops, teleport)

    def compute() -> Levels:
        last = propagate_once(inputs, *hops, where)
        n_bytes = 4 * last.numel()
        n_levels = min(n_hops - 1, max(_FEWEST, 2 * _BYTES // max(1, n_bytes)))
        single = n_levels * n_bytes <= _BYTES
        dtypes = [torch.float32] if single else [torch.float16, torch.float32]
        levels = list[Tensor]()
        for dtype in dtypes:
            levels = [torch.empty_like(last, dtype=dtype) for _ in range(n_levels)]
            if levels:
                propagate(inputs, *hops, device=where, before=levels)
            if all(bool(level.isfinite().all()) for level in levels):
                break  # no number was too large for half precision
        return Levels([last, *levels])

    levels: Levels = inputs.remember(("levels", *hops, str(where)), compute)
    return levels
