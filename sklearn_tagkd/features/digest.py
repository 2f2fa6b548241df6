"""Which graph it was: a digest, from which nothing of the graph can be read."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from sklearn_tagkd.features.memo import remember
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["graph_digest"]


def graph_digest(graph: TextGraph) -> dict[str, Any]:
    """Tell a graph from every other one.

    Parameters
    ----------
    graph : TextGraph
        Any view; the parent's texts, links, their weights and features count,
        ids do not.

    Returns
    -------
    dict
        ``nodes`` and ``links``, their numbers, and ``digest``, 32 hexadecimal digits.
        Equal for equal graphs on every machine.
    """
    return remember(graph, ("digest",), 100, lambda: _compute(graph.parent))


def _compute(graph: TextGraph) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=16)
    links, features = graph.adjacency, graph.features
    shape = None if features is None else features.shape
    digest.update(f"{len(graph)} {links.nnz} {graph.directed} {shape}".encode())
    for block in row_blocks(len(graph)):
        for text in graph[block].texts:
            encoded = text.encode()
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
        starts = links.indptr[block.start : block.stop + 1]
        digest.update(np.diff(starts).astype("<i8").tobytes())
        cells = slice(starts[0], starts[-1])
        digest.update(links.indices[cells].astype("<i8").tobytes())
        if graph.weighted:
            digest.update(links.data[cells].astype("<f8").tobytes())
        if features is not None:
            digest.update(np.ascontiguousarray(features[block]).tobytes())
    n_links = graph.report.n_links
    return {"nodes": len(graph), "links": n_links, "digest": digest.hexdigest()}
