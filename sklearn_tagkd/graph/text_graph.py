"""The one container that every step of the pipeline takes and returns."""

from __future__ import annotations

import pickle
from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.graph.annotation import NodeAnnotation
from sklearn_tagkd.graph.conversion import GraphConversion
from sklearn_tagkd.graph.extension import ExtendedStore
from sklearn_tagkd.graph.growth import GrowingGraph
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.opening import OpenedGraph
from sklearn_tagkd.graph.row_keys import resolve_rows
from sklearn_tagkd.graph.store import GraphStore, build_store, induced_store

__all__ = ["NodeAnnotation", "TextGraph"]


class TextGraph(GraphConversion, GrowingGraph, OpenedGraph):
    """Documents and the links between them: a selection of nodes of a shared graph.

    Slicing gives a *view*: ``graph[rows]`` selects nodes and keeps the whole
    parent in sight, so that fitting on it is transductive, as is usual for
    graphs. :meth:`induced` cuts the rest away. Nothing ever changes a graph in
    place. True labels do not belong in it: they are ``y``.

    Parameters
    ----------
    texts : iterable of str, or None
        One text per node, ``''`` for a node without one. None where ``features``
        are all there is.
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Links as pairs of node ids; without ``node_ids``, as pairs of positions.
        Self-loops are left out and repeated edges merged: see ``report``. All links
        are of one type: where there are several, weights can tell how much each
        counts.
    node_ids : iterable of hashable, default=None
        One unique id per node. They are never shown to a language model. None
        numbers the nodes from 0.
    features : array-like of shape (n_nodes, n_features), default=None
        Numeric columns that go beside the text embedding. Not copied.
    directed : bool, default=False
        Whether a link goes one way; messages then flow along it.
    weights : array-like of shape (n_edges,), default=None
        How much passes over each link: a number from 0 (no link) to 1e18, beside 1
        for a node's own state; None is 1 for every link. Every backbone and all else
        that looks at links multiplies what it weighs a link by with it. Of several
        weights of one link, both directions of an undirected one included, the
        greatest counts; add up beforehand what shall add up. Numbers below 1e-18
        count as 1e-18.

    Attributes
    ----------
    shape : tuple
        ``(n_nodes,)``, or ``(n_nodes, n_features)`` with features, of the selection.
    rows : ndarray of int64 of shape (n_nodes,)
        Positions of the selected nodes in the parent.
    texts : list of str
        Texts of the selected nodes.
    node_ids : ndarray of shape (n_nodes,)
        Ids of the selected nodes.
    features : ndarray of shape (n_nodes, n_features) or None
        Features of the selected nodes.
    parent : TextGraph
        All nodes, in their original order, with the same annotations.
    adjacency : csr_array of shape (n_parent_nodes, n_parent_nodes)
        Links among the *parent's* nodes: at ``[u, v]``, for a link from u to v, its
        weight (float64), or 1 (int8) where links have none.
    weighted : bool
        Whether links have weights.
    n_links : int
        Number of links of the parent; an undirected one counts once.
    report : LinkReport
        How many links were kept, merged and left out.
    annotations : mapping of str to NodeAnnotation
        What the steps of a pipeline found out, aligned to the parent.

    Raises
    ------
    GraphFormatError
        If texts, edges, ids, features or weights do not make a graph; the message
        names the first offender and the remedy.

    See Also
    --------
    sklearn_tagkd.datasets.load_docs : A real graph, built without a download.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> graph = TextGraph(
    ...     ["trees", "forests", "ensembles of trees"],
    ...     [("a", "b"), ("b", "c"), ("c", "b")],
    ...     node_ids=["a", "b", "c"],
    ... )
    >>> graph
    TextGraph(nodes=3, links=2)
    >>> view = graph[[2, 0]]
    >>> view
    TextGraph(nodes=2 of 3, links=2)
    >>> view.texts
    ['ensembles of trees', 'trees']
    >>> graph.report.duplicate_links
    1
    >>> TextGraph(["trees", "forests"], [(0, 1)], weights=[0.5])
    TextGraph(nodes=2, links=1, weighted=True)
    """

    _store: GraphStore | ExtendedStore
    _rows: NDArray[np.int64] | None
    _annotations: dict[str, NodeAnnotation]

    # Without this, iteration would fall back on __getitem__ with 0, 1, 2, ...
    __iter__ = None

    def __init__(
        self,
        texts: Iterable[str] | None,
        edges: Iterable[Any],
        node_ids: Iterable[Hashable] | None = None,
        features: Any = None,
        *,
        directed: bool = False,
        weights: Any = None,
    ) -> None:
        self._store = build_store(
            texts, edges, node_ids, features, directed, weights=weights
        )
        self._rows = None  # all nodes
        self._annotations = {}

    @classmethod
    def _from_store(cls, store: GraphStore | ExtendedStore) -> TextGraph:
        return cls._view(store, None, {})

    @classmethod
    def _view(
        cls,
        store: GraphStore | ExtendedStore,
        rows: NDArray[np.int64] | None,
        annotations: dict[str, NodeAnnotation],
    ) -> TextGraph:
        graph = cls.__new__(cls)
        graph._store, graph._rows, graph._annotations = store, rows, annotations
        return graph

    # -- what scikit-learn asks of X ----------------------------------------

    def __len__(self) -> int:
        return len(self._store) if self._rows is None else len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of selected nodes, and of features where there are any."""
        n_features = self._store.n_features
        return (len(self), n_features) if n_features else (len(self),)

    @property
    def ndim(self) -> int:
        """Length of ``shape``."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> TextGraph:
        if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
            key = key[0]  # scikit-learn indexes whatever has a shape this way
        rows = resolve_rows(key, len(self))
        if self._rows is not None:
            rows = self._rows[rows]
        rows.flags.writeable = False
        return self._view(self._store, rows, self._annotations)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(
            "A TextGraph is not an array: turning it into one would silently lose its "
            "links and texts. Use an estimator that takes a TextGraph, or pass "
            "graph.features (numbers) or graph.texts (strings) on purpose."
        )

    def __sizeof__(self) -> int:
        # Engines ask, to send what is large once and not with every task. It is what
        # travels that counts: of a graph in a folder, its name.
        buffers: list[pickle.PickleBuffer] = []
        rest = pickle.dumps(self, protocol=5, buffer_callback=buffers.append)
        return len(rest) + sum(buffer.raw().nbytes for buffer in buffers)

    # -- the selected nodes --------------------------------------------------

    @property
    def rows(self) -> NDArray[np.int64]:
        """Positions of the selected nodes in the parent."""
        return np.arange(len(self)) if self._rows is None else self._rows

    @property
    def texts(self) -> list[str]:
        """Texts of the selected nodes."""
        texts = self._store.texts
        return list(texts) if self._rows is None else texts.take(self._rows)

    @property
    def has_texts(self) -> bool:
        """Whether any node of the parent has a text."""
        return bool(self._store.texts.n_bytes)

    @property
    def node_ids(self) -> NDArray[Any]:
        """Ids of the selected nodes."""
        return self._store.node_ids.take(self._rows)

    @property
    def features(self) -> NDArray[Any] | None:
        """Features of the selected nodes, or None."""
        store, rows = self._store, self._rows
        return store.features if rows is None else store.feature_rows(rows)

    def positions(self, node_ids: Iterable[Hashable]) -> NDArray[np.int64]:
        """Return where ids stand in the parent.

        Parameters
        ----------
        node_ids : iterable of hashable
            Ids to look up.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 for an id that no node of the parent bears.
        """
        return self._store.node_ids.positions(list(node_ids))

    # -- the parent ----------------------------------------------------------

    @property
    def parent(self) -> TextGraph:
        """All nodes in their original order, with the same annotations."""
        return self._view(self._store, None, self._annotations)

    @property
    def adjacency(self) -> csr_array:
        """Links among the parent's nodes, as a sparse matrix of weights or of ones."""
        return self._store.links

    @property
    def identity(self) -> object:
        """One and the same object for every view of a parent."""
        return self._store

    @property
    def directed(self) -> bool:
        """Whether a link goes one way."""
        return self._store.directed

    @property
    def weighted(self) -> bool:
        """Whether links have weights."""
        return self._store.weighted

    @property
    def n_links(self) -> int:
        """Number of links of the parent; an undirected one counts once."""
        return self._store.n_links

    @property
    def report(self) -> LinkReport:
        """How many links were kept, merged and left out."""
        return self._store.report

    def induced(self) -> TextGraph:
        """Cut everything but the selected nodes away.

        Returns
        -------
        TextGraph
            The same selection over a parent of its own that holds the selected
            nodes (each once) and the links among them: the inductive setting.
        """
        if self._rows is None:
            return self
        kept, first, inverse = np.unique(
            self._rows, return_index=True, return_inverse=True
        )
        order = np.argsort(first)  # first appearance decides the new order
        kept, rank = kept[order], np.argsort(order)
        annotations = {
            name: note.restrict(kept, len(self._store))
            for name, note in self._annotations.items()
        }
        rows = None if len(kept) == len(self._rows) else rank[inverse]
        return self._view(induced_store(self._store, kept), rows, annotations)

    def _cut_store(self) -> GraphStore | ExtendedStore:
        return self.induced()._store

    # -- annotations -----------------------------------------------------------

    @property
    def annotations(self) -> Mapping[str, Any]:
        """What the steps of a pipeline found out, by name."""
        return MappingProxyType(self._annotations)

    def annotated(self, **annotations: NodeAnnotation) -> TextGraph:
        """Return the same view with further annotations.

        Parameters
        ----------
        **annotations : NodeAnnotation
            By name; one of the same name is replaced.

        Returns
        -------
        TextGraph
            A new view; this one is left as it is.
        """
        return self._view(self._store, self._rows, {**self._annotations, **annotations})

    def __repr__(self) -> str:
        of_all = "" if self._rows is None else f" of {len(self._store)}"
        parts = [f"nodes={len(self)}{of_all}", f"links={self._store.n_links}"]
        if self._store.n_features:
            parts.append(f"features={self._store.n_features}")
        if self._store.directed:
            parts.append("directed=True")
        if self._store.weighted:
            parts.append("weighted=True")
        if self._annotations:
            parts.append(f"annotations={sorted(self._annotations)}")
        return f"TextGraph({', '.join(parts)})"
