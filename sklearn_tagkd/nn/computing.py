"""What a trained network says of some nodes, on any device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.networks.build import Network, build_network
from sklearn_tagkd.nn.randomness import set_aside
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils.array_files import read_ahead

__all__ = ["compute"]

_BLOCK = 8192  # rows per call at inference: what they need stays in the cache


@on_one_thread()
def compute(
    config: NetworkConfig,
    weights: dict[str, NDArray[Any]],
    inputs: NetworkInputs,
    device: str,
    rows: dict[str, NDArray[np.int64]],
) -> dict[str, NDArray[np.float32]]:
    """Compute what is wanted of some nodes.

    Parameters
    ----------
    config : NetworkConfig
        Shape of the network.
    weights : dict of str to ndarray
        Its weights.
    inputs : NetworkInputs
        Embeddings and links of the whole graph.
    device : str
        Where to compute.
    rows : dict of str to ndarray of int64 of shape (n_rows,)
        Which nodes, by what is wanted of them.

    Returns
    -------
    dict of str to ndarray of float32 of shape (n_rows, n_columns)
        By the same names.
    """
    where = pick_device(device, sparse=config.passes_messages)
    with set_aside():  # initial weights are of no consequence
        network = build_network(config)
    network.load_state_dict(
        {name: torch.tensor(weight) for name, weight in weights.items()}
    )
    network.to(where).eval()
    n_rows = sum(map(len, rows.values()))
    network.load_inputs(inputs, where, again=n_rows > inputs.n_nodes)
    n_weights = sum(weight.size for weight in weights.values())
    # Networks that pass messages share what finds their links, and settle before.
    alone = where.type != "cpu" or config.passes_messages
    work = 0 if alone else n_rows * n_weights
    files: list[Any] = [inputs.embeddings]
    if config.backbone == "decoupled":
        files.append(inputs.propagated_otherwise(config.n_hops, config.teleport))
    with torch.inference_mode(), Crew(work) as crew:
        network.settle(n_rows)
        return {
            kind: _by_blocks(network, kind, nodes, where, crew, files)
            for kind, nodes in rows.items()
        }


def _by_blocks(
    network: Network,
    kind: str,
    rows: NDArray[np.int64],
    device: torch.device,
    crew: Crew,
    files: list[Any],
) -> NDArray[np.float32]:
    as_shares = kind == "probabilities"
    output = "logits" if as_shares else kind
    config = network.config
    width = config.n_classes if as_shares else config.hidden_dim
    result = np.empty((len(rows), width), dtype=np.float32)

    def answer(start: int) -> None:
        some = rows[start : start + _BLOCK]
        for array in files:
            read_ahead(array, some)
        nodes = torch.from_numpy(some.copy()).to(device)
        block = network(**{output: nodes})[output]
        block = block.softmax(dim=1) if as_shares else block
        result[start : start + _BLOCK] = block.cpu().numpy()

    crew.map(answer, range(0, len(rows), _BLOCK))
    return result
