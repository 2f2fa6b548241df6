"""From and to what other libraries call a graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import entries
from sklearn_tagkd.graph.extension import ExtendedStore
from sklearn_tagkd.graph.pyg_data import find_links, find_texts, given_size
from sklearn_tagkd.graph.store import GraphStore, build_store
from sklearn_tagkd.graph.tables import check_names, check_tables, column, has_column

__all__ = ["GraphConversion"]

_WEIGHT = "weight"  # of a table that need not have it


class GraphConversion(ABC):
    """The constructors that read other libraries' graphs, and the way back."""

    @classmethod
    @abstractmethod
    def _from_store(cls, store: GraphStore) -> Self: ...

    @classmethod
    def from_pandas(
        cls,
        nodes: Any,
        edges: Any,
        *,
        text: str = "text",
        node_id: str | None = "node",
        source: str = "source",
        target: str = "target",
        weight: str | None = "weight",
        features: list[str] | None = None,
        directed: bool = False,
    ) -> Self:
        """Build a graph from a table of nodes and a table of links.

        Parameters
        ----------
        nodes : DataFrame
            One row per node.
        edges : DataFrame
            One row per link.
        text, node_id : str, default='text', 'node'
            Columns of ``nodes``; ``node_id=None`` takes its index.
        source, target : str, default='source', 'target'
            Columns of ``edges`` that hold ids.
        weight : str, default='weight'
            Column of ``edges`` that holds weights, where it has one of that name;
            None takes none.
        features : list of str, default=None
            Numeric columns of ``nodes``.
        directed : bool, default=False
            Whether a link goes one way.

        Returns
        -------
        TextGraph
            All nodes.

        Raises
        ------
        GraphFormatError
            If a column is missing, or as the constructor does.
        """
        check_tables(nodes, edges, features)
        ends = [column(edges, "edges", name).tolist() for name in (source, target)]
        ids = nodes.index if node_id is None else column(nodes, "nodes", node_id)
        weights = None
        if weight is not None and (weight != _WEIGHT or has_column(edges, weight)):
            weights = column(edges, "edges", weight)
        for name in features or []:
            column(nodes, "nodes", name)
        store = build_store(
            texts=column(nodes, "nodes", text).tolist(),
            edges=list(zip(*ends, strict=True)),
            node_ids=ids.tolist(),
            features=nodes[list(features)] if features else None,
            directed=directed,
            weights=weights,
        )
        return cls._from_store(store)

    @classmethod
    def from_networkx(
        cls,
        graph: Any,
        *,
        text: str = "text",
        weight: str | None = "weight",
        features: list[str] | None = None,
        directed: bool | None = None,
    ) -> Self:
        """Build a graph from a networkx graph whose nodes bear a text attribute.

        Parameters
        ----------
        graph : networkx graph
            Its node keys become the ids; keys of parallel edges are not used.
        text : str, default='text'
            Node attribute that holds the text.
        weight : str, default='weight'
            Edge attribute that holds weights, where any edge has it; an edge without
            it weighs 1, as in networkx. None takes none.
        features : list of str, default=None
            Numeric node attributes.
        directed : bool, default=None
            Whether a link goes one way; None asks ``graph.is_directed()``.

        Returns
        -------
        TextGraph
            All nodes.

        Raises
        ------
        GraphFormatError
            If a node lacks an attribute, or as the constructor does.
        """
        if not (hasattr(graph, "nodes") and hasattr(graph, "is_directed")):
            raise GraphFormatError(
                f"graph must be a networkx graph; got {type(graph).__name__}. Of pairs "
                "of nodes and a list of texts make TextGraph(texts, edges)."
            )
        check_names(features)
        nodes = list(graph.nodes(data=True))
        for key, attributes in nodes:
            for name in [text, *(features or [])]:
                if name not in attributes:
                    raise GraphFormatError(
                        f"Node {key!r} has no attribute {name!r}; it has "
                        f"{sorted(map(str, attributes))}. Set it on every node, or "
                        "name another with text= or features=."
                    )
        if directed and not graph.is_directed():
            graph = graph.to_directed(as_view=True)  # then a link goes both ways
        edges = list(graph.edges(data=True))
        is_weighted = weight is not None and any(weight in e for *_, e in edges)
        columns: list[Any] = [[a[name] for name in features or []] for _, a in nodes]
        store = build_store(
            texts=[attributes[text] for _, attributes in nodes],
            edges=[(source, target) for source, target, _ in edges],
            node_ids=[key for key, _ in nodes],
            features=columns if features else None,
            directed=graph.is_directed() if directed is None else directed,
            weights=[e.get(weight, 1) for *_, e in edges] if is_weighted else None,
        )
        return cls._from_store(store)

    @classmethod
    def from_scipy(
        cls,
        texts: Iterable[str] | None,
        adjacency: Any,
        node_ids: Iterable[Hashable] | None = None,
        features: Any = None,
        *,
        directed: bool = False,
    ) -> Self:
        """Build a graph from a sparse adjacency matrix.

        Parameters
        ----------
        texts : iterable of str, or None
            One text per row.
        adjacency : sparse matrix or array of shape (n_nodes, n_nodes)
            Anything but 0 at ``[u, v]`` links u to v and is the link's weight; where
            all are 1, links have none.
        node_ids : iterable of hashable, default=None
            One id per row.
        features : array-like of shape (n_nodes, n_features), default=None
            Numeric columns beside the text.
        directed : bool, default=False
            Whether a link goes one way; if not, one triangle is enough, and of two
            weights that differ the greater counts.

        Returns
        -------
        TextGraph
            All nodes.

        Raises
        ------
        GraphFormatError
            If the matrix is dense or not square, or as the constructor does.
        """
        if not issparse(adjacency):
            raise GraphFormatError(
                "adjacency must be a scipy sparse matrix; got "
                f"{type(adjacency).__name__}. Wrap a dense one: "
                "scipy.sparse.csr_array(adjacency)."
            )
        if texts is not None:
            texts = list(entries(texts, "texts", "text per node"))
        n_rows, n_columns = adjacency.shape
        expected = n_rows if texts is None else len(texts)
        if n_rows != n_columns or n_rows != expected:
            raise GraphFormatError(
                f"adjacency has shape {adjacency.shape}; it must be square with one "
                f"row per text, of which there are {expected}."
            )
        cells = adjacency.tocsr(copy=True)
        cells.sum_duplicates()
        cells = cells.tocoo()
        filled = cells.data != 0
        sources, targets, values = (
            of_cell[filled] for of_cell in (cells.row, cells.col, cells.data)
        )
        is_plain = (values[sources != targets] == 1).all()
        store = build_store(
            texts,
            np.column_stack([sources, targets]),
            node_ids,
            features,
            directed,
            matrix_form=True,
            weights=None if is_plain else values,
        )
        return cls._from_store(store)

    @classmethod
    def from_pyg(
        cls,
        data: Any,
        texts: Iterable[str] | None = None,
        node_ids: Iterable[Hashable] | None = None,
        *,
        directed: bool | None = None,
    ) -> Self:
        """Build a graph from a ``torch_geometric.data.Data``.

        Parameters
        ----------
        data : torch_geometric.data.Data
            ``edge_index`` (or ``adj_t``) gives the links, ``edge_weight`` (where
            present) their weights, ``x`` (where present) the features.
        texts : iterable of str, default=None
            One text per node; None takes ``data.text``, ``texts``, ``raw_text``,
            ``raw_texts``, ``node_text`` or ``node_texts``, or ``title`` and
            ``abstract`` (``abs``), one line each.
        node_ids : iterable of hashable, default=None
            One id per node; None takes ``data.node_ids`` where present.
        directed : bool, default=None
            Whether a link goes one way. None goes by the links, as
            ``data.is_directed()`` does: they do unless each of them is there in both
            directions, with the same weight.

        Returns
        -------
        TextGraph
            All nodes. ``data.y`` is left behind, since labels are not part of a
            graph, and so are ``edge_attr`` and types of edges.

        Raises
        ------
        GraphFormatError
            If links, or both texts and features, are missing, or as the
            constructor does.
        """
        links = find_links(data)
        texts = find_texts(data) if texts is None else texts
        if texts is not None:
            texts = list(entries(texts, "texts", "text per node"))
            expected = given_size(data)
            if expected not in (None, len(texts)):
                raise GraphFormatError(
                    f"There are {len(texts)} texts, and the Data has num_nodes="
                    f"{expected}. Give exactly one text per node, '' for one without."
                )
        store = build_store(
            texts=texts,
            edges=links.edges,
            node_ids=getattr(data, "node_ids", None) if node_ids is None else node_ids,
            features=getattr(data, "x", None),
            directed=links.go_one_way() if directed is None else directed,
            matrix_form=True,
            weights=links.weights,
        )
        return cls._from_store(store)

    def to_pyg(self) -> Any:
        """Return the selected nodes as a ``torch_geometric.data.Data``.

        Returns
        -------
        torch_geometric.data.Data
            ``text`` (list of str), ``node_ids`` (list), ``edge_index`` (int64, of
            shape (2, n_edges), both directions of an undirected link), ``edge_weight``
            where links have weights, and ``x`` where there are features. Links that
            leave the selection are cut.
        """
        # torch takes seconds to import and most users never call this.
        from sklearn_tagkd.nn.pyg import to_data

        store = self._cut_store()
        links = store.links.tocoo()
        return to_data(
            links.row,
            links.col,
            store.features,
            list(store.texts),
            store.node_ids.take().tolist(),
            links.data if store.weighted else None,
        )

    @abstractmethod
    def _cut_store(self) -> GraphStore | ExtendedStore: ...
