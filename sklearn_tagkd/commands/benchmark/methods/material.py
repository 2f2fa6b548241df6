"""What every method is given for one subset of answers, prepared once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.propagation import personalised_pagerank
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["Material"]

# As the decoupled backbone and the input space have by default.
_N_HOPS, _TELEPORT, _LEXICAL_DIM = 10, 0.1, 64


@dataclass(frozen=True, eq=False)
class Material:
    """A graph, the nodes to predict, and how to train; no true label but a user's own.

    Parameters
    ----------
    graph : TextGraph
        All nodes, without rationales.
    test_rows : ndarray of int64 of shape (n_test,)
        Positions of the nodes to predict.
    classes : ndarray of str of shape (n_classes,)
        Sorted names; the columns of every prediction.
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where networks are trained.
    seed : int
        Of every random choice in training.
    profiles : ProfileTable, default=None
        What is known of the classes.
    labels : ndarray of object of shape (n_nodes,), default=None
        Labels that a user has, ``''`` where there is none.
    """

    graph: TextGraph
    test_rows: NDArray[np.int64]
    classes: NDArray[np.str_]
    encoder: Any
    device: str
    seed: int
    profiles: ProfileTable | None = None
    labels: NDArray[Any] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Parameters that every estimator of ours gets."""
        return {
            "encoder": self.encoder,
            "device": self.device,
            "random_state": self.seed,
            "progress": False,
        }

    @cached_property
    def inputs(self) -> NetworkInputs:
        """Centred text embeddings of all nodes, and their links."""
        return self._inputs(0)

    @cached_property
    def text_and_neighborhood(self) -> NDArray[np.float32]:
        """Centred text embeddings beside propagated ones, of all nodes."""
        return _beside_propagated(self.inputs)

    @cached_property
    def words_too(self) -> NDArray[np.float32]:
        """The same with the latent dimensions that our estimators see."""
        return _beside_propagated(self._inputs(_LEXICAL_DIM))

    def _inputs(self, lexical_dim: int) -> NetworkInputs:
        embedder = GraphEmbedder(self.encoder, self.device, False, lexical_dim)
        embedder.fit(self.graph)
        return embedder.raw_inputs(self.graph)

    def annotated(self, table: RationaleTable) -> TextGraph:
        """Return the graph with answers on it.

        Parameters
        ----------
        table : RationaleTable
            The answers.

        Returns
        -------
        TextGraph
            All nodes, with what is known of the classes.
        """
        if self.profiles is not None:
            return self.graph.annotated(rationales=table, profiles=self.profiles)
        # A user who has labels and no model annotates nothing.
        return self.graph.annotated(rationales=table) if len(table) else self.graph

    def spread(
        self, probabilities: NDArray[Any], classes: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Put predictions in the columns of all classes.

        Parameters
        ----------
        probabilities : ndarray of shape (n_rows, n_known)
            Of a model that knows some of the classes.
        classes : ndarray of shape (n_known,)
            Which ones.

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_classes)
            0 for a class that the model does not know.
        """
        full = np.zeros((len(probabilities), len(self.classes)))
        full[:, np.searchsorted(self.classes, classes)] = probabilities
        return full


def _beside_propagated(inputs: NetworkInputs) -> NDArray[np.float32]:
    propagated = personalised_pagerank(inputs, _N_HOPS, _TELEPORT)
    return np.concatenate([inputs.embeddings, propagated], axis=1)
