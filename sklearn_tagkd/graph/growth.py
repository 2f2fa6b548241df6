"""Documents that came later: a graph with some nodes more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.annotation import NodeAnnotation
from sklearn_tagkd.graph.extension import ExtendedStore, extend_store
from sklearn_tagkd.graph.new_links import NewLinks
from sklearn_tagkd.graph.store import GraphStore

__all__ = ["GrowingGraph", "Growth"]


@dataclass(frozen=True, eq=False)
class Growth:
    """What a graph was extended by.

    Parameters
    ----------
    base : TextGraph
        All nodes that were there first.
    added : TextGraph
        The others, without links; it does not keep the graph alive.
    new_links : NewLinks
        Cells of the adjacency matrix that the base lacks.
    """

    base: Any
    added: Any
    new_links: NewLinks


class GrowingGraph(ABC):
    """The method that appends nodes, and what it leaves behind."""

    _store: GraphStore | ExtendedStore
    _annotations: dict[str, NodeAnnotation]

    @classmethod
    @abstractmethod
    def _view(
        cls,
        store: GraphStore | ExtendedStore,
        rows: NDArray[np.int64] | None,
        annotations: dict[str, NodeAnnotation],
    ) -> Self: ...

    @property
    @abstractmethod
    def annotations(self) -> Mapping[str, Any]:
        """What the steps of a pipeline found out, by name."""

    def extended(
        self,
        texts: Iterable[str] | None,
        edges: Iterable[Any],
        node_ids: Iterable[Hashable] | None = None,
        features: Any = None,
        *,
        weights: Any = None,
    ) -> Self:
        """Return the graph with new nodes behind those that it has.

        Old nodes keep their positions, ids, texts and what is known of them, and
        nothing of the graph is copied: texts, links and features of the new nodes lie
        beside it. A fitted model predicts the new nodes at the cost of their
        neighbourhood, ``model.predict(bigger[-n:])``. Once an eighth was added, the
        next call makes one graph of all, at the cost of all; so a stream of documents
        costs each document the same.

        Parameters
        ----------
        texts : iterable of str, or None
            One text per new node, ``''`` for a node without one. None where
            ``features`` are all there is.
        edges : array-like of shape (n_edges, 2) or iterable of pairs
            Further links as pairs of ids, among new nodes, between new and old ones or
            among old ones. Where ids number the nodes, as they do without
            ``node_ids``, the first new node bears the number of nodes before. A link
            that is there already is merged with it.
        node_ids : iterable of hashable, default=None
            One new id per new node. None goes on numbering, and is refused where
            nodes have ids of their own.
        features : array-like of shape (n_new_nodes, n_features), default=None
            Where nodes have features, those of the new nodes, in the graph's
            precision.
        weights : array-like of shape (n_edges,), default=None
            How much passes over each of ``edges``; None is 1 for every link.

        Returns
        -------
        TextGraph
            All nodes, the new ones last: of a view too the whole parent is extended.
            What an interpreter taught is left out, since it says nothing of the new
            nodes; every other annotation stays.

        Raises
        ------
        GraphFormatError
            If a link names an unknown node, an id is taken, features do not match the
            graph's, or as the constructor does.

        Examples
        --------
        >>> from sklearn_tagkd import TextGraph
        >>> graph = TextGraph(["trees", "forests"], [("a", "b")], node_ids=["a", "b"])
        >>> bigger = graph.extended(
        ...     ["boosted trees"], [("c", "a"), ("c", "b")], node_ids=["c"]
        ... )
        >>> bigger
        TextGraph(nodes=3, links=3)
        >>> bigger[-1:].texts
        ['boosted trees']
        >>> bigger.positions(["a", "b", "c"]).tolist()
        [0, 1, 2]
        """
        store = extend_store(self._store, texts, edges, node_ids, features, weights)
        notes = {
            name: note.extended(len(store)) for name, note in self._annotations.items()
        }
        kept = {name: note for name, note in notes.items() if note is not None}
        return self._view(store, None, kept)

    @property
    def growth(self) -> Growth | None:
        """What the parent was extended by; None where it is all of one piece."""
        store = self._store
        if isinstance(store, GraphStore):
            return None
        base = self._view(store.base, None, self._annotations)
        return Growth(base, self._view(store.added, None, {}), store.new_links)
