"""Graphs that lie in a folder and are mapped into memory, not read."""

from __future__ import annotations

from os import PathLike
from typing import Any, Self

from sklearn_tagkd.graph.stored import StoredGraph, open_store
from sklearn_tagkd.utils.memory_sizes import memory_bytes

__all__ = ["OpenedGraph"]


class OpenedGraph:
    """What gives :class:`TextGraph` its ``open``."""

    _store: Any

    @classmethod
    def open(
        cls,
        folder: str | PathLike[str],
        *,
        verify: bool = True,
        max_memory: int | str | None = None,
    ) -> Self:
        """Open a graph that was built in a folder; nothing of it is read at once.

        Parameters
        ----------
        folder : str or PathLike
            Where :func:`sklearn_tagkd.bulk.build_links` built it.
        verify : bool, default=True
            Whether every number is looked at once, in little memory: about a second
            per 100 million links. False for files that nobody else can have touched.
        max_memory : int or str, default=None
            Bytes, or such as ``'2GiB'``, that a step may take, as for
            :func:`~sklearn_tagkd.bulk.predict_folder`. ``fit`` and ``predict`` then go
            through the graph by parts, and leave files in the folder. None holds what
            a step makes of all nodes in memory, as of any other graph.

        Returns
        -------
        TextGraph
            Texts, ids, links and features lie in files; what is asked for is read. A
            pickle of it holds the folder's name and which graph it was, and no more.

        Raises
        ------
        FileNotFoundError
            If no graph was built there.
        GraphFormatError
            If a file is damaged, or of another version.
        ValueError
            If ``max_memory`` is no size, or does not hold one column of the graph.

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
        memory = None if max_memory is None else memory_bytes(max_memory)
        opened: Self = graph._from_store(open_store(folder, verify, memory))
        return opened

    @property
    def stored(self) -> StoredGraph | None:
        """The parent, where it lies in a folder."""
        return self._store if isinstance(self._store, StoredGraph) else None

    @property
    def by_parts(self) -> StoredGraph | None:
        """The parent, where it lies in a folder and steps go through it by parts."""
        store = self.stored
        return None if store is None or store.max_memory is None else store
