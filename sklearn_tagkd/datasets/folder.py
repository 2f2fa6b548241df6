"""Graphs from folders of tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph import TextGraph

__all__ = ["read_graph"]


def read_graph(folder: str | Path) -> Bunch:
    """Read a graph from a folder.

    Parameters
    ----------
    folder : str or Path
        Holds ``nodes.parquet`` (columns ``node``, ``text`` and, where there are
        labels, ``label``, ``''`` for a node without one) and ``edges.parquet``
        (columns ``source``, ``target``: ids of nodes, an undirected link once; where
        links have weights, ``weight``); where present, ``answers.jsonl`` (recorded
        answers of a language model) and ``splits.json`` (split name to part name to
        row numbers).

    Returns
    -------
    Bunch
        ``graph`` (:class:`~sklearn_tagkd.TextGraph`), ``target`` (ndarray of str of
        shape (n_nodes,)), ``target_names`` (list of str, without ``''``), and where
        present ``answers`` (Path) and ``splits`` (dict of dict of ndarray of int).

    Raises
    ------
    FileNotFoundError
        If a table is not there.
    GraphFormatError
        If a table lacks a column, or the two do not make a graph.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd import datasets
    >>> folder = Path(tempfile.mkdtemp())
    >>> nodes = pd.DataFrame({"node": ["a", "b"], "text": ["goal", "vote"]})
    >>> nodes.to_parquet(folder / "nodes.parquet")
    >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"]})
    >>> edges.to_parquet(folder / "edges.parquet")
    >>> datasets.read_graph(folder).graph
    TextGraph(nodes=2, links=1)
    """
    folder = Path(folder)
    nodes = _read_table(folder / "nodes.parquet", {"node", "text"})
    edges = _read_table(folder / "edges.parquet", {"source", "target"})
    graph = TextGraph(
        nodes["text"],
        list(zip(edges["source"], edges["target"], strict=True)),
        node_ids=nodes["node"],
        weights=edges.get("weight"),
    )
    labels = nodes.get("label", [""] * len(graph))
    target = np.array([label or "" for label in labels])
    bunch = Bunch(
        graph=graph, target=target, target_names=sorted(set(target.tolist()) - {""})
    )
    if (folder / "answers.jsonl").exists():
        bunch.answers = folder / "answers.jsonl"
    if (folder / "splits.json").exists():
        splits = json.loads((folder / "splits.json").read_text(encoding="utf-8"))
        bunch.splits = {
            name: {part: np.array(rows) for part, rows in parts.items()}
            for name, parts in splits.items()
        }
    return bunch


def _read_table(path: Path, needed: set[str]) -> dict[str, list[Any]]:
    try:
        import pyarrow.parquet as parquet  # only folders of tables need it
    except ImportError as error:
        raise ImportError(
            "Reading Parquet tables needs pyarrow: pip install pyarrow."
        ) from error
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path.name} in {path.parent}. A graph's folder holds "
            "nodes.parquet and edges.parquet."
        )
    table: dict[str, list[Any]] = parquet.read_table(path).to_pydict()
    missing = sorted(needed - table.keys())
    if missing:
        raise GraphFormatError(
            f"{path.name} has no column {missing[0]!r}; it has {sorted(table)}."
        )
    return table
