"""A graph in a folder: its files, their checks, and the store that maps them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from scipy.sparse import csr_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.store import GraphStore
from sklearn_tagkd.graph.stored_ids import (
    IdIndex,
    StoredIntegerIds,
    StoredStringIds,
    bucket_bits,
    place_ids,
)
from sklearn_tagkd.graph.verifying import verify_store
from sklearn_tagkd.utils.array_files import map_array
from sklearn_tagkd.utils.memory_sizes import check_memory

__all__ = ["BUILT", "FORMAT", "StoredGraph", "open_ids", "open_store", "received_links"]

BUILT = "built"  # the folder in a graph's folder that holds what was built
FORMAT = 2
_LARGEST_DESCRIPTION = 2**20  # bytes
_REPORT = (
    "n_links",
    "self_loops",
    "duplicate_links",
    "isolated_nodes",
    "weightless_links",
)


@dataclass(frozen=True, eq=False)
class StoredGraph(GraphStore):
    """A parent of which every array is mapped.

    Parameters
    ----------
    texts : PackedStrings
        One text per node.
    node_ids : NodeIds
        One id per node.
    links : csr_array of shape (n_nodes, n_nodes), dtype int8 or float64
        As of any parent.
    features : ndarray of shape (n_nodes, n_features) or None
        Numeric columns beside the text.
    directed : bool
        Whether links have a direction.
    report : LinkReport
        What was mended in the edges.
    folder : Path
        Where the files are: a pickle of it holds no more than this.
    source : str
        What it was built from; another one where tables changed.
    text_digest : str
        Equal for equal texts, whatever the links are.
    max_memory : int or None
        Bytes that a step may take, which goes through it by parts; None where what
        steps make of it is held in memory.
    """

    folder: Path
    source: str
    text_digest: str
    max_memory: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Checked when it was opened; who gets it reads the same files.
        return _reopen, (str(self.folder), self.max_memory, self.source)

    def check_unchanged(self) -> None:
        """Refuse a folder in which another graph was built since this one was opened.

        Raises
        ------
        FileNotFoundError
            If no graph is there any more.
        GraphFormatError
            If tables were changed, and another graph was built of them.
        """
        said = _description(self.folder / BUILT / "graph.json")
        if str(said.get("source")) != self.source:
            raise GraphFormatError(
                f"The graph in {self.folder} was built anew after it was opened. Open "
                "it again: TextGraph.open(folder)."
            )


def open_store(
    folder: str | PathLike[str], verify: bool = True, max_memory: int | None = None
) -> StoredGraph:
    """Map a graph that was built in a folder.

    Parameters
    ----------
    folder : str or PathLike
        The graph's folder.
    verify : bool, default=True
        Whether to look at every number once, in little memory.
    max_memory : int, default=None
        Bytes that a step may take; None is no limit.

    Returns
    -------
    StoredGraph
        Nothing of it is held in memory.

    Raises
    ------
    FileNotFoundError
        If no graph was built there.
    GraphFormatError
        If a file is damaged, or of another version; says which.
    ValueError
        If that is too little memory for a column.
    """
    folder = Path(folder).resolve()
    built = folder / BUILT
    said = _description(built / "graph.json")
    with _telling_where(built):
        store = replace(_map(folder, built, said), max_memory=max_memory)
    if max_memory is not None:
        check_memory(max_memory, len(store))
    if verify:
        with _telling_where(built):
            verify_store(store, received_links(store))
    return store


@contextmanager
def _telling_where(built: Path) -> Iterator[None]:
    """Name the folder of files that are not what they should be."""
    try:
        yield
    except GraphFormatError:
        raise
    except (ValueError, OSError) as error:
        _refuse(built, str(error))


def _reopen(folder: str, max_memory: int | None, source: str) -> StoredGraph:
    store = open_store(folder, False, max_memory)
    if store.source != source:
        replace(store, source=source).check_unchanged()
    return store


def _description(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"No graph was built in {path.parent.parent}. Build it once: "
            "sklearn_tagkd.bulk.build_links(folder), where the folder holds "
            "nodes.parquet and edges.parquet."
        )
    try:
        if path.stat().st_size > _LARGEST_DESCRIPTION:
            raise ValueError("it is too long")
        said = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        _refuse(path.parent, f"graph.json cannot be read ({type(error).__name__})")
    if not isinstance(said, dict) or type(said.get("format")) is not int:
        _refuse(path.parent, "graph.json says no format")
    if said["format"] != FORMAT:
        raise GraphFormatError(
            f"{path} is of format {said['format']}, and this version reads format "
            f"{FORMAT}. Build the graph anew, or use the version that built it."
        )
    return said


def _map(folder: Path, built: Path, said: dict[str, Any]) -> StoredGraph:
    n_nodes = _number(said, "n_nodes", least=1)
    n_cells = _number(said, "n_cells")
    directed, weighted = _flag(said, "directed"), _flag(said, "weighted")
    links = _links(built, "", n_nodes, n_cells, weighted)
    n_features = _number(said, "n_features")
    features = None
    if n_features:
        kind = said.get("feature_type")
        if kind not in ("<f2", "<f4", "<f8"):
            raise ValueError("graph.json names no type of features")
        features = map_array(folder / "features.npy", kind, (n_nodes, n_features))
    return StoredGraph(
        texts=_strings(built, "text", n_nodes, _number(said, "text_bytes")),
        node_ids=open_ids(built, said),
        links=links,
        features=features,
        directed=directed,
        report=LinkReport(**{name: _number(said, name) for name in _REPORT}),
        folder=folder,
        source=str(said.get("source")),
        # Version 0.1 looked at no text: equal tables stand for equal texts.
        text_digest=str(said.get("text_digest", said.get("source"))),
    )


def received_links(store: StoredGraph) -> csr_array:
    """Map the links by who receives.

    Parameters
    ----------
    store : StoredGraph
        A graph in a folder.

    Returns
    -------
    csr_array of shape (n_nodes, n_nodes), dtype int8 or float64
        Weight at ``[receiver, sender]``.
    """
    if not store.directed:
        return store.links
    cells = store.links.nnz
    folder = store.folder / BUILT
    return _links(folder, "received_", len(store), cells, store.weighted)


def _links(
    built: Path, stem: str, n_nodes: int, n_cells: int, weighted: bool
) -> csr_array:
    index = np.dtype("<i4" if max(n_nodes, n_cells) < 2**31 else "<i8")
    kind = "<f8" if weighted else "i1"
    links = csr_array(
        (
            map_array(built / f"{stem}weights.npy", kind, (n_cells,)),
            map_array(built / f"{stem}neighbors.npy", index, (n_cells,)),
            map_array(built / f"{stem}starts.npy", index, (n_nodes + 1,)),
        ),
        shape=(n_nodes, n_nodes),
    )
    links.has_sorted_indices = links.has_canonical_format = True
    return links


def open_ids(built: Path, said: dict[str, Any]) -> NodeIds:
    """Map the ids of a graph.

    Parameters
    ----------
    built : Path
        Folder of what was built.
    said : dict
        The graph's description.

    Returns
    -------
    NodeIds
        Nothing of them is held in memory.

    Raises
    ------
    ValueError
        If a file is damaged; says which.
    OSError
        If one is not there.
    """
    n_nodes, kind = _number(said, "n_nodes", least=1), said.get("ids")
    if kind not in ("positions", "int", "str"):
        raise ValueError("graph.json names no kind of ids")
    if kind == "str":
        strings = _strings(built, "id", n_nodes, _number(said, "id_bytes"))
        return StoredStringIds(strings, _id_index(built, n_nodes, 2))
    values = map_array(built / "ids.npy", "<i8", (n_nodes,))
    if kind == "positions":
        return place_ids(values)
    return StoredIntegerIds(values, _id_index(built, n_nodes, 1))


def _id_index(built: Path, n_nodes: int, n_hashes: int) -> IdIndex:
    first, *others = (
        map_array(built / f"id_hash_{which}.npy", "<u8", (n_nodes,))
        for which in ("first", "second")[:n_hashes]
    )
    return IdIndex(
        first,
        others[0] if others else None,
        map_array(built / "id_order.npy", "<i8", (n_nodes,)),
        map_array(
            built / "id_starts.npy",
            "<i4" if n_nodes < 2**31 else "<i8",
            (2 ** bucket_bits(n_nodes) + 1,),
        ),
    )


def _strings(built: Path, name: str, n: int, n_bytes: int) -> PackedStrings:
    return PackedStrings(
        map_array(built / f"{name}s.npy", "u1", (n_bytes,)),
        map_array(built / f"{name}_offsets.npy", "<i8", (n + 1,)),
    )


def _number(said: dict[str, Any], name: str, least: int = 0) -> int:
    value = said.get(name)
    if type(value) is not int or not least <= value < 2**48:
        raise ValueError(f"graph.json says no {name}")
    return value


def _flag(said: dict[str, Any], name: str) -> bool:
    value = said.get(name)
    if type(value) is not bool:
        raise ValueError(f"graph.json says not whether it is {name}")
    return value


def _refuse(built: Path, why: str) -> NoReturn:
    raise GraphFormatError(
        f"The graph in {built} is damaged: {why}. Delete that folder, and build it "
        "anew: sklearn_tagkd.bulk.build_links(folder)."
    )
