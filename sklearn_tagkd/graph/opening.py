"""Graphs that lie in a folder and are mapped into memory, not read."""

from __future__ import annotations

from os import PathLike
from typing import Any, Self

from sklearn_tagkd.graph.stored import open_store

__all__ = ["OpenedGraph"]


class OpenedGraph:
    """What gives :class:`TextGraph` its ``open``."""

    @classmethod
    def open(cls, folder: str | PathLike[str], *, verify: bool = True) -> Self:
        """Open a graph that was built in a folder; nothing of it is read at once.

        Parameters
        ----------
        folder : str or PathLike
            Where :func:`sklearn_tagkd.bulk.build_links` built it.
        verify : bool, default=True
            Whether every number is looked at once, in little memory: about a second
            per 100 million links. False for files that nobody else can have touched.

        Returns
        -------
        TextGraph
            Texts, ids, links and features lie in files; what is asked for is read. A
            pickle of it holds the folder's name, and no more.

        Raises
        ------
        FileNotFoundError
            If no graph was built there.
        GraphFormatError
            If a file is damaged, or of another version.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from sklearn_tagkd import TextGraph
        >>> from sklearn_tagkd.bulk import build_links
        >>> folder = Path(tempfile.mkdtemp())
        >>> nodes = pd.DataFrame({"node": ["a", "b"], "text": ["goal", "vote"]})
        >>> nodes.to_parquet(folder / "nodes.parquet")
        >>> edges = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"]})
        >>> edges.to_parquet(folder / "edges.parquet")
        >>> build_links(folder).duplicate_links
        1
        >>> TextGraph.open(folder)
        TextGraph(nodes=2, links=1)
        """
        graph: Any = cls
        opened: Self = graph._from_store(open_store(folder, verify))
        return opened
