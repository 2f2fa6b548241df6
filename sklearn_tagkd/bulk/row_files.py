"""Files of rows of a graph in a folder: made once, by whoever comes first."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.bulk.claims import once
from sklearn_tagkd.bulk.propagation import propagate_rows
from sklearn_tagkd.graph.stored import StoredGraph
from sklearn_tagkd.rationales.enhancement import Enhancement
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = [
    "changes_key",
    "key_of",
    "memory_of",
    "propagated_rows",
    "weighed_links",
    "write_explained",
]


def memory_of(store: StoredGraph) -> int:
    """Return what a step may take.

    Parameters
    ----------
    store : StoredGraph
        A graph that is gone through by parts.

    Returns
    -------
    int
        Bytes.
    """
    assert store.max_memory is not None  # else it is not gone through by parts
    return store.max_memory


def propagated_rows(
    store: StoredGraph,
    rows: Path,
    weights: Path | None,
    messages: Path | None,
    n_hops: int,
    teleport: float,
) -> NDArray[np.float32]:
    """Propagate rows in a file into another, where each lies in one place.

    Parameters
    ----------
    store : StoredGraph
        A graph that is gone through by parts.
    rows : Path
        One row per node.
    weights, messages : Path or None
        As for :func:`~sklearn_tagkd.bulk.propagation.propagate_rows`.
    n_hops : int
        Steps.
    teleport : float
        Share of its own row that a node keeps per step.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_columns)
        Mapped: training reads rows from anywhere.
    """
    said = json.dumps([n_hops, teleport, _name_of(weights)])
    target = rows.parent / f"heard-{key_of(said.encode())}.npy"

    with once(target) as is_missing:
        if is_missing:
            work = target.with_suffix("")
            blocks = propagate_rows(
                store,
                rows,
                work,
                weights=weights,
                messages=messages,
                as_in_memory=True,
                hops=(n_hops, teleport),
                memory=memory_of(store),
                n_jobs=None,
                progress=False,
            )
            only = work / "columns-00000.npy"
            if map_array(only).shape[1] == blocks.shape[1]:
                os.replace(only, target)
            else:
                with ArrayFile(target, "<f4", blocks.shape[1]) as file:
                    for block in row_blocks(len(blocks)):
                        file.append(blocks[block])
            shutil.rmtree(work)
    return map_array(target, scattered=True)


def write_explained(
    rows: NDArray[np.float32], changes: Enhancement, path: Path
) -> None:
    """Write rows with what rationales change in them, and the messages beside.

    Parameters
    ----------
    rows : ndarray of float32 of shape (n_nodes, n_columns)
        Of the raw texts, mapped.
    changes : Enhancement
        What changes.
    path : Path
        Of the rows; the messages go into the same folder.
    """
    order = np.argsort(changes.message_receiver, kind="stable")
    arrays: dict[str, NDArray[Any]] = {
        "receiver": changes.message_receiver,
        "sender": changes.message_sender,
        "messages": changes.messages,
    }
    for name, array in arrays.items():
        n_columns = array.shape[1] if array.ndim == 2 else None
        with ArrayFile(path.parent / f"{name}.npy", array.dtype, n_columns) as file:
            file.append(array[order])
    with ArrayFile(path, "<f4", rows.shape[1]) as file:
        for block in row_blocks(len(rows)):
            part = rows[block].copy()
            here = (changes.positions >= block.start) & (changes.positions < block.stop)
            part[changes.positions[here] - block.start] = changes.changed[here]
            file.append(part)


def weighed_links(links: csr_array, weights: Path) -> csr_array:
    """Return links with weights that lie in a file.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        As they are received.
    weights : Path
        Of an array of float32, one number per link.

    Returns
    -------
    csr_array of shape (n_nodes, n_nodes), dtype float32
        Mapped.
    """
    cells = (map_array(weights, "<f4", (links.nnz,)), links.indices, links.indptr)
    weighed = csr_array(cells, shape=links.shape)
    weighed.has_sorted_indices = weighed.has_canonical_format = True
    return weighed


def changes_key(changes: Enhancement, weights: Path | None) -> str:
    """Tell what rationales change from what others do.

    Parameters
    ----------
    changes : Enhancement
        What changes.
    weights : Path or None
        Of links.

    Returns
    -------
    str
        Equal for equal changes.
    """
    return key_of(
        _name_of(weights).encode(),
        changes.positions,
        changes.changed,
        changes.message_receiver,
        changes.message_sender,
        changes.messages,
    )


def _name_of(weights: Path | None) -> str:
    """Name weights as they are called wherever the folder is moved to."""
    return "" if weights is None else weights.parent.name


def key_of(*parts: bytes | NDArray[Any]) -> str:
    """Return a short name for something.

    Parameters
    ----------
    *parts : bytes or ndarray
        What tells it from everything else.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        some = part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes()
        digest.update(len(some).to_bytes(8, "little") + some)
    return digest.hexdigest()
