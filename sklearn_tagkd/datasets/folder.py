"""Graphs from folders of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sklearn_tagkd.datasets.class_names import class_names, is_integer
from sklearn_tagkd.datasets.splits import read_splits
from sklearn_tagkd.datasets.table_files import table_format
from sklearn_tagkd.datasets.tables import read_table
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph import TextGraph

__all__ = ["read_graph"]


def read_graph(folder: str | Path) -> Bunch:
    """Read a graph from a folder.

    Parameters
    ----------
    folder : str or Path
        Holds ``nodes.parquet`` (columns ``node``, ``text`` and, where there are
        labels, ``label``, missing, ``''`` or -1 for a node without one) and
        ``edges.parquet`` (columns ``source``, ``target``: ids of nodes, an undirected
        link once; where links have weights, ``weight``), or the same tables as
        ``.csv`` or ``.jsonl``, in UTF-8, or in folders ``nodes`` and ``edges`` of such
        files; where present, ``answers.jsonl`` (recorded
        answers of a language model), ``class_profiles.jsonl`` (what it knows of the
        classes) and ``splits.json`` (split name to part name to row numbers).

    Returns
    -------
    Bunch
        ``graph`` (:class:`~sklearn_tagkd.TextGraph`), ``target`` (ndarray of str of
        shape (n_nodes,), ``''`` for a node without a label), ``target_names`` (list
        of str, without ``''``), and where present ``answers`` and ``class_profiles``
        (Path) and ``splits`` (dict of dict of ndarray of int). A class keeps its
        name: the label 0 is ``'0'``, False is ``'False'``.

    Raises
    ------
    FileNotFoundError
        If a table is not there.
    GraphFormatError
        If a file is damaged, a table lacks a column or is there twice, or the two do
        not make a graph.

    Notes
    -----
    CSV knows no types. Ids are integers where all of the nodes' are written as such;
    labels are what the cells say, and of the cells that pandas and R write for a
    missing value those that no class can be called.

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
    nodes, nodes_path = read_table(folder, "nodes", {"node", "text"})
    edges, edges_path = read_table(folder, "edges", {"source", "target"})
    is_text = table_format(nodes_path) == "csv", table_format(edges_path) == "csv"
    node_ids, links = _ids(nodes["node"], edges["source"], edges["target"], *is_text)
    graph = TextGraph(
        nodes["text"], links, node_ids=node_ids, weights=_weights(edges, edges_path)
    )
    labels = nodes.get("label", [""] * len(graph))
    names = class_names(labels, is_text=is_text[0], where=nodes_path.name)
    bunch = Bunch(
        graph=graph,
        target=np.array(names, dtype=np.str_),
        target_names=sorted(set(names) - {""}),
    )
    if (folder / "class_profiles.jsonl").exists():
        bunch.class_profiles = folder / "class_profiles.jsonl"
    if (folder / "answers.jsonl").exists():
        bunch.answers = folder / "answers.jsonl"
    if (folder / "splits.json").exists():
        splits = read_splits(folder / "splits.json", len(graph))
        bunch.splits = {
            name: {part: np.array(rows, dtype=np.int64) for part, rows in parts.items()}
            for name, parts in splits.items()
        }
    return bunch


def _weights(edges: dict[str, list[Any]], path: Path) -> list[Any] | None:
    weights = edges.get("weight")
    if weights is None or table_format(path) != "csv":
        return weights
    try:
        return [float(cell) for cell in weights]
    except ValueError:  # whose text quotes the cell
        raise GraphFormatError(
            f"The column 'weight' of {path.name} holds something that is no number. "
            "Give every link a weight, or leave the column out."
        ) from None


def _ids(
    nodes: list[Any],
    sources: list[Any],
    targets: list[Any],
    nodes_are_text: bool,
    edges_are_text: bool,
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return ids and links; in CSV ids are integers where all nodes' are."""
    are_named = not edges_are_text and any(isinstance(end, str) for end in sources)
    if nodes_are_text and not are_named and all(map(is_integer, nodes)):
        nodes = [int(node) for node in nodes]
    if edges_are_text and all(isinstance(node, int) for node in nodes):
        sources, targets = (
            [int(end) if is_integer(end) else end for end in ends]
            for ends in (sources, targets)
        )
    return nodes, list(zip(sources, targets, strict=True))
