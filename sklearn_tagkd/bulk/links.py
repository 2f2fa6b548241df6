"""Links of a graph in a folder: sorted in pieces, and the pieces merged.

A link is one number, ``row * n_nodes + column``. Every piece of the table of edges
gives a *run* of such numbers, sorted; then every range of rows is put together from its
part of all runs. Both are lists of tasks that know of one another by their files alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.id_columns import id_column, written_integers
from sklearn_tagkd.bulk.tables import Chunk
from sklearn_tagkd.datasets.node_index import shown_id
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.link_weights import check_weights
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.stored_ids import StoredStringIds
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["cut_rows", "merge_rows", "write_run"]

_SAMPLES = 4096  # keys of a run that tell where to cut
_CACHED = 2**16  # keys


def write_run(
    pieces: Path,
    number: int,
    chunk: Chunk,
    node_ids: NodeIds,
    *,
    directed: bool,
    weighted: bool,
) -> None:
    """Sort a piece of the table of edges.

    Parameters
    ----------
    pieces : Path
        Folder for runs. What this writes appears whole.
    number : int
        The run's.
    chunk : Chunk
        Rows of edges.
    node_ids : NodeIds
        Of the graph.
    directed, weighted : bool
        Kind of links.

    Raises
    ------
    GraphFormatError
        If an edge names no node, or a weight is none.
    """
    columns = ["source", "target", *(["weight"] if weighted else [])]
    n_nodes = len(node_ids)
    out: list[NDArray[np.int64]] = []
    back: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    said = {"n_edges": 0, "self_loops": 0, "weightless_links": 0}
    row = chunk.first
    for batch in chunk.read(columns):
        u, v = (_positions(batch, end, node_ids, row) for end in ("source", "target"))
        row += len(batch)
        proper = u != v
        said["n_edges"] += len(batch)
        said["self_loops"] += len(batch) - int(np.count_nonzero(proper))
        if weighted:
            column = batch.column("weight").to_numpy(zero_copy_only=False)
            weight = check_weights(_numbers(column), len(batch))
            said["weightless_links"] += int(np.count_nonzero(proper & (weight == 0)))
            proper &= weight > 0
            weights.append(weight[proper])
        if not proper.all():
            u, v = u[proper], v[proper]
        out.append(u * n_nodes + v)
        back.append(v * n_nodes + u)
    of_links = np.concatenate(weights) if weights else None
    if directed:
        _write_sorted(pieces / f"in-{number:05d}", np.concatenate(back), of_links)
    else:
        out += back
        of_links = None if of_links is None else np.tile(of_links, 2)
    del back
    _write_sorted(pieces / f"out-{number:05d}", np.concatenate(out), of_links)
    with replacing(pieces / f"run-{number:05d}.json") as partial:
        partial.write_text(json.dumps(said))


def cut_rows(
    pieces: Path, way: str, n_runs: int, n_nodes: int, n_keys: int
) -> list[tuple[int, int]]:
    """Cut the rows so that the links of each range fit into memory.

    Parameters
    ----------
    pieces : Path
        Folder of runs.
    way : {'out', 'in'}
        Which runs.
    n_runs : int
        How many there are.
    n_nodes : int
        Number of rows.
    n_keys : int
        Links of a range, about; those of a single row are never parted.

    Returns
    -------
    list of (int, int)
        First row, and the row after the last; all rows, in order.
    """
    samples, total = [], 0
    for number in range(n_runs):
        keys = map_array(pieces / f"{way}-{number:05d}.npy")
        total += len(keys)
        samples.append(np.asarray(keys[:: max(1, len(keys) // _SAMPLES)]) // n_nodes)
    rows = np.sort(np.concatenate(samples)) if samples else np.empty(0, np.int64)
    n_ranges = max(1, -(-total // n_keys))
    places = np.arange(1, n_ranges) * len(rows) // n_ranges
    cuts = np.unique(np.concatenate([[0], rows[places], [n_nodes]])).tolist()
    return list(pairwise(cuts))


def merge_rows(
    pieces: Path,
    way: str,
    rows: tuple[int, int],
    n_runs: int,
    n_nodes: int,
    weighted: bool,
) -> None:
    """Put the links of some rows together from all runs, each once.

    Parameters
    ----------
    pieces : Path
        Folder of runs. What this writes appears whole.
    way : {'out', 'in'}
        Which runs.
    rows : (int, int)
        First row, and the row after the last.
    n_runs : int
        How many runs there are.
    n_nodes : int
        Number of rows and columns.
    weighted : bool
        Whether links have weights, of which the greatest counts.
    """
    first, stop = rows
    name = f"{way}-rows-{first:012d}"
    keys, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for number in range(n_runs):
        run = map_array(pieces / f"{way}-{number:05d}.npy")
        low, high = np.searchsorted(run, [first * n_nodes, stop * n_nodes])
        keys.append(np.asarray(run[low:high]))
        if weighted:
            given = map_array(pieces / f"{way}-{number:05d}-weights.npy")
            weights.append(np.asarray(given[low:high]))
    merged, greatest = _sorted(
        np.concatenate(keys), np.concatenate(weights) if weighted else None
    )
    del keys, weights
    counts = np.zeros(stop - first, dtype=np.int64)
    index = "<i4" if n_nodes < 2**31 else "<i8"
    with ArrayFile(pieces / f"{name}-columns.npy", index) as file:
        for part in _each_once(merged):
            receivers, columns = np.divmod(part, n_nodes)
            file.append(columns)
            low, high = receivers[0], receivers[-1] + 1
            counts[low - first : high - first] += np.bincount(receivers - low)
    if greatest is not None:
        with ArrayFile(pieces / f"{name}-weights.npy", "<f8") as file:
            file.append(greatest)
    with ArrayFile(pieces / f"{name}-counts.npy", "<i8") as file:
        file.append(counts)


def _write_sorted(
    path: Path, keys: NDArray[np.int64], weights: NDArray[np.float64] | None
) -> None:
    merged, greatest = _sorted(keys, weights)
    with ArrayFile(path.with_name(f"{path.name}.npy"), "<i8") as file:
        file.append(merged)
    if greatest is not None:
        with ArrayFile(path.with_name(f"{path.name}-weights.npy"), "<f8") as file:
            file.append(greatest)


def _sorted(
    keys: NDArray[np.int64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Sort keys; with weights each once, of whose weights the greatest counts."""
    if weights is None:
        keys.sort()
        return keys, None
    order = np.argsort(keys)
    keys, weights = keys[order], weights[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    if not len(starts):
        return keys, weights
    return keys[starts], np.maximum.reduceat(weights, starts)


def _each_once(keys: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield sorted keys in pieces that a processor's cache holds."""
    before = -1
    for start in range(0, len(keys), _CACHED):
        part = keys[start : start + _CACHED]
        is_new = np.diff(part, prepend=before) != 0
        before = int(part[-1])
        if is_new.any():
            yield part if is_new.all() else part[is_new]


def _positions(
    batch: Any, name: str, node_ids: NodeIds, first: int
) -> NDArray[np.int64]:
    given = id_column(batch, name, "the edges")
    found = _looked_up(given, node_ids)
    if len(found) and found.min() < 0:
        place = int(np.argmax(found < 0))
        unknown = given[place]
        if not isinstance(unknown, str):
            unknown = int(unknown)
        raise GraphFormatError(
            f"Row {first + place} of the edges has {shown_id(unknown)} for its {name}, "
            f"which is no node's id; nodes' ids are of type {node_ids.kind}. Add that "
            "node to the nodes, or leave the edge out."
        )
    return found


def _looked_up(
    given: NDArray[np.int64] | PackedStrings, node_ids: NodeIds
) -> NDArray[np.int64]:
    if isinstance(node_ids, StoredStringIds):
        if isinstance(given, PackedStrings):
            return node_ids.positions_of_strings(given)
    else:
        numbers = written_integers(given) if isinstance(given, PackedStrings) else given
        if numbers is not None:
            return node_ids.positions(numbers)
    return np.full(len(given), -1, np.int64)  # of another type


def _numbers(column: NDArray[Any]) -> NDArray[Any]:
    try:
        return column.astype(np.float64)
    except (ValueError, TypeError):  # whose text quotes the cell
        raise GraphFormatError(
            "The column 'weight' of the edges holds something that is no number. Give "
            "every link a weight, or leave the column out."
        ) from None
