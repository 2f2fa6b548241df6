"""Where in a folder what stands: files, and names of columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sklearn_tagkd.datasets.table_files import (
    find_table,
    format_of,
    table_files,
    table_format,
)

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """Files of a folder, and the names of their columns.

    Parameters
    ----------
    nodes, edges : str, default=None
        Names of the files, or of folders of files; None is ``nodes`` and ``edges`` with
        ``.parquet``, ``.csv`` or ``.jsonl``, or folders of these names.
    node, text, label : str
        Columns of the nodes; without a name for labels, these are not looked at.
    source, target, weight : str
        Columns of the links.
    features : tuple of str
        Columns of the nodes that hold numbers, or lists of as many numbers each.
    """

    nodes: str | None = None
    edges: str | None = None
    node: str = "node"
    text: str = "text"
    label: str | None = "label"
    source: str = "source"
    target: str = "target"
    weight: str = "weight"
    features: tuple[str, ...] = ()

    def nodes_path(self, folder: Path) -> Path:
        """Return where the nodes are.

        Parameters
        ----------
        folder : Path
            That it lies in.

        Returns
        -------
        Path
            A file that is there, or a folder of files.

        Raises
        ------
        FileNotFoundError
            If there is no folder, or no such file in it; names the tables there are.
        GraphFormatError
            If there are two, or files of no format that is read.
        """
        path = self._find(folder, "nodes", self.nodes)
        if path is None:
            raise FileNotFoundError(
                f"There is no nodes.parquet in {folder}, nor nodes.csv or nodes.jsonl, "
                f"nor a folder nodes of such files. {_tables_of(folder)} Another name: "
                "--nodes FILE."
            )
        return path

    def edges_path(self, folder: Path) -> Path | None:
        """Return where the links are.

        Parameters
        ----------
        folder : Path
            That it lies in.

        Returns
        -------
        Path or None
            None where no file is named and there is none: documents without links.

        Raises
        ------
        FileNotFoundError
            If there is no folder, or not the file that is named.
        GraphFormatError
            If there are two, or files of no format that is read.
        """
        return self._find(folder, "edges", self.edges)

    def node_columns(self) -> tuple[set[str], set[str]]:
        """Return the columns of the nodes that must be there, and those that may be.

        Returns
        -------
        needed : set of str
            Without them it is no table of nodes.
        known : set of str
            Others that are read.
        """
        labels = set() if self.label is None else {self.label}
        if self.features:  # which may be all there is
            return {self.node, *self.features}, {self.text, *labels}
        return {self.node, self.text}, labels

    def link_columns(self) -> tuple[set[str], set[str]]:
        """Return the columns of the links that must be there, and those that may be.

        Returns
        -------
        needed : set of str
            Without them it is no table of links.
        known : set of str
            Others that are read.
        """
        return {self.source, self.target}, {self.weight}

    def _find(self, folder: Path, name: str, given: str | None) -> Path | None:
        if not folder.is_dir():
            what = "is a file, not a folder" if folder.is_file() else "is not there"
            raise FileNotFoundError(
                f"{folder} {what}. A folder holds the tables nodes and edges, in "
                "Parquet, CSV or JSON lines."
            )
        if given is None:
            return find_table(folder, name)
        path = folder / given
        if not path.exists():
            raise FileNotFoundError(
                f"There is no file {given} in {folder}. {_tables_of(folder)}"
            )
        table_format(path)
        return path


def _tables_of(folder: Path) -> str:
    there = (place for place in folder.iterdir() if format_of(place))
    names = sorted(place.name for place in there if table_files(place))
    return f"Tables in it: {', '.join(names[:20])}." if names else "It has no table."
