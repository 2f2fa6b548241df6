"""Links between positions: cleaned, counted and kept as a sparse pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.other_graphs import conversion_of

__all__ = ["LinkReport", "build_links", "locate_edges"]


@dataclass(frozen=True)
class LinkReport:
    """What was found, and mended, in the edges a user gave.

    Parameters
    ----------
    n_links : int
        Links kept; an undirected one counts once.
    self_loops : int
        Edges from a node to itself, left out.
    duplicate_links : int
        Edges given more than once, merged into one.
    isolated_nodes : int
        Nodes without a link.
    """

    n_links: int
    self_loops: int
    duplicate_links: int
    isolated_nodes: int


def locate_edges(
    edges: Iterable[Any], node_ids: NodeIds, by_id: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turn pairs of ids into pairs of positions.

    Parameters
    ----------
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Ids of the two ends.
    node_ids : NodeIds
        The ids of the graph.
    by_id : bool
        Whether the user named the nodes; it only changes what an error advises.

    Returns
    -------
    sources : ndarray of int64 of shape (n_edges,)
        Positions of the one end.
    targets : ndarray of int64 of shape (n_edges,)
        Positions of the other.

    Raises
    ------
    GraphFormatError
        For something that is no pair, or an end that is no node; names the
        first edge at fault.
    """
    sources, targets = _two_columns(edges)
    located = [node_ids.positions(ends) for ends in (sources, targets)]
    unknown = (located[0] < 0) | (located[1] < 0)
    if unknown.any():
        edge = int(np.argmax(unknown))
        end = (sources if located[0][edge] < 0 else targets)[edge]
        pair = f"({_plain(sources[edge])!r}, {_plain(targets[edge])!r})"
        if by_id:
            remedy = (
                f"not among the node_ids (their type is {node_ids.kind}, this one "
                f"is {type(_plain(end)).__name__}). Add that node with its text, or "
                "leave the edge out."
            )
        else:
            remedy = (
                f"not a position between 0 and {len(node_ids) - 1}. Without node_ids, "
                "edges are pairs of positions; pass node_ids= to link by id."
            )
        raise GraphFormatError(
            f"Edge {edge} {pair} names a node {_plain(end)!r} that does not exist: it "
            f"is {remedy}"
        )
    return located[0], located[1]


def build_links(
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    n_nodes: int,
    directed: bool,
    both_ways: bool = False,
) -> tuple[csr_array, LinkReport]:
    """Merge double edges, drop self-loops and build the sparse pattern.

    Parameters
    ----------
    sources, targets : ndarray of int64 of shape (n_edges,)
        Positions of the two ends.
    n_nodes : int
        Number of nodes.
    directed : bool
        Whether ``(u, v)`` and ``(v, u)`` are different links.
    both_ways : bool, default=False
        Whether the source stores each undirected link once per direction, as
        sparse matrices do; such a pair is then no double edge.

    Returns
    -------
    pattern : csr_array of shape (n_nodes, n_nodes), dtype int8
        1 at ``[u, v]`` for a link from u to v; symmetric unless directed.
    report : LinkReport
        What was mended.
    """
    proper = sources != targets
    # Half the width where it is enough: for a while links are held several times over.
    dtype = np.int32 if n_nodes < 2**31 else np.int64
    u, v = (ends.astype(dtype)[proper] for ends in (sources, targets))
    n_proper = len(u)
    if directed:
        pattern, n_links = _pattern(u, v, n_nodes)
        duplicates = n_proper - n_links
    else:
        given = _pattern(u, v, n_nodes)[1] if both_ways else None
        half, n_links = _pattern(np.minimum(u, v), np.maximum(u, v), n_nodes)
        del u, v
        pattern = half + half.T.tocsr()
        duplicates = n_proper - (n_links if given is None else given)
    pattern.sort_indices()
    degrees = np.bincount(pattern.indices, minlength=n_nodes) + np.diff(pattern.indptr)
    report = LinkReport(
        n_links=n_links,
        self_loops=len(sources) - n_proper,
        duplicate_links=int(duplicates),
        isolated_nodes=int((degrees == 0).sum()),
    )
    return pattern, report


def _pattern(
    rows: NDArray[np.integer], columns: NDArray[np.integer], n_nodes: int
) -> tuple[csr_array, int]:
    # A link given 256 times adds up to 0 in a byte; its place is kept all the same.
    ones = np.ones(len(rows), dtype=np.int8)
    merged = coo_array((ones, (rows, columns)), shape=(n_nodes, n_nodes)).tocsr()
    merged.data = np.ones(merged.nnz, dtype=np.int8)
    return merged, int(merged.nnz)


def _two_columns(edges: Iterable[Any]) -> tuple[Any, Any]:
    conversion = None if isinstance(edges, list | tuple) else conversion_of(edges)
    if hasattr(edges, "columns"):
        conversion = "edges=frame[['source', 'target']].to_numpy()"
    if conversion and not isinstance(edges, np.ndarray):
        raise GraphFormatError(
            f"edges is of type {type(edges).__name__}, not pairs of nodes. Write "
            f"{conversion}."
        )
    if not isinstance(edges, np.ndarray):
        edges = list(edges)
        if all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in edges):
            columns = [[pair[side] for pair in edges] for side in (0, 1)]
            sources, targets = (_integers_or_list(column) for column in columns)
            return sources, targets
        for place, pair in enumerate(edges):
            if isinstance(pair, str) or not hasattr(pair, "__len__") or len(pair) != 2:
                raise GraphFormatError(
                    f"Edge {place} is {_describe(pair)}, not a pair of nodes. edges "
                    "must be pairs such as [('a', 'b'), ('b', 'c')]."
                )
        return [pair[0] for pair in edges], [pair[1] for pair in edges]
    if edges.size == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if edges.ndim != 2 or edges.shape[1] != 2:
        remedy = ""
        if edges.ndim == 2 and len(edges) == 2:
            remedy = " Transpose it: edges.T."
        elif edges.ndim == 2 and len(edges) == edges.shape[1]:
            remedy = " For an adjacency matrix write TextGraph.from_scipy."
        raise GraphFormatError(
            f"edges must have shape (n_edges, 2); got {edges.shape}.{remedy}"
        )
    return edges[:, 0], edges[:, 1]


def _integers_or_list(values: list[Any]) -> Any:
    # One array look-up instead of a million dictionary look-ups; bool is no int here.
    if all(type(value) is int and -(2**63) <= value < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    return values


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _describe(value: Any) -> str:
    return (
        f"a {type(value).__name__} of {len(value)} entries"
        if hasattr(value, "__len__")
        else repr(value)
    )
