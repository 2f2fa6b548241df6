"""The input space of a model: text embeddings beside features, at one scale."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.encoder_check import check_encoder
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.features.encoding.encoders import resolve_encoder
from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.features.memo import recall, remember
from sklearn_tagkd.features.received import link_kind, received_links
from sklearn_tagkd.features.rows import (
    center_rows,
    is_huge,
    scale_rows,
    side_by_side,
    unit_scale,
)
from sklearn_tagkd.features.space import InputSpace
from sklearn_tagkd.features.texts import text_rows
from sklearn_tagkd.features.whole_graph import WholeGraph
from sklearn_tagkd.features.words import word_rows, word_space
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.utils.extras import is_installed
from sklearn_tagkd.utils.same_object import key_of_object

__all__ = ["GraphEmbedder", "InputSpace"]

Thing = TypeVar("Thing")


class GraphEmbedder(WholeGraph):
    """Turns nodes and phrases into rows of one input space.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where a sentence-transformers model runs.
    progress : bool or 'auto'
        Whether to show a progress bar.
    lexical_dim : int, default=0
        Latent dimensions of the words to find in :meth:`fit`.
    space : InputSpace, default=None
        Of a fitted model; None until :meth:`fit`.
    """

    def __init__(
        self,
        encoder: Any,
        device: str,
        progress: bool | str,
        lexical_dim: int = 0,
        space: InputSpace | None = None,
    ) -> None:
        self.encoder = encoder
        self.device = device
        self.progress = progress
        self.lexical_dim = lexical_dim
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
        features = graph.parent.features
        center, lexical, n_features, scale = None, None, 0, 1.0
        if features is not None:
            n_features = features.shape[1]
            scale = unit_scale(features)
        if features is None or graph.has_texts:
            center = self._mean_text(graph)
            if self.lexical_dim:
                lexical = word_space(graph, self.lexical_dim)
        links = link_kind(graph)
        self.space = InputSpace(center, n_features, scale, lexical, links=links)
        return self.space

    def nodes(self, graph: TextGraph) -> Rows:
        """Embed every node of the parent.

        Parameters
        ----------
        graph : TextGraph
            Any view.

        Returns
        -------
        Rows of shape (n_parent_nodes, n_dimensions)
            One row per node. Features are not copied where they are all there is and
            take a gibibyte; anything else is an ndarray of float32.
        """
        assert self.space is not None  # fit, or a fitted model's space, comes first
        features = graph.parent.features
        embedded = None if self._center is None else self._texts(graph)
        space = self._words
        words = None if space is None else word_rows(graph, space)
        if (
            (features is not None and embedded is words is None)
            and is_huge(features)
            and is_installed("torch")
        ):
            # Imported late: torch takes seconds, `import sklearn_tagkd` none.
            from sklearn_tagkd.nn.scaled_rows import ScaledRows

            return ScaledRows(features, self.space.feature_scale)
        return self._rows(embedded, words, features)

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
        embedded = None if self._center is None else self._embed(texts)
        words = None if self._words is None else self._words.transform(texts)
        return self._rows(embedded, words, graph.parent[positions].features)

    def documents(self, texts: list[str], graph: TextGraph) -> NDArray[np.float32]:
        """Embed texts that are no nodes.

        Parameters
        ----------
        texts : list of str
            At least one text.
        graph : TextGraph
            Any view; where nodes have features, a text has those of the mean node.

        Returns
        -------
        ndarray of float32 of shape (n_texts, n_dimensions)
            Rows of the space of :meth:`nodes`.
        """
        features = graph.parent.features
        if features is not None:
            mean = features.mean(axis=0, dtype=np.float64, keepdims=True)
            features = np.repeat(mean, len(texts), axis=0)
        embedded = None if self._center is None else self._embed(texts)
        words = None if self._words is None else self._words.transform(texts)
        return self._rows(embedded, words, features)

    @property
    def reads_texts(self) -> bool:
        """Whether rows are of texts too, and not of features alone."""
        return self._center is not None

    def raw_inputs(
        self, graph: TextGraph, scorer: LinkScorer | None = None
    ) -> NetworkInputs:
        """Return raw texts and raw links: all that a student needs.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer, default=None
            What weighs the links; None leaves them all alike.

        Returns
        -------
        NetworkInputs
            Of the whole parent, without messages.
        """

        def compute() -> NetworkInputs:
            if scorer is None:
                return NetworkInputs(self.nodes(graph), received_links(graph))
            plain = self.raw_inputs(graph)
            # Embeddings of another width cannot be scored: refused later on.
            if plain.embeddings.shape[1] != len(scorer.of_product):
                return plain
            weighed = scorer.weigh(plain.links, plain.embeddings)
            return NetworkInputs(plain.embeddings, weighed)

        return self.remember(graph, (scorer,), compute)

    def remember(
        self,
        graph: TextGraph,
        key: tuple[Hashable, ...],
        compute: Callable[[], Thing],
    ) -> Thing:
        """Return inputs that were computed from a graph before, or compute them.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        key : tuple of hashable
            What decides them beside the parent, the encoder and the space.
        compute : callable
            Finds them the first time.

        Returns
        -------
        object
            Not to be changed.
        """
        assert self.space is not None  # fit, or a fitted model's space, comes first
        # Propagated rows are kept with them; a link has a weight and an index.
        n_links, width = graph.n_links, sum(self.space.column_widths)
        n_bytes = 8 * (len(graph.parent) * width + (2 - graph.directed) * n_links)
        n_bytes = n_bytes if graph.by_parts is None else 0  # they lie in files
        return remember(graph, self._full_key(key), n_bytes, compute)

    def remembers(self, graph: TextGraph, key: tuple[Hashable, ...]) -> bool:
        """Tell whether inputs were computed before.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        key : tuple of hashable
            As in :meth:`remember`.

        Returns
        -------
        bool
            Whether :meth:`remember` would compute nothing.
        """
        return recall(graph, self._full_key(key)) is not None

    def _full_key(self, key: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        return (self._encoder_key, self.space.key, *key)

    @property
    def _center(self) -> NDArray[np.float32] | None:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        return self.space.text_center

    @property
    def _words(self) -> LexicalSpace | None:
        assert self.space is not None  # fit, or a fitted model's space, comes first
        return self.space.lexical

    @property
    def _encoder_key(self) -> Hashable:
        # A folder's key is a hash of its weights, which may change between two fits.
        key = resolve_encoder(self.encoder, self.device).cache_key
        return key or key_of_object(self.encoder)

    def _texts(self, graph: TextGraph) -> NDArray[np.float32]:
        """Return the embeddings of the parent's texts."""
        return text_rows(graph, self._encoder_key, self._embed)

    def _mean_text(self, graph: TextGraph) -> NDArray[np.float32]:
        mean: NDArray[np.float32] = self._texts(graph).mean(axis=0)
        return mean

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        probe = None if self.space is None else self.space.probe
        if probe is not None:
            check_encoder(self.encoder, self.device, self._encoder_key, probe)
        return embed_texts(
            texts, self.encoder, device=self.device, progress=self.progress
        )

    def _rows(
        self,
        embedded: NDArray[np.float32] | None,
        words: NDArray[np.float32] | None,
        features: NDArray[Any] | None,
    ) -> NDArray[np.float32]:
        """Put all that is known of texts side by side; nothing is changed."""
        assert self.space is not None  # fit, or a fitted model's space, comes first
        parts: list[Callable[[slice], NDArray[np.float32]]] = []
        if embedded is not None and self.space.text_center is not None:
            parts.append(partial(center_rows, embedded, self.space.text_center))
        if words is not None:
            parts.append(words.__getitem__)
        if self.space.n_features and features is not None:
            parts.append(partial(scale_rows, features, self.space.feature_scale))
        known = (embedded, words, features)
        return side_by_side(parts, next(len(k) for k in known if k is not None))
