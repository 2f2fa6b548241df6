"""A graph with some nodes more: the base is kept, what was added lies beside it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.feature_matrix import check_features
from sklearn_tagkd.graph.given import list_texts, locate_links, pack_texts
from sklearn_tagkd.graph.joined import JoinedIds, JoinedStrings, take_of_both
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.new_links import NewLinks, Surplus
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.store import GraphStore

__all__ = ["ExtendedStore", "extend_store"]

_SHARE = 8  # of a base that may be added before all becomes one graph again
_FEW = 1024  # nodes that may be added to any base


@dataclass(frozen=True, eq=False, repr=False)
class ExtendedStore:
    """All nodes of a base and some more; nothing of the base is copied or changed.

    What needs all links in one matrix, or all features in one array, gets them when it
    asks for the first time.

    Parameters
    ----------
    base : GraphStore
        The nodes that were there first.
    added_texts : PackedStrings
        Texts of the nodes that were added.
    added_ids : NodeIds
        Their ids.
    added_features : ndarray of shape (n_added, n_features) or None
        Their features.
    new_links : NewLinks
        Cells of the adjacency matrix that the base lacks.
    weighted : bool
        Whether links have weights.
    surplus : Surplus
        What was left out of the edges that were added.
    """

    base: GraphStore
    added_texts: PackedStrings
    added_ids: NodeIds
    added_features: NDArray[Any] | None
    new_links: NewLinks
    weighted: bool
    surplus: Surplus

    def __len__(self) -> int:
        return len(self.base) + len(self.added_texts)

    def __getstate__(self) -> dict[str, Any]:
        made = {"links", "features", "report"}  # anew where they are wanted
        return {name: is_ for name, is_ in vars(self).items() if name not in made}

    @property
    def directed(self) -> bool:
        """Whether links have a direction."""
        return self.base.directed

    @property
    def texts(self) -> JoinedStrings:
        """One text per node."""
        return JoinedStrings(self.base.texts, self.added_texts)

    @property
    def node_ids(self) -> JoinedIds:
        """One id per node."""
        return JoinedIds(self.base.node_ids, self.added_ids)

    @property
    def n_links(self) -> int:
        """Number of links; an undirected one counts once."""
        n_fresh = self.new_links.n_fresh
        return self.base.n_links + (n_fresh if self.directed else n_fresh // 2)

    @property
    def n_features(self) -> int:
        """Number of feature columns, 0 where there are none."""
        return self.base.n_features

    def feature_rows(self, positions: NDArray[np.int64]) -> NDArray[Any] | None:
        """Return features of some nodes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n,)
            Which nodes.

        Returns
        -------
        ndarray of shape (n, n_features) or None
            None where there are none.
        """
        first, then = self.base.features, self.added_features
        if first is None or then is None:
            return None
        dtype = then.dtype
        return take_of_both(
            positions,
            len(self.base),
            lambda places: np.asarray(first[places]).astype(dtype, copy=False),
            then.__getitem__,
        )

    @cached_property
    def features(self) -> NDArray[Any] | None:
        """Features of all nodes in one array, made when it is asked for."""
        if self.base.features is None or self.added_features is None:
            return None
        joint = np.concatenate([self.base.features, self.added_features])
        joint.flags.writeable = False
        return joint

    @cached_property
    def links(self) -> csr_array:
        """All links in one matrix, made when it is asked for."""
        base, n_nodes = self.base.links, len(self)
        starts = np.full(n_nodes + 1, base.nnz, dtype=base.indptr.dtype)
        starts[: len(base.indptr)] = base.indptr
        weights = base.data.astype(np.float64 if self.weighted else np.int8, copy=False)
        shape = (n_nodes, n_nodes)
        padded = csr_array((weights, base.indices, starts), shape=shape)
        # They are sorted, and scipy need not look.
        padded.has_canonical_format = True
        if not len(self.new_links):
            return padded
        added = self.new_links.matrix(n_nodes).astype(padded.dtype)
        links: csr_array = padded.maximum(added)
        return links

    @cached_property
    def report(self) -> LinkReport:
        """What was mended in the edges of the base and in those that were added."""
        before, surplus, links = self.base.report, self.surplus, self.base.links
        # In an undirected graph a row tells all links of a node.
        is_linked = np.zeros(len(self), dtype=bool)
        is_linked[: len(self.base)] = np.diff(links.indptr) > 0
        is_linked[self.new_links.rows] = True
        if self.directed:
            is_linked[links.indices] = True
            is_linked[self.new_links.columns] = True
        return LinkReport(
            n_links=self.n_links,
            self_loops=before.self_loops + surplus.self_loops,
            duplicate_links=before.duplicate_links + surplus.duplicate_links,
            isolated_nodes=int((~is_linked).sum()),
            weightless_links=before.weightless_links + surplus.weightless_links,
        )

    @property
    def added(self) -> GraphStore:
        """The nodes that were added, without links."""
        n = len(self.added_texts)
        return GraphStore(
            self.added_texts,
            self.added_ids,
            csr_array((n, n), dtype=np.int8),
            self.added_features,
            self.directed,
            LinkReport(0, 0, 0, isolated_nodes=n),
        )

    @property
    def is_full(self) -> bool:
        """Whether so much was added that all should become one graph again."""
        n_added = len(self.added_texts)
        most_links = max(_FEW * _SHARE, self.base.links.nnz // _SHARE)
        most_nodes = max(_FEW, len(self.base) // _SHARE)
        return n_added > most_nodes or len(self.new_links) > most_links

    def settled(self) -> GraphStore:
        """Make one graph of all nodes.

        Returns
        -------
        GraphStore
            The same nodes, in their order.
        """
        return GraphStore(
            self.base.texts.followed_by(self.added_texts),
            self.base.node_ids.followed_by(self.added_ids),
            self.links,
            self.features,
            self.directed,
            self.report,
        )


def extend_store(
    store: GraphStore | ExtendedStore,
    texts: Iterable[str] | None,
    edges: Iterable[Any],
    node_ids: Iterable[Hashable] | None,
    features: Any,
    weights: Any = None,
) -> ExtendedStore:
    """Check what a user gave and append it to a graph.

    Parameters
    ----------
    store : GraphStore or ExtendedStore
        The graph; it is not changed.
    texts : iterable of str, or None
        One text per new node; None where features are all there is.
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Links, by id (by position where the ids number the nodes).
    node_ids : iterable of hashable, or None
        One id per new node; None goes on numbering.
    features : array-like of shape (n_new_nodes, n_features) or None
        Where the graph has features.
    weights : array-like of shape (n_edges,), default=None
        Weights of links; None for 1.

    Returns
    -------
    ExtendedStore
        Of the base that the graph has, or is.

    Raises
    ------
    GraphFormatError
        For anything that does not extend the graph; names the first offender.
    """
    matrix = None if features is None else check_features(features)
    listed = list_texts(texts, matrix)
    matrix = _matching_features(store, matrix, len(listed))
    ids = _new_ids(store, node_ids, len(listed))
    packed = pack_texts(listed, ids)
    if isinstance(store, ExtendedStore) and store.is_full:
        store = store.settled()
    if isinstance(store, GraphStore):
        nothing = store.feature_rows(np.empty(0, np.int64))
        no_ids = NodeIds.from_user([], 0)
        store = ExtendedStore(
            store,
            PackedStrings.pack([]),
            no_ids,
            nothing,
            NewLinks.none(),
            store.weighted,
            Surplus(),
        )
    all_ids = store.added_ids.followed_by(ids) if len(store.added_ids) else ids
    names = JoinedIds(store.base.node_ids, all_ids)
    ends = locate_links(edges, names, not names.are_places, weights)
    links, surplus = store.new_links.extended(store.base.links, *ends, store.directed)
    if matrix is not None and store.added_features is not None:
        matrix = np.concatenate([store.added_features, matrix])
    return ExtendedStore(
        store.base,
        store.added_texts.followed_by(packed),
        all_ids,
        matrix,
        links,
        store.weighted or weights is not None,
        store.surplus + surplus,
    )


def _new_ids(
    store: GraphStore | ExtendedStore,
    node_ids: Iterable[Hashable] | None,
    n_new: int,
) -> NodeIds:
    n_before = len(store)
    if node_ids is None:
        if n_new and not store.node_ids.are_places:
            raise GraphFormatError(
                "node_ids is None, and the nodes of this graph have ids of their own. "
                "Give one new id per text: extended(texts, edges, node_ids=[...])."
            )
        return NodeIds(np.arange(n_before, n_before + n_new, dtype=np.int64))
    ids = NodeIds.from_user(node_ids, n_new)
    listed = ids.take().tolist()
    known = store.node_ids
    if isinstance(known, NodeIds):
        known = JoinedIds(known, NodeIds.from_user([], 0))
    places = known.positions(listed)
    if (places >= 0).any():
        place = int(np.argmax(places >= 0))
        raise GraphFormatError(
            f"node_ids[{place}] is {listed[place]!r}, the id of a node that the graph "
            f"has already (position {places[place]}). Leave out what is there, or give "
            "the new node another id; nodes are never changed in place."
        )
    return ids


def _matching_features(
    store: GraphStore | ExtendedStore, matrix: NDArray[Any] | None, n_new: int
) -> NDArray[Any] | None:
    """Hold features against the graph's, and bring them to its precision."""
    empty = store.feature_rows(np.empty(0, np.int64))
    if matrix is None:
        if empty is not None and n_new:
            raise GraphFormatError(
                "features is None, and the nodes of this graph have "
                f"{store.n_features} features each. Give as many numbers per new text: "
                "extended(texts, edges, features=...)."
            )
        return empty
    if empty is None:
        raise GraphFormatError(
            "features are given, and the nodes of this graph have none. Leave them "
            "out, or build the graph with features."
        )
    n_columns = store.n_features
    if matrix.shape[1] != n_columns:
        raise GraphFormatError(
            f"features has {matrix.shape[1]} columns and those of the graph have "
            f"{n_columns}. Give the same columns, in the same order."
        )
    if not np.issubdtype(empty.dtype, np.floating):
        return matrix.astype(np.result_type(empty, matrix), copy=False)
    with np.errstate(over="ignore"):
        fitting = matrix.astype(empty.dtype, copy=False)
    if not np.isfinite(fitting).all():
        row, column = np.argwhere(~np.isfinite(fitting))[0]
        raise GraphFormatError(
            f"features[{row}, {column}] is {matrix[row, column]}, which is too large "
            f"for the graph's features of {empty.dtype}. Divide it by what the graph's "
            "were divided by, or build the graph with float64."
        )
    return fitting
