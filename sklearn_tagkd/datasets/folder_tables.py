"""A folder of documents as plain columns: ids, texts, labels, links by position."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.datasets.class_names import class_names
from sklearn_tagkd.datasets.documents import read_documents
from sklearn_tagkd.datasets.folder_links import read_links
from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.node_index import NodeIndex
from sklearn_tagkd.datasets.table_files import table_format
from sklearn_tagkd.datasets.tables import read_parts
from sklearn_tagkd.exceptions import GraphFormatError

if TYPE_CHECKING:
    from sklearn_tagkd.graph import TextGraph

__all__ = ["FolderTables", "read_folder", "read_ids"]


@dataclass(frozen=True, eq=False)
class FolderTables:
    """A folder, read. Texts stay out of the repr.

    Parameters
    ----------
    ids : list of str or int
        One per node.
    texts : list of str
        One per node.
    labels : ndarray of str of shape (n_nodes,)
        ``''`` for a node without a label.
    features : ndarray of float32 of shape (n_nodes, n_features) or None
        Numbers beside the texts.
    links : ndarray of int64 of shape (n_links, 2)
        Positions of both ends.
    weights : ndarray of float64 of shape (n_links,) or None
        What links weigh.
    notes : list of str
        What is worth telling of how the folder was read.
    """

    ids: list[Any] = field(repr=False)
    texts: list[str] = field(repr=False)
    labels: NDArray[np.str_] = field(repr=False)
    features: NDArray[np.float32] | None
    links: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    notes: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def class_names(self) -> list[str]:
        """Names of the classes that labels name, sorted."""
        return sorted(set(self.labels.tolist()) - {""})

    def graph(self, *, directed: bool, named: bool = True) -> TextGraph:
        """Return the graph.

        Parameters
        ----------
        directed : bool
            Whether a link goes one way.
        named : bool, default=True
            Whether nodes bear their ids; else they are numbered.

        Returns
        -------
        TextGraph
            All nodes.
        """
        from sklearn_tagkd.graph import TextGraph  # SciPy is not everywhere

        edges: Any = self.links
        node_ids = None
        if named:
            node_ids = self.ids
            ids = np.empty(len(self.ids), dtype=object)
            ids[:] = self.ids
            edges = [tuple(pair) for pair in ids[self.links].tolist()]
        return TextGraph(
            self.texts,
            edges,
            node_ids,
            self.features,
            directed=directed,
            weights=self.weights,
        )


def read_folder(
    folder: Path, layout: Layout, *, skip_unknown: bool = False
) -> FolderTables:
    """Read a folder of documents.

    Parameters
    ----------
    folder : Path
        Holds a table of nodes and, where there are links, one of edges.
    layout : Layout
        Names of files and columns.
    skip_unknown : bool, default=False
        Whether links to ids that no node has are left out, and counted in a note.

    Returns
    -------
    FolderTables
        All of it.

    Raises
    ------
    FileNotFoundError
        If there is no table of nodes.
    GraphFormatError
        If a table is damaged, lacks a column, or the two do not fit; no text is quoted.
    """
    path = layout.nodes_path(folder)
    is_text = table_format(path) == "csv"
    index = NodeIndex(is_text, path.name, layout.node)
    parts = list(read_documents(path, layout, index))
    if not len(index):
        raise GraphFormatError(f"{path.name} has no row: there is no node.")
    cells = [cell for part in parts for cell in part.labels]
    names = class_names(cells, is_text=is_text, where=path.name)
    features = [part.features for part in parts if part.features is not None]
    notes = []
    if n_missing := sum(part.n_missing for part in parts):
        notes.append(f"{n_missing} texts of {path.name} are missing, and count as ''")
    links, weights = read_links(folder, layout, index, skip_unknown, notes)
    return FolderTables(
        ids=index.ids(),
        texts=[text for part in parts for text in part.texts],
        labels=np.array(names, dtype=np.str_),
        features=np.concatenate(features) if features else None,
        links=links,
        weights=weights,
        notes=notes,
    )


def read_ids(path: Path, layout: Layout) -> list[Any]:
    """Read the ids of nodes alone.

    Parameters
    ----------
    path : Path
        Of the table of nodes.
    layout : Layout
        Names of columns.

    Returns
    -------
    list of str or int
        In the order of the table; at least one.

    Raises
    ------
    GraphFormatError
        If a column is not there, or an id is none, or there twice.
    """
    index = NodeIndex(table_format(path) == "csv", path.name, layout.node)
    needed, _ = layout.node_columns()
    for part in read_parts(path, needed, {layout.node, *layout.features}):
        index.add(part[layout.node])
    if not len(index):
        raise GraphFormatError(f"{path.name} has no row: there is no node.")
    return index.ids()
