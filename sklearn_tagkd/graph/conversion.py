"""From and to what other libraries call a graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.store import GraphStore, build_store

__all__ = ["GraphConversion"]


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
        wanted = [text, *([] if node_id is None else [node_id]), *(features or [])]
        for name, frame, columns in [
            ("nodes", nodes, wanted),
            ("edges", edges, [source, target]),
        ]:
            for column in columns:
                if column not in frame.columns:
                    raise GraphFormatError(
                        f"{name} has no column {column!r}; it has "
                        f"{list(frame.columns)}. Name the right one with text=, "
                        "node_id=, source=, target= or features=."
                    )
        ends = (edges[source].tolist(), edges[target].tolist())
        store = build_store(
            texts=nodes[text].tolist(),
            edges=list(zip(*ends, strict=True)),
            node_ids=(nodes.index if node_id is None else nodes[node_id]).tolist(),
            features=None if features is None else nodes[features].to_numpy(),
            directed=directed,
        )
        return cls._from_store(store)

    @classmethod
    def from_networkx(
        cls,
        graph: Any,
        *,
        text: str = "text",
        features: list[str] | None = None,
        directed: bool = False,
    ) -> Self:
        """Build a graph from a networkx graph whose nodes bear a text attribute.

        Parameters
        ----------
        graph : networkx graph
            Its node keys become the ids; weights and keys of edges are not used.
        text : str, default='text'
            Node attribute that holds the text.
        features : list of str, default=None
            Numeric node attributes.
        directed : bool, default=False
            Whether a link goes one way.

        Returns
        -------
        TextGraph
            All nodes.

        Raises
        ------
        GraphFormatError
            If a node lacks an attribute, or as the constructor does.
        """
        nodes = list(graph.nodes(data=True))
        for key, attributes in nodes:
            for name in [text, *(features or [])]:
                if name not in attributes:
                    raise GraphFormatError(
                        f"Node {key!r} has no attribute {name!r}; it has "
                        f"{sorted(map(str, attributes))}. Set it on every node, or "
                        "name another with text= or features=."
                    )
        columns: list[Any] = [[a[name] for name in features or []] for _, a in nodes]
        store = build_store(
            texts=[attributes[text] for _, attributes in nodes],
            edges=list(graph.edges()),
            node_ids=[key for key, _ in nodes],
            features=columns if features else None,
            directed=directed,
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
            Anything but 0 at ``[u, v]`` links u to v; the values are not used.
        node_ids : iterable of hashable, default=None
            One id per row.
        features : array-like of shape (n_nodes, n_features), default=None
            Numeric columns beside the text.
        directed : bool, default=False
            Whether a link goes one way; if not, one triangle is enough.

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
        texts = texts if texts is None else list(texts)
        n_rows, n_columns = adjacency.shape
        expected = n_rows if texts is None else len(texts)
        if n_rows != n_columns or n_rows != expected:
            raise GraphFormatError(
                f"adjacency has shape {adjacency.shape}; it must be square with one "
                f"row per text, of which there are {expected}."
            )
        cells = adjacency.tocoo()
        filled = cells.data != 0
        edges = np.column_stack([cells.row[filled], cells.col[filled]])
        store = build_store(
            texts, edges, node_ids, features, directed, matrix_form=True
        )
        return cls._from_store(store)

    @classmethod
    def from_pyg(
        cls,
        data: Any,
        texts: Iterable[str] | None = None,
        node_ids: Iterable[Hashable] | None = None,
        *,
        directed: bool = False,
    ) -> Self:
        """Build a graph from a ``torch_geometric.data.Data``.

        Parameters
        ----------
        data : torch_geometric.data.Data
            ``edge_index`` gives the links, ``x`` (where present) the features.
        texts : iterable of str, default=None
            One text per node; None takes ``data.text`` or ``data.raw_texts``.
        node_ids : iterable of hashable, default=None
            One id per node; None takes ``data.node_ids`` where present.
        directed : bool, default=False
            Whether a link goes one way.

        Returns
        -------
        TextGraph
            All nodes. ``data.y`` is left behind: labels are not part of a graph.

        Raises
        ------
        GraphFormatError
            If links, or both texts and features, are missing, or as the
            constructor does.
        """
        # Known by its attributes, not its type: torch need not be loaded here.
        if getattr(data, "edge_index", None) is None:
            raise GraphFormatError(
                f"{type(data).__name__} has no edge_index. Give a homogeneous "
                "torch_geometric.data.Data (a heterogeneous one: "
                "data.to_homogeneous())."
            )
        x = getattr(data, "x", None)
        if texts is None:
            texts = getattr(data, "text", None) or getattr(data, "raw_texts", None)
        if texts is None and x is None:
            raise GraphFormatError(
                "The Data has no text, no raw_texts and no x. Pass texts=, one per "
                "node."
            )
        store = build_store(
            texts=texts,
            edges=data.edge_index.detach().cpu().numpy().T,
            node_ids=getattr(data, "node_ids", None) if node_ids is None else node_ids,
            features=None if x is None else x.detach().cpu().numpy(),
            directed=directed,
            matrix_form=True,
        )
        return cls._from_store(store)

    def to_pyg(self) -> Any:
        """Return the selected nodes as a ``torch_geometric.data.Data``.

        Returns
        -------
        torch_geometric.data.Data
            ``text`` (list of str), ``node_ids`` (list), ``edge_index`` (int64, of
            shape (2, n_edges), both directions of an undirected link), and ``x``
            where there are features. Links that leave the selection are cut.
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
        )

    @abstractmethod
    def _cut_store(self) -> GraphStore: ...
