"""The immutable parent that every view of a graph shares."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.feature_matrix import check_features
from sklearn_tagkd.graph.given import list_texts, locate_links, pack_texts
from sklearn_tagkd.graph.links import LinkReport, build_links
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["GraphStore", "build_store", "induced_store"]


@dataclass(frozen=True, eq=False)
class GraphStore:
    """Texts, ids, links and features of all nodes; never changed once built.

    Parameters
    ----------
    texts : PackedStrings
        One text per node.
    node_ids : NodeIds
        One id per node.
    links : csr_array of shape (n_nodes, n_nodes), dtype int8 or float64
        At ``[u, v]``, for a link from u to v, 1 or its weight; symmetric unless
        directed.
    features : ndarray of shape (n_nodes, n_features) or None
        Numeric columns beside the text.
    directed : bool
        Whether links have a direction.
    report : LinkReport
        What was mended in the edges.
    """

    texts: PackedStrings
    node_ids: NodeIds
    links: csr_array
    features: NDArray[Any] | None
    directed: bool
    report: LinkReport

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def weighted(self) -> bool:
        """Whether links have weights."""
        return bool(self.links.dtype == np.float64)

    @property
    def n_links(self) -> int:
        """Number of links; an undirected one counts once."""
        return self.report.n_links

    @property
    def n_features(self) -> int:
        """Number of feature columns, 0 where there are none."""
        return 0 if self.features is None else self.features.shape[1]

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
        return None if self.features is None else self.features[positions]


def build_store(
    texts: Iterable[str] | None,
    edges: Iterable[Any],
    node_ids: Iterable[Hashable] | None,
    features: Any,
    directed: bool,
    matrix_form: bool = False,
    weights: Any = None,
) -> GraphStore:
    """Check what a user gave and build the parent from it.

    Parameters
    ----------
    texts : iterable of str, or None
        One text per node; None where features are all there is.
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Links, by id (by position without ``node_ids``).
    node_ids : iterable of hashable, or None
        One id per node.
    features : array-like of shape (n_nodes, n_features) or None
        Numeric columns beside the text.
    directed : bool
        Whether links have a direction.
    matrix_form : bool, default=False
        Whether ``edges`` are the filled cells of an adjacency matrix: pairs of
        positions even where there are ids, an undirected link once per direction.
    weights : array-like of shape (n_edges,), default=None
        Weights of links; None where all are alike.

    Returns
    -------
    GraphStore
        The parent of all views.

    Raises
    ------
    GraphFormatError
        For anything that does not make a graph; names the first offender.
    """
    matrix = None if features is None else check_features(features)
    texts = list_texts(texts, matrix)
    if not texts:
        raise GraphFormatError("The graph has no node: texts is empty.")
    ids = NodeIds.from_user(node_ids, len(texts))
    packed = pack_texts(texts, ids)
    by_id = node_ids is not None and not matrix_form
    names = ids if by_id else NodeIds.from_user(None, len(texts))
    sources, targets, weights = locate_links(edges, names, by_id, weights)
    links, report = build_links(
        sources, targets, len(texts), directed, matrix_form, weights
    )
    return GraphStore(packed, ids, links, matrix, directed, report)


class AnyStore(Protocol):
    """All nodes of a graph, in whatever form."""

    @property
    def texts(self) -> Strings:
        """One text per node."""

    @property
    def node_ids(self) -> Ids:
        """One id per node."""

    @property
    def links(self) -> csr_array:
        """At ``[u, v]``, for a link from u to v, 1 or its weight."""

    @property
    def directed(self) -> bool:
        """Whether links have a direction."""

    def feature_rows(self, positions: NDArray[np.int64], /) -> NDArray[Any] | None:
        """Return features of some nodes, None where there are none."""


class Strings(Protocol):
    """Strings that some can be taken of."""

    def take(self, indices: Any, /) -> list[str]:
        """Return the strings at some places."""


class Ids(Protocol):
    """Ids that some can be taken of."""

    def take(self, positions: NDArray[np.integer], /) -> NDArray[Any]:
        """Return ids as an array."""


def induced_store(store: AnyStore, positions: NDArray[np.int64]) -> GraphStore:
    """Cut everything but some nodes away.

    Parameters
    ----------
    store : AnyStore
        All nodes.
    positions : ndarray of int64 of shape (n_kept,)
        Nodes to keep, each once.

    Returns
    -------
    GraphStore
        Those nodes in that order, with the links among them.
    """
    links = store.links[positions][:, positions].tocsr()
    links.sort_indices()
    per_node = np.diff(links.indptr)
    if store.directed:
        per_node = per_node + np.bincount(links.indices, minlength=len(positions))
    return GraphStore(
        texts=PackedStrings.pack(store.texts.take(positions)),
        node_ids=NodeIds.from_user(store.node_ids.take(positions), len(positions)),
        links=links,
        features=store.feature_rows(positions),
        directed=store.directed,
        report=LinkReport(
            n_links=links.nnz if store.directed else links.nnz // 2,
            self_loops=0,
            duplicate_links=0,
            isolated_nodes=int((per_node == 0).sum()),
        ),
    )
