"""Links of a graph in a folder: sorted in pieces, and the pieces merged.

A link is one number, ``row * n_nodes + column``. Every piece of the table of edges
gives a *run* of such numbers, sorted; then every range of rows is put together from its
part of all runs. Both are lists of tasks that know of one another by their files alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.tables import Chunk, plain_column
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.link_weights import check_weights
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.stored_ids import StoredStringIds
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["cut_rows", "merge_rows", "write_run"]

_SAMPLES = 4096  # keys of a run that tell where to cut


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
    ends: list[list[NDArray[np.int64]]] = [[], []]
    weights: list[NDArray[np.float64]] = []
    row = chunk.first
    for batch in chunk.read(columns):
        for name, found in zip(("source", "target"), ends, strict=True):
            given = plain_column(batch, name, "the edges")
            found.append(_positions(given, node_ids, row, name))
        if weighted:
            column = batch.column("weight").to_numpy(zero_copy_only=False)
            weights.append(check_weights(_numbers(column), len(batch)))
        row += len(batch)
    u, v = (np.concatenate(found) for found in ends)
    proper = u != v
    said = {"n_edges": len(u), "self_loops": len(u) - int(proper.sum())}
    weight = np.concatenate(weights) if weighted else None
    if weight is not None:
        proper &= weight > 0
    said["weightless_links"] = said["n_edges"] - said["self_loops"] - int(proper.sum())
    u, v = u[proper], v[proper]
    weight = None if weight is None else weight[proper]
    n_nodes = len(node_ids)
    if directed:
        _write_sorted(pieces / f"out-{number:05d}", u * n_nodes + v, weight)
        _write_sorted(pieces / f"in-{number:05d}", v * n_nodes + u, weight)
    else:
        keys = np.concatenate([u * n_nodes + v, v * n_nodes + u])
        both = None if weight is None else np.concatenate([weight, weight])
        _write_sorted(pieces / f"out-{number:05d}", keys, both)
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
    merged, greatest = _merge(
        np.concatenate(keys), np.concatenate(weights) if weighted else None
    )
    del keys, weights
    with ArrayFile(pieces / f"{name}-columns.npy", "<i8") as file:
        file.append(merged % n_nodes)
    if greatest is not None:
        with ArrayFile(pieces / f"{name}-weights.npy", "<f8") as file:
            file.append(greatest)
    counts = np.bincount(merged // n_nodes - first, minlength=stop - first)
    with ArrayFile(pieces / f"{name}-counts.npy", "<i8") as file:
        file.append(counts)


def _write_sorted(
    path: Path, keys: NDArray[np.int64], weights: NDArray[np.float64] | None
) -> None:
    merged, greatest = _merge(keys, weights)
    with ArrayFile(path.with_name(f"{path.name}.npy"), "<i8") as file:
        file.append(merged)
    if greatest is not None:
        with ArrayFile(path.with_name(f"{path.name}-weights.npy"), "<f8") as file:
            file.append(greatest)


def _merge(
    keys: NDArray[np.int64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Sort keys, each once; of its several weights the greatest counts."""
    if weights is None:
        keys.sort()
        if len(keys):
            keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
        return keys, None
    order = np.argsort(keys, kind="stable")
    keys, weights = keys[order], weights[order]
    if not len(keys):
        return keys, weights
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.maximum.reduceat(weights, starts)


def _positions(
    given: NDArray[Any], node_ids: NodeIds, first: int, name: str
) -> NDArray[np.int64]:
    wanted = given
    if given.dtype == object and node_ids.kind == "int":
        wanted = _as_integers(given)
    if given.dtype == object and isinstance(node_ids, StoredStringIds):
        found = node_ids.positions_of_strings(given)
    elif wanted.dtype == object or node_ids.kind == "str":
        found = np.full(len(given), -1, dtype=np.int64)  # of another type
    else:
        found = node_ids.positions(wanted)
    if (found < 0).any():
        place = int(np.argmax(found < 0))
        unknown: Sequence[Any] = given[place : place + 1].tolist()
        raise GraphFormatError(
            f"Row {first + place} of the edges has {unknown[0]!r} for its {name}, "
            f"which is no node's id; nodes' ids are of type {node_ids.kind}. Add that "
            "node to the nodes, or leave the edge out."
        )
    return found


def _as_integers(given: NDArray[Any]) -> NDArray[Any]:
    """Return what a table of text wrote as integers; as it was where it is none."""
    try:
        numbers = given.astype(np.int64)
    except (ValueError, OverflowError):
        return given
    return numbers if (numbers.astype(str) == given.astype(str)).all() else given


def _numbers(column: NDArray[Any]) -> NDArray[Any]:
    try:
        return column.astype(np.float64)
    except (ValueError, TypeError):  # whose text quotes the cell
        raise GraphFormatError(
            "The column 'weight' of the edges holds something that is no number. Give "
            "every link a weight, or leave the column out."
        ) from None
