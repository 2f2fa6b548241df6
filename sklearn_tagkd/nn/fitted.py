"""A trained network at rest: plain arrays, no device, nothing of the training graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.networks import build_network

__all__ = ["FittedNetwork", "NodeOutputs"]

_BLOCK = 65_536  # rows per call at inference


@dataclass(frozen=True, eq=False)
class NodeOutputs:
    """What a network says about nodes.

    Attributes
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

    Attributes
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
            text, neighborhood, hidden, logits = (
                None if parts[0] is None else torch.cat(parts)
                for parts in zip(*blocks, strict=True)
            )
            return NodeOutputs(
                text=text.cpu().numpy(),
                neighborhood=None if neighborhood is None else neighborhood.cpu().numpy(),
                hidden=hidden.cpu().numpy(),
                probabilities=logits.softmax(dim=1).cpu().numpy(),
            )
