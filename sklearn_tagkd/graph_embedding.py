"""The input space of a model: text embeddings beside features, at one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["GraphEmbedder", "InputSpace"]


@dataclass(frozen=True)
class InputSpace:
    """What a model was fitted on; it decides how later graphs are read.

    Parameters
    ----------
    uses_text : bool
        Whether there was a text to embed.
    n_features : int
        Feature columns of the graph.
    scale : float
        Factor that brought the mean length of the embeddings to 1.
    """

    uses_text: bool
    n_features: int
    scale: float


class GraphEmbedder:
    """Turns nodes and phrases into rows of one input space.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where a sentence-transformers model runs.
    progress : bool or 'auto'
        Whether to show a progress bar.
    space : InputSpace, default=None
        Of a fitted model; None until :meth:`fit`.
    """

    def __init__(
        self,
        encoder: Any,
        device: str,
        progress: bool | str,
        space: InputSpace | None = None,
    ) -> None:
        self.encoder = encoder
        self.device = device
        self.progress = progress
        self.space = space

    def fit(self, graph: TextGraph) -> InputSpace:
        """Find the input space of a graph.

        Parameters
        ----------
        graph : TextGraph
            The whole parent is looked at.

        Returns
        -------
        InputSpace
            Also kept for later calls.
        """
        features = graph.features
        n_features = 0 if features is None else features.shape[1]
        uses_text = n_features == 0 or any(graph.parent.texts)
        self.space = InputSpace(uses_text, n_features, 1.0)
        length = float(np.linalg.norm(self.nodes(graph), axis=1).mean())
        self.space = InputSpace(uses_text, n_features, 1 / length if length else 1.0)
        return self.space

    def nodes(self, graph: TextGraph) -> NDArray[np.float32]:
        """Embed every node of the parent.

        Parameters
        ----------
        graph : TextGraph
            Any view.

        Returns
        -------
        ndarray of float32 of shape (n_parent_nodes, n_dimensions)
            One row per node.
        """
        parent = graph.parent
        return self._rows(parent.texts if self._space.uses_text else [], parent)

    def phrases(
        self, texts: list[str], graph: TextGraph, positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Embed phrases that stand in the place of nodes' texts.

        Parameters
        ----------
        texts : list of str
            At least one text.
        graph : TextGraph
            Any view.
        positions : ndarray of int64 of shape (n_texts,)
            The node of each text; it lends its features.

        Returns
        -------
        ndarray of float32 of shape (n_texts, n_dimensions)
            Rows of the space of :meth:`nodes`.
        """
        return self._rows(texts, graph.parent[positions])

    def raw_inputs(self, graph: TextGraph) -> NetworkInputs:
        """Return raw texts and raw links: all that a student needs.

        Parameters
        ----------
        graph : TextGraph
            Any view.

        Returns
        -------
        NetworkInputs
            Of the whole parent, without messages.
        """
        sent_along = graph.adjacency.astype(np.float32)
        received = sent_along.T.tocsr() if graph.directed else sent_along
        received.sort_indices()
        return NetworkInputs(self.nodes(graph), received)

    def _rows(self, texts: list[str], nodes: TextGraph) -> NDArray[np.float32]:
        parts = []
        if self._space.uses_text:
            embedded = embed_texts(
                texts, self.encoder, device=self.device, progress=self.progress
            )
            parts.append(embedded)
        if self._space.n_features and nodes.features is not None:
            parts.append(np.asarray(nodes.features, dtype=np.float32))
        rows = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        scale = self._space.scale
        return rows if scale == 1 else rows * np.float32(scale)

    @property
    def _space(self) -> InputSpace:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        return self.space
