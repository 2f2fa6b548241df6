"""Files of rows of a graph in a folder: made once, by whoever comes first."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.bulk.claims import once
from sklearn_tagkd.graph.stored import StoredGraph
from sklearn_tagkd.rationales.enhancement import Enhancement
from sklearn_tagkd.rationales.passed_over import PassedOver
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = [
    "changes_key",
    "key_of",
    "memory_of",
    "name_of",
    "weakened_file",
    "weighed_links",
    "write_explained",
    "write_weakened",
]

_LINKS = 2**24  # copied at a time


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


def write_explained(
    rows: NDArray[np.float32], changes: Enhancement | None, path: Path, beside: bool
) -> None:
    """Write rows with what rationales change in them, and the messages beside.

    Parameters
    ----------
    rows : ndarray of float32 of shape (n_nodes, n_columns)
        Of the raw texts, mapped.
    changes : Enhancement or None
        What changes; None is nothing.
    path : Path
        Of the rows; the messages go into the same folder.
    beside : bool
        Whether what is changed stands beside what was there, in rows of twice as many
        columns.
    """
    times, width = 1 + beside, rows.shape[1]
    if changes is not None:
        _write_messages(changes, path.parent, times)
    with ArrayFile(path, "<f4", times * width) as file:
        for block in row_blocks(len(rows)):
            part = np.tile(rows[block], times)
            if changes is not None:
                low, high = block.start, block.stop
                here = (changes.positions >= low) & (changes.positions < high)
                places = changes.positions[here] - low
                part[places, (times - 1) * width :] = changes.changed[here]
            file.append(part)


def _write_messages(changes: Enhancement, folder: Path, times: int) -> None:
    order = np.argsort(changes.message_receiver, kind="stable")
    arrays: dict[str, NDArray[Any]] = {
        "receiver": changes.message_receiver[order],
        "sender": changes.message_sender[order],
        "messages": np.tile(changes.messages, times)[order],
        "order": order,
    }
    for name, array in arrays.items():
        n_columns = array.shape[1] if array.ndim == 2 else None
        with ArrayFile(folder / f"{name}.npy", array.dtype, n_columns) as file:
            file.append(array)


def weakened_file(
    folder: Path, weights: Path | None, links: csr_array, passed_over: PassedOver
) -> Path:
    """Return where the weights of links lie, of which some weigh less.

    Parameters
    ----------
    folder : Path
        Where they are written, once.
    weights : Path or None
        Of an array of float32, those of all links; None is of the graph's own.
    links : csr_array of shape (n_nodes, n_nodes)
        As they are received, mapped.
    passed_over : PassedOver
        Which of them, and what they weigh.

    Returns
    -------
    Path
        Of an array of float32, one number per link.
    """
    said = name_of(weights).encode()
    key = key_of(said, passed_over.cells, passed_over.weights)
    path = folder / f"passed-over-{key}.npy"
    with once(path) as is_missing:
        if is_missing:
            write_weakened(links, passed_over, path)
    return path


def write_weakened(links: csr_array, passed_over: PassedOver, path: Path) -> None:
    """Write what links weigh, of which some weigh less.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        As they are received, mapped.
    passed_over : PassedOver
        Which of them, and what they weigh.
    path : Path
        Of an array of float32, one number per link; 0 for what is none any more.
    """
    with ArrayFile(path, "<f4") as file:
        for start in range(0, links.nnz, _LINKS):
            part = links.data[start : start + _LINKS].astype(np.float32)
            bounds = start, start + len(part)
            here = slice(*np.searchsorted(passed_over.cells, bounds))
            part[passed_over.cells[here] - start] = passed_over.weights[here]
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


def changes_key(changes: Enhancement | None, weights: Path | None, beside: bool) -> str:
    """Tell what rationales change from what others do.

    Parameters
    ----------
    changes : Enhancement or None
        What changes; None is nothing.
    weights : Path or None
        Of links.
    beside : bool
        Whether it stands beside what was there.

    Returns
    -------
    str
        Equal for equal changes.
    """
    said = json.dumps([name_of(weights), beside]).encode()
    if changes is None:
        return key_of(said)
    return key_of(
        said,
        changes.positions,
        changes.changed,
        changes.message_receiver,
        changes.message_sender,
        changes.messages,
    )


def name_of(weights: Path | None) -> str:
    """Name weights of links as they are called wherever the folder is moved to.

    Parameters
    ----------
    weights : Path or None
        Of an array of float32; None is of all links alike.

    Returns
    -------
    str
        Of the last folder and the file.
    """
    return "" if weights is None else f"{weights.parent.name}/{weights.name}"


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
