"""A trained network at rest: plain arrays, no device, nothing of the training graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.networks import build_network

__all__ = ["FittedNetwork", "NodeOutputs"]

_BLOCK = 65_536  # rows per call at inference


@dataclass(frozen=True, eq=False)
class NodeOutputs:
    """What a network says about nodes.

    Parameters
    ----------
    text : ndarray of float32 of shape (n_rows, hidden_dim)
        Embedding of the node's own text.
    neighborhood : ndarray of float32 of shape (n_rows, hidden_dim) or None
        Embedding of the node in its neighbourhood; None for ``mlp``.
    hidden : ndarray of float32 of shape (n_rows, hidden_dim)
        What the classifier looks at.
    probabilities : ndarray of float32 of shape (n_rows, n_classes)
        Rows sum to 1.
    """

    text: NDArray[np.float32]
    neighborhood: NDArray[np.float32] | None
    hidden: NDArray[np.float32]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """Weights and shape of a trained network.

    Parameters
    ----------
    config : NetworkConfig
        Its shape.
    weights : dict of str to ndarray
        Its weights.
    """

    config: NetworkConfig
    weights: dict[str, NDArray[Any]]

    def __repr__(self) -> str:
        size = sum(weight.size for weight in self.weights.values())
        return f"FittedNetwork({self.config.backbone}, {size} weights)"

    def apply(
        self, inputs: NetworkInputs, rows: NDArray[np.int64], device: str = "auto"
    ) -> NodeOutputs:
        """Compute the outputs of some nodes.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings and links of the whole graph.
        rows : ndarray of int64 of shape (n_rows,)
            Nodes to say something about.
        device : str, default='auto'
            Where to compute.

        Returns
        -------
        NodeOutputs
            One row per node asked for.
        """
        where = pick_device(device)
        with torch.random.fork_rng(devices=[]):  # initial weights are of no consequence
            network = build_network(self.config)
        network.load_state_dict(
            {name: torch.tensor(weight) for name, weight in self.weights.items()}
        )
        network.to(where).eval()
        network.load_inputs(inputs, where)
        step = _BLOCK if network.works_on_rows else max(1, len(rows))
        with torch.inference_mode():
            blocks = [
                network(torch.from_numpy(rows[start : start + step].copy()).to(where))
                for start in range(0, len(rows), step)
            ]
            embedded = [b.neighborhood for b in blocks if b.neighborhood is not None]
            logits = torch.cat([block.logits for block in blocks])
            return NodeOutputs(
                text=_array(torch.cat([block.text for block in blocks])),
                neighborhood=_array(torch.cat(embedded)) if embedded else None,
                hidden=_array(torch.cat([block.hidden for block in blocks])),
                probabilities=_array(logits.softmax(dim=1)),
            )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.cpu().numpy()  # type: ignore[no-any-return]
