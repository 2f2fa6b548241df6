"""Links between positions: cleaned, counted and kept as a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from sklearn_tagkd.graph.link_weights import heaviest

__all__ = ["LinkReport", "build_links"]


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
    weightless_links : int, default=0
        Edges of weight 0, left out.
    """

    n_links: int
    self_loops: int
    duplicate_links: int
    isolated_nodes: int
    weightless_links: int = 0


def build_links(
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    n_nodes: int,
    directed: bool,
    both_ways: bool = False,
    weights: NDArray[np.float64] | None = None,
) -> tuple[csr_array, LinkReport]:
    """Merge double edges, drop self-loops and build the sparse matrix.

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
    weights : ndarray of float64 of shape (n_edges,), default=None
        Checked ones. Of a link's several weights the greatest counts; an edge of
        weight 0 is left out.

    Returns
    -------
    links : csr_array of shape (n_nodes, n_nodes), dtype int8 or float64
        At ``[u, v]``, for a link from u to v, 1 or its weight; symmetric unless
        directed.
    report : LinkReport
        What was mended.
    """
    proper = sources != targets
    n_loops = len(sources) - int(proper.sum())
    if weights is not None:
        proper &= weights > 0
        weights = weights[proper]
    # Half the width where it is enough: for a while links are held several times over.
    dtype = np.int32 if n_nodes < 2**31 else np.int64
    u, v = (ends.astype(dtype)[proper] for ends in (sources, targets))
    n_proper = len(u)
    if directed:
        links, n_links = _merged(u, v, weights, n_nodes)
        duplicates = n_proper - n_links
    else:
        given = _merged(u, v, None, n_nodes)[1] if both_ways else None
        ends = np.minimum(u, v), np.maximum(u, v)
        half, n_links = _merged(*ends, weights, n_nodes)
        del u, v, ends
        links = half + half.T.tocsr()
        duplicates = n_proper - (n_links if given is None else given)
    links.sort_indices()
    degrees = np.bincount(links.indices, minlength=n_nodes) + np.diff(links.indptr)
    report = LinkReport(
        n_links=n_links,
        self_loops=n_loops,
        duplicate_links=int(duplicates),
        isolated_nodes=int((degrees == 0).sum()),
        weightless_links=len(sources) - n_loops - n_proper,
    )
    return links, report


def _merged(
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    weights: NDArray[np.float64] | None,
    n_nodes: int,
) -> tuple[csr_array, int]:
    # A link given 256 times adds up to 0 in a byte; its place is kept all the same.
    given = np.ones(len(rows), dtype=np.int8) if weights is None else weights
    merged = coo_array((given, (rows, columns)), shape=(n_nodes, n_nodes)).tocsr()
    if weights is None:
        merged.data = np.ones(merged.nnz, dtype=np.int8)
    elif merged.nnz < len(rows):  # some were added up
        merged.sort_indices()
        merged.data = heaviest(rows, columns, weights)
    return merged, int(merged.nnz)
