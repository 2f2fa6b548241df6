"""Links some nodes at a time: none of a graph in a folder is held."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import csr_array

from sklearn_tagkd.graph.stored import received_links
from sklearn_tagkd.graph.text_graph import TextGraph
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["both_ways", "link_blocks"]


def both_ways(graph: TextGraph) -> list[csr_array]:
    """Return the links of a graph by either end.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    list of csr_array of shape (n_parent_nodes, n_parent_nodes)
        By who sends; of a directed graph also by who receives. Those of a graph in a
        folder are mapped.
    """
    links = graph.adjacency
    if not graph.directed:
        return [links]
    store = graph.stored
    return [links, links.T.tocsr() if store is None else received_links(store)]


def link_blocks(
    links: csr_array, dtype: DTypeLike
) -> Iterator[tuple[slice, csr_array]]:
    """Read links some rows at a time.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        Mapped or not.
    dtype : dtype
        Of the weights that are given.

    Yields
    ------
    nodes : slice
        Rows next to one another.
    block : csr_array of shape (n_some, n_nodes)
        Their links.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.graph.link_blocks import link_blocks
    >>> graph = TextGraph(["a", "b"], [(0, 1)])
    >>> [(nodes, block.nnz) for nodes, block in link_blocks(graph.adjacency, "f4")]
    [(slice(0, 2, None), 2)]
    """
    n_nodes = links.shape[0]
    for block in row_blocks(n_nodes):
        nodes = slice(block.start, min(block.stop, n_nodes))
        starts = links.indptr[nodes.start : nodes.stop + 1]
        cells = slice(starts[0], starts[-1])
        some = csr_array(
            (
                np.asarray(links.data[cells], dtype=dtype),
                links.indices[cells],
                starts - starts[0],
            ),
            shape=(len(starts) - 1, links.shape[1]),
        )
        some.has_sorted_indices = some.has_canonical_format = True
        yield nodes, some
