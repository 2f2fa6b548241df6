"""Edges as users write them: pairs of ids become pairs of positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import as_numpy, is_tensor
from sklearn_tagkd.graph.other_graphs import conversion_of
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["Places", "locate_edges"]


class Places(Protocol):
    """Ids that can be looked up."""

    def __len__(self) -> int: ...

    @property
    def kind(self) -> str:
        """What an id is: ``'str'``, ``'int'`` or ``'object'``."""

    def positions(self, ids: Any) -> NDArray[np.int64]:
        """Return where ids stand.

        Parameters
        ----------
        ids : sequence of hashable of length n
            Ids to look up, known or not.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 for an id that no node bears.
        """


def locate_edges(
    edges: Iterable[Any], node_ids: Places, by_id: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turn pairs of ids into pairs of positions.

    Parameters
    ----------
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Ids of the two ends.
    node_ids : Places
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
        if is_missing(end):
            raise GraphFormatError(
                f"Edge {edge} {pair} names a node {_plain(end)!r}, which is none: "
                "the edge has but one end. Leave it out; of a table: edges.dropna()."
            )
        if by_id:
            kind = type(_plain(end)).__name__
            types = f" (their type is {node_ids.kind}, this one is {kind})"
            remedy = (
                f"not among the node_ids{types if kind != node_ids.kind else ''}. Add "
                "that node with its text, or leave the edge out."
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


def _two_columns(edges: Any) -> tuple[Any, Any]:
    _refuse_no_pairs(edges)
    edges = as_numpy(edges)
    if isinstance(edges, np.ndarray) and not (edges.dtype == object and edges.ndim < 2):
        return _columns_of_array(edges)
    try:
        pairs = list(edges)
    except TypeError:
        raise GraphFormatError(
            f"edges is of type {type(edges).__name__}, not pairs of nodes. {_PAIRS}"
        ) from None
    for place, pair in enumerate(pairs):
        if not _is_pair(pair):
            raise GraphFormatError(
                f"Edge {place} is {_describe(pair)}, {_advice(pair)}"
            )
    ends: list[list[Any]] = [[], []]
    for first, second in pairs:
        ends[0].append(first)
        ends[1].append(second)
    return _integers_or_list(ends[0]), _integers_or_list(ends[1])


_PAIRS = "edges must be pairs such as [('a', 'b'), ('b', 'c')]."


def _refuse_no_pairs(edges: Any) -> None:
    """Refuse what other libraries call links, with the way to pairs."""
    if edges is None:
        raise GraphFormatError(
            "edges is None. Give pairs of nodes; [] for a graph without links."
        )
    if isinstance(edges, str | bytes):
        raise GraphFormatError(
            f"edges is one {type(edges).__name__}, not pairs of nodes. {_PAIRS}"
        )
    conversion = None
    if isinstance(edges, Mapping) and not isinstance(edges, Set):  # as networkx has it
        conversion = "edges=[(u, v) for u, ends in edges.items() for v in ends]"
    elif hasattr(edges, "columns"):
        conversion = "edges=frame[['source', 'target']].to_numpy()"
    elif not isinstance(edges, list | tuple | np.ndarray):
        conversion = conversion_of(edges)
    if conversion:
        raise GraphFormatError(
            f"edges is of type {type(edges).__name__}, not pairs of nodes. Write "
            f"{conversion}."
        )


def _columns_of_array(edges: NDArray[Any]) -> tuple[Any, Any]:
    if edges.size == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if edges.ndim != 2 or edges.shape[1] != 2:
        remedy = ""
        if edges.ndim == 2 and len(edges) == 2:
            remedy = " Transpose it: edges.T."
        elif edges.ndim == 2 and len(edges) == edges.shape[1]:
            remedy = f" {_ADJACENCY}"
        elif edges.ndim == 2 and edges.shape[1] == 3:
            remedy = f" {_WEIGHTS}"
        raise GraphFormatError(
            f"edges must have shape (n_edges, 2); got {edges.shape}.{remedy}"
        )
    if edges.dtype == bool:
        raise GraphFormatError(f"edges is an array of bool, not of nodes. {_ADJACENCY}")
    if isinstance(edges, np.ma.MaskedArray) and np.ma.is_masked(edges):
        raise GraphFormatError(
            "edges is masked in some places. Leave out what has no two ends: "
            "np.ma.compress_rows(edges)."
        )
    return edges[:, 0], edges[:, 1]


_ADJACENCY = (
    "For an adjacency matrix write TextGraph.from_scipy(texts, csr_array(adjacency))."
)
_WEIGHTS = "Weights go beside them: weights=[w for _, _, w in edges]."


def _is_pair(pair: Any) -> bool:
    if isinstance(pair, list | tuple):
        return len(pair) == 2
    # Letters of a text, numbers of bytes, keys: two of them are no ends of an edge.
    no_pair = isinstance(pair, str | bytes | Mapping | set | frozenset)
    return not no_pair and hasattr(pair, "__len__") and np.shape(pair) == (2,)


def _advice(pair: Any) -> str:
    if isinstance(pair, set | frozenset):
        return (
            "which has no first and no second node. Write "
            "edges=[tuple(edge) for edge in edges]."
        )
    if isinstance(pair, list | tuple) and len(pair) == 3:
        return f"not a pair of nodes. {_WEIGHTS}"
    return f"not a pair of nodes. {_PAIRS}"


def _integers_or_list(values: list[Any]) -> Any:
    # One array look-up instead of a million dictionary look-ups; bool is no int here.
    if all(type(value) is int and -(2**63) <= value < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    return values


def _plain(value: Any) -> Any:
    is_scalar = isinstance(value, np.generic) or is_tensor(value)
    return value.item() if is_scalar else value


def _describe(value: Any) -> str:
    return (
        f"a {type(value).__name__} of {len(value)} entries"
        if hasattr(value, "__len__")
        else repr(value)
    )
