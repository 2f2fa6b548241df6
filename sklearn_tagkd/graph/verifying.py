"""Files of somebody else: every number is looked at once before it is believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.graph.feature_matrix import check_features
from sklearn_tagkd.graph.id_hashes import hashed_integers, hashed_strings
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.store import GraphStore
from sklearn_tagkd.graph.stored_ids import IdIndex

__all__ = ["verify_store"]

_CHUNK = 2**22  # numbers that are checked at a time


def verify_store(store: GraphStore, received: csr_array) -> None:
    """Refuse numbers that lead out of their arrays, or that no graph has.

    Parameters
    ----------
    store : GraphStore
        Of mapped arrays, of which little is held in memory.
    received : csr_array of shape (n_nodes, n_nodes)
        The links by who receives; ``store.links`` where they go both ways.

    Raises
    ------
    ValueError
        If a file is damaged; says which.
    GraphFormatError
        If features are no finite numbers; names the first.
    """
    cells = store.links.nnz
    if store.n_links != (cells if store.directed else cells / 2):
        raise ValueError("graph.json names another number of links than there are")
    _verify_links("", store.links, store.weighted)
    if received is not store.links:
        _verify_links("received_", received, store.weighted)
    _rise("text_offsets.npy", store.texts.offsets, len(store.texts.buffer))
    _verify_ids(store.node_ids)
    if store.features is not None:
        check_features(store.features)


def _verify_links(stem: str, links: csr_array, weighted: bool) -> None:
    n_nodes, starts = links.shape[0], links.indptr
    _rise(f"{stem}starts.npy", starts, links.nnz)
    for start in range(0, links.nnz, _CHUNK):
        part = links.indices[start : start + _CHUNK + 1]  # one of the next chunk too
        if part.min() < 0 or part.max() >= n_nodes:
            raise ValueError(f"{stem}neighbors.npy names a node that does not exist")
        rises = part[1:] > part[:-1]
        first, last = np.searchsorted(starts, (start + 1, start + len(part)))
        rises[starts[first:last] - start - 1] = True  # between two nodes it may fall
        if not rises.all():
            raise ValueError(f"{stem}neighbors.npy does not rise within each node")
        weights = links.data[start : start + _CHUNK]
        if not (np.isfinite(weights).all() and (weights > 0).all()):
            raise ValueError(f"{stem}weights.npy holds a weight that is none")
        if not weighted and (weights != 1).any():
            raise ValueError(f"{stem}weights.npy weighs links that have no weights")


def _verify_ids(ids: NodeIds) -> None:
    values: PackedStrings | NDArray[np.int64] = ids.__dict__["_values"]
    index: IdIndex | None = ids.__dict__.get("index")
    if isinstance(values, PackedStrings):
        _rise("id_offsets.npy", values.offsets, len(values.buffer))
    if index is not None:
        _rise("id_starts.npy", index.starts, len(values))
        if index.order.min() < 0 or index.order.max() >= len(values):
            raise ValueError("id_order.npy names a node that does not exist")
    for start in range(0, len(values), _CHUNK):
        stop = min(start + _CHUNK, len(values))
        places = np.arange(start, stop)
        found: NDArray[np.int64] | None
        if isinstance(values, PackedStrings):
            some = PackedStrings(values.buffer, values.offsets[start : stop + 1])
            found = None if index is None else index.find(*hashed_strings(some))
        elif index is None:
            found = values[start:stop]
        else:
            found = index.find(hashed_integers(values[start:stop]))
        if found is None or not np.array_equal(found, places):
            raise ValueError("ids.npy holds an id that is not found where it stands")


def _rise(name: str, offsets: NDArray[np.integer], end: int) -> None:
    if offsets[0] != 0 or offsets[-1] != end:
        raise ValueError(f"{name} does not lead from start to end")
    for start in range(0, len(offsets), _CHUNK):
        part = offsets[start : start + _CHUNK + 1]
        if (part[1:] < part[:-1]).any():
            raise ValueError(f"{name} leads back")
