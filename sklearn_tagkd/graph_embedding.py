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


@dataclass(frozen=True, eq=False)
class InputSpace:
    """What a model was fitted on; it decides how later graphs are read.

    Parameters
    ----------
    text_center : ndarray of float32 of shape (n_text_dimensions,) or None
        Mean text embedding; None where there was no text to embed.
    n_features : int
        Feature columns of the graph.
    feature_scale : float
        Factor that brought the mean length of the feature rows to 1.
    """

    text_center: NDArray[np.float32] | None
    n_features: int
    feature_scale: float

    def __repr__(self) -> str:
        width = 0 if self.text_center is None else len(self.text_center)
        return f"InputSpace(text_dimensions={width}, features={self.n_features})"


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
        parent = graph.parent
        texts, features = parent.texts, parent.features
        center, n_features, scale = None, 0, 1.0
        if features is not None:
            n_features = features.shape[1]
            length = float(np.linalg.norm(features, axis=1).mean())
            scale = 1 / length if length else 1.0
        if features is None or any(texts):
            center = self._embed(texts).mean(axis=0)
        self.space = InputSpace(center, n_features, scale)
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
        return self._rows(parent.texts, parent)

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

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        return embed_texts(
            texts, self.encoder, device=self.device, progress=self.progress
        )

    def _rows(self, texts: list[str], nodes: TextGraph) -> NDArray[np.float32]:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        parts = []
        if self.space.text_center is not None:
            parts.append(_centered(self._embed(texts), self.space.text_center))
        if self.space.n_features and nodes.features is not None:
            scale = np.float32(self.space.feature_scale)
            parts.append(nodes.features.astype(np.float32) * scale)
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _centered(
    embeddings: NDArray[np.float32], center: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return rows of unit length around the mean.

    Sentence embeddings share a large common part, which tells nothing apart and
    which propagation would only amplify.
    """
    if embeddings.shape[1] != len(center):
        return embeddings  # of another encoder: refused with a sentence later on
    moved = embeddings - center
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: NDArray[np.float32] = moved / np.maximum(length, np.float32(1e-12))
    return unit
