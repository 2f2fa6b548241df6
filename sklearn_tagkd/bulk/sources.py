"""What a graph in a folder is built of: its tables, its numbers, and their names."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.bulk.tables import Table, find_table
from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.stored import FORMAT
from sklearn_tagkd.utils.array_files import map_array

__all__ = ["find_features", "find_tables", "fingerprint"]

_FEATURES: tuple[object, ...] = ("<f2", "<f4", "<f8")


def find_tables(folder: Path, built: Path, layout: Layout) -> tuple[Table, Table]:
    """Find both tables, and look at their columns before anything is read.

    Parameters
    ----------
    folder : Path
        The graph's.
    built : Path
        Where CSV and JSON lines are kept as Parquet; made where it is not there.
    layout : Layout
        Names of tables and columns; no name for weights takes none.

    Returns
    -------
    nodes : Table
        At least one row is expected.
    edges : Table
        Without a row where there is no table of them, and a warning.

    Raises
    ------
    FileNotFoundError
        If there are no nodes, or a table that is named is not there.
    GraphFormatError
        If a table is damaged, lacks a column, or the ids of both do not fit.
    """
    renames_text = {"text"} if layout.text != "text" else set()
    nodes = find_table(
        folder,
        "nodes",
        layout.nodes,
        {"node": layout.node, "text": layout.text},
        {"node"} | renames_text,
        built,
    )
    assert nodes is not None  # without nodes there is no graph: refused there
    columns = {"source": layout.source, "target": layout.target}
    needed = set(columns)
    if layout.weight:
        columns["weight"] = layout.weight
        needed |= {"weight"} if layout.weight != "weight" else set()
    edges = find_table(folder, "edges", layout.edges, columns, needed, built)
    if edges is None:
        warnings.warn(
            f"There is no table of edges in {folder}: nodes without links. Another "
            "name: build_links(folder, edges='...').",
            UserWarning,
            stacklevel=3,
        )
        edges = Table("edges", (), {})
    elif nodes.ids == "str" and edges.ids == "int":
        raise GraphFormatError(
            "The ids of the nodes are strings, and the ends of the edges numbers: no "
            "edge would find a node. Write both as one type."
        )
    built.mkdir(exist_ok=True)
    return nodes, edges


def find_features(folder: Path, n_nodes: int) -> dict[str, Any]:
    """Look at the numbers of nodes, where there are some.

    Parameters
    ----------
    folder : Path
        The graph's; may hold ``features.npy``.
    n_nodes : int
        How many rows it must have.

    Returns
    -------
    dict
        What to say of them in the graph's description.

    Raises
    ------
    GraphFormatError
        If they are of another kind, or not one row per node.
    """
    path = folder / "features.npy"
    if not path.is_file():
        return {"n_features": 0}
    try:
        found = map_array(path)
    except (ValueError, OSError) as error:
        raise GraphFormatError(f"{error}. Write it by numpy.save.") from None
    kind = np.lib.format.dtype_to_descr(found.dtype)
    if kind not in _FEATURES or found.ndim != 2 or len(found) != n_nodes:
        raise GraphFormatError(
            f"features.npy holds {found.dtype} of shape {found.shape}. It must hold "
            f"float16, float32 or float64, one row for each of the {n_nodes} nodes."
        )
    if not found.shape[1]:
        raise GraphFormatError(
            f"features.npy holds no column: its shape is {found.shape}. Delete it for "
            "nodes without numbers."
        )
    return {"n_features": found.shape[1], "feature_type": kind}


def fingerprint(
    paths: list[Path], layout: Layout, directed: bool, features: dict[str, Any]
) -> str:
    """Tell tables apart by their files: size, and when they were written.

    Parameters
    ----------
    paths : list of Path
        As they were given.
    layout : Layout
        What is read of them.
    directed : bool
        Kind of links.
    features : dict
        Of :func:`find_features`.

    Returns
    -------
    str
        Equal where the same graph would come of it.
    """
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    known = json.dumps([seen, asdict(layout), directed, features, FORMAT])
    return hashlib.blake2b(known.encode(), digest_size=8).hexdigest()
