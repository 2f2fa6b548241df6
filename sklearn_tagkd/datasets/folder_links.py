"""Links of a folder, as positions of their ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.node_index import NodeIndex
from sklearn_tagkd.datasets.table_files import table_files, table_format
from sklearn_tagkd.datasets.tables import read_parts
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["read_links"]


def read_links(
    folder: Path,
    layout: Layout,
    index: NodeIndex,
    skip_unknown: bool,
    notes: list[str],
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Read links by position.

    Parameters
    ----------
    folder : Path
        Holds a table of edges, or none.
    layout : Layout
        Names of files and columns.
    index : NodeIndex
        Ids of the nodes.
    skip_unknown : bool
        Whether links to ids that no node has are left out.
    notes : list of str
        Gets what is worth telling.

    Returns
    -------
    links : ndarray of int64 of shape (n_links, 2)
        Positions of both ends.
    weights : ndarray of float64 of shape (n_links,) or None
        What they weigh.

    Raises
    ------
    GraphFormatError
        If an end is no node, or a weight is none; names the first.
    """
    path = layout.edges_path(folder)
    if path is None:
        notes.append(
            f"there is no table of edges in {folder}: documents without links (another "
            "name: --edges FILE)"
        )
        return np.empty((0, 2), dtype=np.int64), None
    is_text = table_format(path) == "csv"
    links: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    n_unknown = 0
    for file in table_files(path):
        n_read = 0
        for part in read_parts(file, *layout.link_columns()):
            ends = [part[layout.source], part[layout.target]]
            pairs = np.array([index.find(end, is_text) for end in ends], np.int64).T
            pairs = pairs.reshape(-1, 2)
            if not len(pairs):  # nor does an empty file tell of weights
                continue
            unknown = (pairs < 0).any(axis=1)
            if unknown.any() and not skip_unknown:
                row = int(np.argmax(unknown))
                side = int(pairs[row, 0] >= 0)
                column = (layout.source, layout.target)[side]
                what = index.advice(ends[side][row], is_text)
                raise GraphFormatError(
                    f"The {column} in row {n_read + row + 1} of {file.name} is {what}: "
                    "no node has that id. Add the node with its text, or leave such "
                    "links out: --skip-unknown-links."
                )
            n_read += len(pairs)
            n_unknown += int(unknown.sum())
            links.append(pairs[~unknown])
            if layout.weight in part:
                cells = _read_weights(part[layout.weight], file.name, layout.weight)
                weights.append(cells[~unknown])
    if n_unknown:
        notes.append(f"{n_unknown} links of {path.name} to unknown ids are left out")
    if weights and len(weights) < len(links):
        raise GraphFormatError(
            f"The column {layout.weight!r} of {path.name} is not in every line, or not "
            "in every file. Give every link a weight, or leave the column out."
        )
    whole = np.concatenate([np.empty((0, 2), dtype=np.int64), *links])
    return whole, np.concatenate(weights) if weights else None


def _read_weights(cells: Any, where: str, column: str) -> NDArray[np.float64]:
    problem = ""
    try:
        weights = np.array(
            [np.nan if is_missing(c) else float(c) for c in cells], dtype=np.float64
        )
    except (TypeError, ValueError, OverflowError):  # whose words quote the cell
        problem = "something that is no number"
    else:
        if not (weights >= 0).all() or not np.isfinite(weights).all():
            problem = "something that is no number from 0 on"
    if problem:
        raise GraphFormatError(
            f"The column {column!r} of {where} holds {problem}. Give every link a "
            "weight, or leave the column out."
        )
    return weights
