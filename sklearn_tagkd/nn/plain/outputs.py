"""What a network on rows says, by numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.plain.propagation import ReceivedLinks, propagate

if TYPE_CHECKING:
    from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = [
    "outputs_of_inputs",
    "outputs_of_rows",
    "propagated_levels",
    "propagated_rows",
]

_BLOCK = 8192  # rows at once
Weights = dict[str, NDArray[Any]]


def outputs_of_inputs(
    config: NetworkConfig,
    weights: Weights,
    inputs: NetworkInputs,
    rows: dict[str, NDArray[np.int64]],
) -> dict[str, NDArray[np.float32]]:
    """Compute what is wanted of some nodes of a graph.

    Parameters
    ----------
    config : NetworkConfig
        Of ``'mlp'`` or ``'decoupled'``.
    weights : dict of str to ndarray
        Weights of the network.
    inputs : NetworkInputs
        Embeddings, links and messages of the whole graph.
    rows : dict of str to ndarray of int64 of shape (n_rows,)
        Which nodes, by what is wanted of them.

    Returns
    -------
    dict of str to ndarray of float32 of shape (n_rows, n_columns)
        By the same names.
    """
    propagated = propagated_rows(config, inputs)
    return {
        kind: outputs_of_rows(
            config,
            weights,
            inputs.embeddings[nodes],
            None if propagated is None else propagated[nodes],
            kind,
        )
        for kind, nodes in rows.items()
    }


def propagated_rows(
    config: NetworkConfig, inputs: NetworkInputs
) -> NDArray[np.float32] | None:
    """Propagate the rows of a graph as a network hears them.

    Parameters
    ----------
    config : NetworkConfig
        Of ``'mlp'`` or ``'decoupled'``.
    inputs : NetworkInputs
        Embeddings, links and messages of the whole graph.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_dimensions) or None
        Of any length; None for ``'mlp'``.
    """
    if config.backbone != "decoupled":
        return None
    hops = (config.n_hops, config.teleport)
    found_otherwise = inputs.propagated_otherwise(*hops)
    if found_otherwise is not None:
        return found_otherwise

    def compute() -> NDArray[np.float32]:
        links = inputs.links
        received = ReceivedLinks(links.indptr, links.indices, links.data)
        first = inputs.first_layer_links().indices
        return propagate(np.asarray(inputs.embeddings), received, *hops, first)

    found: NDArray[np.float32] = inputs.remember((*hops, "numpy"), compute)
    return found


def propagated_levels(
    inputs: NetworkInputs, n_hops: int, teleport: float
) -> Callable[[NDArray[np.int64], int], NDArray[np.float32]]:
    """Propagate rows, and keep what there is some steps before the last.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages of the whole graph.
    n_hops : int
        Number of steps.
    teleport : float
        Share of its own row that a node keeps per step.

    Returns
    -------
    callable
        From nodes and a number of steps before the last to rows. More than two steps
        before, what there was two steps before.
    """

    def compute() -> list[NDArray[np.float32]]:
        links = inputs.links
        received = ReceivedLinks(links.indptr, links.indices, links.data)
        first = inputs.first_layer_links().indices
        rows = np.asarray(inputs.embeddings)
        shape = (inputs.n_nodes, rows.shape[1])
        before = [np.empty(shape, np.float32) for _ in range(min(2, n_hops - 1))]
        last = propagate(rows, received, n_hops, teleport, first, before)
        return [last, *before]

    levels = inputs.remember(("levels", n_hops, teleport, "numpy"), compute)

    def read(nodes: NDArray[np.int64], steps_left: int) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = levels[min(steps_left, len(levels) - 1)][nodes]
        return rows

    return read


def outputs_of_rows(
    config: NetworkConfig,
    weights: Weights,
    rows: NDArray[np.float32],
    propagated: NDArray[np.float32] | None,
    kind: str,
) -> NDArray[np.float32]:
    """Compute what a network says of rows.

    Parameters
    ----------
    config : NetworkConfig
        Of ``'mlp'`` or ``'decoupled'``.
    weights : dict of str to ndarray
        Weights of the network.
    rows : ndarray of float32 of shape (n_rows, n_dimensions)
        Of the input space.
    propagated : ndarray of float32 of shape (n_rows, n_dimensions) or None
        The same nodes' propagated rows, of any length; None for ``'mlp'``.
    kind : {'text', 'neighborhood', 'hidden', 'logits', 'probabilities'}
        What is wanted.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_columns)
        In double precision rounded once, so that other rows are of no consequence.
    """
    says_classes = kind in ("logits", "probabilities")
    width = config.n_classes if says_classes else config.hidden_dim
    result = np.empty((len(rows), width), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        heard = None if propagated is None else propagated[block]
        result[block] = _block(weights, rows[block], heard, kind)
    return result


def _block(
    weights: Weights,
    rows: NDArray[np.float32],
    propagated: NDArray[np.float32] | None,
    kind: str,
) -> NDArray[np.float64]:
    state: NDArray[np.float64] = np.zeros(1)
    if kind != "neighborhood":
        state = _linear(weights, "text_head", rows)
    if propagated is not None and kind != "text":
        length = np.linalg.norm(propagated, axis=1, keepdims=True)
        heard = propagated / np.maximum(length, np.float32(1e-12))
        state = state + _linear(weights, "neighborhood_head", heard)
    if kind in ("text", "neighborhood"):
        return state
    hidden: NDArray[np.float64] = np.maximum(state, 0)
    if kind == "hidden":
        return hidden
    logits = _linear(weights, "classifier", hidden)
    if kind == "logits":
        return logits
    shares: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _linear(weights: Weights, name: str, rows: NDArray[Any]) -> NDArray[np.float64]:
    weight = weights[f"{name}.weight"].astype(np.float64)
    mapped: NDArray[np.float64] = rows.astype(np.float64) @ weight.T
    mapped += weights[f"{name}.bias"]
    return mapped
