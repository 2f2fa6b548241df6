"""A trained network at rest: plain arrays, no device, nothing of the training graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.utils.extras import asking_for, is_installed

if TYPE_CHECKING:
    from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["FittedNetwork"]


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
        self, inputs: NetworkInputs, device: str = "auto", **rows: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float32]]:
        """Compute what is wanted of some nodes.

        Where torch is not installed, ``mlp`` and ``decoupled`` are computed by numpy.

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

        Raises
        ------
        MissingExtraError
            If another backbone is to be computed without torch.
        """
        if not is_installed("torch") and not self.config.passes_messages:
            from sklearn_tagkd.nn.plain.outputs import outputs_of_inputs

            return outputs_of_inputs(self.config, self.weights, inputs, rows)
        with asking_for("train", f"Predicting with backbone={self.config.backbone!r}"):
            from sklearn_tagkd.nn.computing import compute

        return compute(self.config, self.weights, inputs, device, rows)

    def propagated(self, inputs: NetworkInputs) -> NDArray[np.float32] | None:
        """Propagate the rows of a graph; what comes out stays with the inputs.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings and links of the whole graph.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_dimensions) or None
            Of any length, not to be changed; None but for ``'decoupled'``.
        """
        if self.config.backbone != "decoupled" or not is_installed("torch"):
            from sklearn_tagkd.nn.plain.outputs import propagated_rows

            return propagated_rows(self.config, inputs)
        import torch

        from sklearn_tagkd.nn.links.propagation import propagate_once

        hops = (self.config.n_hops, self.config.teleport)
        rows: NDArray[np.float32] = propagate_once(
            inputs, *hops, torch.device("cpu")
        ).numpy()
        return rows
