"""A trained network at rest: plain arrays, no device, nothing of the training graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.utils.extras import asking_for, is_installed

if TYPE_CHECKING:
    from sklearn_tagkd.nn.growth.inputs import GrownInputs
    from sklearn_tagkd.nn.growth.push import Levels

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

    def sharpened(self, factor: float) -> FittedNetwork:
        """Return a network that is surer of the same classes, or less sure.

        Parameters
        ----------
        factor : float
            What logits are multiplied by; above 0.

        Returns
        -------
        FittedNetwork
            Of the same shape: the factor lies in the weights of its last layer.
        """
        if factor == 1.0:
            return self
        last = {
            name: (weight * np.float64(factor)).astype(weight.dtype)
            for name, weight in self.weights.items()
            if name.startswith("classifier.")
        }
        return replace(self, weights={**self.weights, **last})

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

    def around(
        self,
        grown: GrownInputs,
        nodes: NDArray[np.int64],
        device: str = "auto",
        tolerance: float = 0.0,
    ) -> NetworkInputs:
        """Return what the network looks at to tell of a few nodes.

        Parameters
        ----------
        grown : GrownInputs
            Inputs of a graph that has grown.
        nodes : ndarray of int64 of shape (n,)
            Each once.
        device : str, default='auto'
            Where to compute what is kept of the base.
        tolerance : float, default=0.0
            Of ``decoupled``: share of a walk, per link of the node where it stands,
            that is not followed; 0 is exact.

        Returns
        -------
        NetworkInputs
            Whose first rows are those of ``nodes``, to be asked about in
            :meth:`apply`; nothing else shall be.
        """
        # Where a model is served without a graph, SciPy may be missing.
        from scipy.sparse import csr_array

        config, n = self.config, len(nodes)
        if config.passes_messages:
            from sklearn_tagkd.nn.growth.field import receptive_field

            return receptive_field(grown, nodes, config.backbone, config.n_layers)
        propagated = None
        if config.backbone == "decoupled":
            from sklearn_tagkd.nn.growth.push import propagated_around

            hops = (config.n_hops, config.teleport)
            kept = self._kept(grown.base, device)
            propagated = propagated_around(grown, nodes, *hops, tolerance, kept)
        no_links = csr_array((n, n), dtype=np.float32)
        return NetworkInputs(grown.rows(nodes), no_links, propagated=propagated)

    def _kept(self, base: NetworkInputs, device: str) -> Levels:
        hops = (self.config.n_hops, self.config.teleport)
        if is_installed("torch"):
            from sklearn_tagkd.nn.links.levels import propagated_levels

            return propagated_levels(base, *hops, device)
        from sklearn_tagkd.nn.plain.outputs import propagated_levels as by_numpy

        return by_numpy(base, *hops)

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
