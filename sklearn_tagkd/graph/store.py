"""The immutable parent that every view of a graph shares."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import entries
from sklearn_tagkd.graph.edge_pairs import locate_edges
from sklearn_tagkd.graph.feature_matrix import check_features
from sklearn_tagkd.graph.link_weights import check_weights
from sklearn_tagkd.graph.links import LinkReport, build_links
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["GraphStore", "build_store"]


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

    def induced(self, positions: NDArray[np.int64]) -> GraphStore:
        """Cut everything but some nodes away.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Nodes to keep, each once.

        Returns
        -------
        GraphStore
            Those nodes in that order, with the links among them.
        """
        links = self.links[positions][:, positions].tocsr()
        links.sort_indices()
        per_node = np.diff(links.indptr)
        if self.directed:
            per_node = per_node + np.bincount(links.indices, minlength=len(positions))
        return GraphStore(
            texts=PackedStrings.pack(self.texts.take(positions)),
            node_ids=NodeIds.from_user(self.node_ids.take(positions), len(positions)),
            links=links,
            features=None if self.features is None else self.features[positions],
            directed=self.directed,
            report=LinkReport(
                n_links=links.nnz if self.directed else links.nnz // 2,
                self_loops=0,
                duplicate_links=0,
                isolated_nodes=int((per_node == 0).sum()),
            ),
        )


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
    if texts is None:
        if matrix is None:
            raise GraphFormatError("Give texts, features, or both; both are None.")
        texts = [""] * len(matrix)
    elif isinstance(texts, Mapping):
        raise GraphFormatError(
            f"texts must hold one text per node; of a {type(texts).__name__} only the "
            "keys would be taken. Give its values."
        )
    texts = list(entries(texts, "texts", "text per node"))
    if not texts:
        raise GraphFormatError("The graph has no node: texts is empty.")
    ids = NodeIds.from_user(node_ids, len(texts))
    packed = _pack_texts(texts, ids)
    if matrix is not None and len(matrix) != len(texts):
        raise GraphFormatError(
            f"features has {len(matrix)} rows but there are {len(texts)} texts. "
            "Give exactly one row per text, in the same order."
        )
    by_id = node_ids is not None and not matrix_form
    names = ids if by_id else NodeIds.from_user(None, len(texts))
    if weights is not None and isinstance(edges, set | frozenset):
        raise GraphFormatError(
            f"edges is a {type(edges).__name__}, which has no order: nobody can tell "
            "which weight is whose. Give edges as a list, or an array."
        )
    sources, targets = locate_edges(edges, names, by_id)
    if weights is not None:
        weights = check_weights(weights, len(sources))
    links, report = build_links(
        sources, targets, len(texts), directed, matrix_form, weights
    )
    return GraphStore(packed, ids, links, matrix, directed, report)


def _pack_texts(texts: list[Any], ids: NodeIds) -> PackedStrings:
    for place, text in enumerate(texts):
        if isinstance(text, str):
            continue
        whose = f"texts[{place}] (node {_name(ids, place)})"
        if is_missing(text):
            raise GraphFormatError(
                f"{whose} is missing: {text!r}. Give '' for a node without a text; "
                "of a column of a table: texts.fillna('')."
            )
        found = repr(text) if isinstance(text, float) else type(text).__name__
        raise GraphFormatError(
            f"{whose} is not a text but {found}. Convert it, or give '' for a node "
            "without a text."
        )
    try:
        return PackedStrings.pack(texts)
    except UnicodeEncodeError:
        # Raised anew, without its cause: that one carries the text itself.
        place = next(i for i, text in enumerate(texts) if not _is_unicode(text))
    raise GraphFormatError(
        f"texts[{place}] (node {_name(ids, place)}) holds a lone surrogate and so is "
        "no valid Unicode. Clean it: text.encode('utf-8', 'replace').decode()."
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(ids: NodeIds, place: int) -> str:
    identity = ids.take(np.array([place]))[0]
    return repr(identity.item() if isinstance(identity, np.generic) else identity)
