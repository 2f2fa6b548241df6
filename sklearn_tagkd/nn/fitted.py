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
from sklearn_tagkd.nn.networks.build import Network, build_network
from sklearn_tagkd.nn.threads import Crew, on_one_thread

__all__ = ["FittedNetwork"]

_BLOCK = 8192  # rows per call at inference: what they need stays in the cache


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

    @on_one_thread()
    def apply(
        self, inputs: NetworkInputs, device: str = "auto", **rows: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float32]]:
        """Compute what is wanted of some nodes.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings and links of the whole graph.
        device : str, default='auto'
            Where to compute.
        **rows : ndarray of int64 of shape (n_rows,)
            Which nodes, by what is wanted of them: ``text``, the embedding of a
            node's own text; ``neighborhood``, that of the node in its neighbourhood
            (not of ``mlp``); ``hidden``, what the classifier looks at; or
            ``probabilities``, which sum to 1.

        Returns
        -------
        dict of str to ndarray of float32 of shape (n_rows, n_columns)
            By the same names.
        """
        where = pick_device(device, sparse=self.config.passes_messages)
        with torch.random.fork_rng(devices=[]):  # initial weights are of no consequence
            network = build_network(self.config)
        network.load_state_dict(
            {name: torch.tensor(weight) for name, weight in self.weights.items()}
        )
        network.to(where).eval()
        network.load_inputs(inputs, where)
        n_rows = sum(map(len, rows.values()))
        n_weights = sum(weight.size for weight in self.weights.values())
        # Networks that pass messages share what finds their links, and settle before.
        alone = where.type != "cpu" or self.config.passes_messages
        work = 0 if alone else n_rows * n_weights
        with torch.inference_mode(), Crew(work) as crew:
            network.settle(n_rows)
            return {
                kind: _by_blocks(network, kind, nodes, where, crew)
                for kind, nodes in rows.items()
            }


def _by_blocks(
    network: Network,
    kind: str,
    rows: NDArray[np.int64],
    device: torch.device,
    crew: Crew,
) -> NDArray[np.float32]:
    as_shares = kind == "probabilities"
    output = "logits" if as_shares else kind
    config = network.config
    width = config.n_classes if as_shares else config.hidden_dim
    result = np.empty((len(rows), width), dtype=np.float32)

    def answer(start: int) -> None:
        nodes = torch.from_numpy(rows[start : start + _BLOCK].copy()).to(device)
        block = network(**{output: nodes})[output]
        block = block.softmax(dim=1) if as_shares else block
        result[start : start + _BLOCK] = block.cpu().numpy()

    crew.map(answer, range(0, len(rows), _BLOCK))
    return result
