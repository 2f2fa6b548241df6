"""What nodes hear along their links, for a map: links held, or read by parts.

Numbers are added up as SciPy does, and texts are not to be embedded: the propagation of
networks would choose other nodes where their last bits decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.link_blocks import both_ways, link_blocks
from sklearn_tagkd.graph.stored import BUILT, StoredGraph
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from sklearn_tagkd.utils.nameless_files import nameless_rows

__all__ = ["hearing", "new_rows"]

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
    store, either = graph.by_parts, both_ways(graph)
    root = np.empty(len(graph.parent), dtype=np.float32)
    for nodes, block in _both_and_own(either):
        root[nodes] = 1 / np.sqrt(np.asarray(block.sum(axis=1)).ravel())
    kept = None if store is not None else list(_normalised(either, root))

    def hear(own: Rows) -> Rows:
        result = new_rows(own.shape, store)
        for columns in _columns(own.shape, store):
            heard = np.array(own[:, columns], order="C")  # a copy: it is written to
            new = np.empty_like(heard)
            for _ in range(_N_HOPS):
                # Where links are not held, they are read anew at every step.
                for nodes, block in kept or _normalised(either, root):
                    new[nodes] = (1 - _TELEPORT) * (block @ heard)
                    new[nodes] += np.float32(_TELEPORT) * own[nodes, columns]
                heard, new = new, heard
            result[:, columns] = heard
        return result

    return hear


def new_rows(shape: tuple[int, ...], store: StoredGraph | None) -> Rows:
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
    if store is None or 0 in shape:
        return np.empty(shape, dtype=np.float32)
    return nameless_rows(store.folder / BUILT, shape)


def _columns(shape: tuple[int, ...], store: StoredGraph | None) -> Iterator[slice]:
    """Tell which columns go through at a time: all, or as many as memory holds."""
    n_nodes, n_columns = shape
    width = max(1, n_columns)  # texts may have no words
    if store is not None and store.max_memory is not None:
        free = store.max_memory - PROCESS_BYTES - 8 * n_nodes
        width = free // (8 * n_nodes)  # at least 1, else it would not have been opened
    for start in range(0, n_columns, width):
        yield slice(start, min(start + width, n_columns))


def _normalised(
    either: list[csr_array], root: NDArray[np.float32]
) -> Iterator[tuple[slice, csr_array]]:
    """Give links by some nodes at a time, weighed by the roots of the degrees."""
    for nodes, block in _both_and_own(either):
        block.data *= np.repeat(root[nodes], np.diff(block.indptr))
        block.data *= root[block.indices]
        yield nodes, block


def _both_and_own(either: list[csr_array]) -> Iterator[tuple[slice, csr_array]]:
    """Read links of some nodes at a time, both ways and to themselves."""
    for parts in zip(
        *(link_blocks(links, np.float32) for links in either), strict=True
    ):
        nodes, block = parts[0]
        for _, other in parts[1:]:
            block = block + other
        own = eye_array(*block.shape, k=nodes.start, dtype=np.float32, format="csr")
        yield nodes, block + own
