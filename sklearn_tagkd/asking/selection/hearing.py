"""What nodes hear along their links, for a map: in memory, or columns by columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.link_blocks import both_ways, link_blocks
from sklearn_tagkd.graph.stored import BUILT, StoredGraph
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from sklearn_tagkd.utils.nameless_files import nameless_rows

__all__ = ["empty_rows", "hearing"]

_N_HOPS, _TELEPORT = 10, 0.1

Rows = NDArray[np.float32]


def hearing(graph: TextGraph) -> Callable[[Rows], Rows]:
    """Return what tells what nodes hear.

    Parameters
    ----------
    graph : TextGraph
        Any view. Links go both ways, and to oneself.

    Returns
    -------
    callable
        From rows of all nodes to rows of as many, of any length. Of a graph that is
        gone through by parts they lie in a file.
    """
    store = graph.by_parts
    if store is not None:
        return lambda own: _hear_by_columns(graph, store, own)
    links = _normalised(graph)

    def hear(own: Rows) -> Rows:
        heard = own
        for _ in range(_N_HOPS):
            heard = (1 - _TELEPORT) * (links @ heard) + _TELEPORT * own
        return heard

    return hear


def empty_rows(shape: tuple[int, int], store: StoredGraph | None) -> Rows:
    """Return rows to be filled.

    Parameters
    ----------
    shape : tuple of int
        Of the rows.
    store : StoredGraph or None
        A graph that is gone through by parts: they lie in a file. None is in memory.

    Returns
    -------
    ndarray of float32
        Of that shape.
    """
    if store is None:
        return np.empty(shape, dtype=np.float32)
    return nameless_rows(store.folder / BUILT, shape)


def _normalised(graph: TextGraph) -> csr_array:
    """Return links in both directions, and to oneself, by the roots of the degrees."""
    links: csr_array = graph.adjacency.astype(np.float32)
    if graph.directed:
        links = (links + links.T).tocsr()
    links = links + diags_array(np.ones(links.shape[0], dtype=np.float32))
    root = 1 / np.sqrt(np.asarray(links.sum(axis=1)).ravel())
    scale = diags_array(root.astype(np.float32))
    return (scale @ links @ scale).tocsr()


def _hear_by_columns(graph: TextGraph, store: StoredGraph, own: Rows) -> Rows:
    """Hear as many columns at a time as memory holds, links read anew at each step."""
    n_nodes, n_columns = own.shape
    assert store.max_memory is not None  # it is gone through by parts
    free = store.max_memory - PROCESS_BYTES - 8 * n_nodes
    width = free // (8 * n_nodes)  # at least 1, else it would not have been opened
    either = both_ways(graph)
    root = np.empty(n_nodes, dtype=np.float32)
    for nodes, block in _blocks(either):
        root[nodes] = 1 / np.sqrt(np.asarray(block.sum(axis=1)).ravel())
    result = empty_rows(own.shape, store)
    for start in range(0, n_columns, width):
        columns = slice(start, min(start + width, n_columns))
        heard = np.array(own[:, columns], order="C")  # a copy: it is written to
        new = np.empty_like(heard)
        for _ in range(_N_HOPS):
            for nodes, block in _blocks(either):
                block.data *= np.repeat(root[nodes], np.diff(block.indptr))
                block.data *= root[block.indices]
                new[nodes] = (1 - _TELEPORT) * (block @ heard)
                new[nodes] += np.float32(_TELEPORT) * own[nodes, columns]
            heard, new = new, heard
        result[:, columns] = heard
    return result


def _blocks(either: list[csr_array]) -> Iterator[tuple[slice, csr_array]]:
    """Read links of some nodes at a time, both ways and to themselves."""
    for parts in zip(
        *(link_blocks(links, np.float32) for links in either), strict=True
    ):
        nodes, block = parts[0]
        for _, other in parts[1:]:
            block = block + other
        own = eye_array(*block.shape, k=nodes.start, dtype=np.float32, format="csr")
        yield nodes, block + own
