"""Ids and texts of a graph in a folder: packed end to end, and an index of the ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.id_columns import (
    id_column,
    kind_of_ids,
    packed,
    string_column,
    written_integers,
)
from sklearn_tagkd.bulk.id_index import write_index
from sklearn_tagkd.bulk.tables import Table
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.id_hashes import hashed_integers, hashed_strings
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.utils.array_files import ArrayFile, map_array

__all__ = ["pack_nodes"]

_ROWS = 2**20  # of a chunk


def pack_nodes(table: Table, built: Path, has_features: bool) -> dict[str, Any]:
    """Write what there is to know of nodes, read once from start to end.

    Parameters
    ----------
    table : Table
        Of nodes.
    built : Path
        Where to.
    has_features : bool
        Whether there are numbers beside, so that no text is needed.

    Returns
    -------
    dict
        What to say of them in the graph's description.

    Raises
    ------
    GraphFormatError
        If an id or a text is missing or of another type, or an id is given twice.
    """
    said: dict[str, Any] = {"n_nodes": table.n_rows}
    if not said["n_nodes"]:
        raise GraphFormatError("The graph has no node: the table of nodes is empty.")
    with_text = "text" in table.names
    if not with_text and not has_features:
        raise GraphFormatError(
            "The table of nodes has no column 'text', and there is no features.npy in "
            "the folder: nothing is known of any node. Rename the column of texts, or "
            "name it: build_links(folder, text='...')."
        )
    said["text_bytes"], said["n_missing_texts"] = _write_texts(table, built, with_text)
    # By their content: vectors of texts outlive links that change.
    written = [file_digest(built / name) for name in ("texts.npy", "text_offsets.npy")]
    said["text_digest"] = "-".join(written)
    if _ids_are_integers(table):
        said |= _write_integers(table, built)
    else:
        said |= _write_strings(table, built)
    return said


def _write_texts(table: Table, built: Path, with_text: bool) -> tuple[int, int]:
    """Write texts; return how many bytes they have, and how many are missing."""
    end = n_missing = 0
    with (
        ArrayFile(built / "texts.npy", "u1") as texts,
        ArrayFile(built / "text_offsets.npy", "<i8") as offsets,
    ):
        offsets.append(np.zeros(1))
        if not with_text:
            for chunk in table.chunks(_ROWS):
                offsets.append(np.zeros(chunk.stop - chunk.start))
            return 0, 0
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["text"]):
                column, n_here = string_column(batch, "text", table.name)
                end = _append(packed(column), texts, offsets, end)
                n_missing += n_here
    return end, n_missing


def _append(
    strings: PackedStrings, content: ArrayFile, offsets: ArrayFile, end: int
) -> int:
    """Write strings after one another; return where the last one ends."""
    bounds = strings.offsets
    content.append(strings.buffer[bounds[0] : bounds[-1]])
    offsets.append(bounds[1:] - bounds[0] + end)
    return end + int(bounds[-1] - bounds[0])


def _ids_are_integers(table: Table) -> bool:
    """Tell whether ids are integers; in CSV, whether all are written as such."""
    for chunk in table.chunks(_ROWS):
        for batch in chunk.read(["node"]):
            if not table.is_text:
                kind = batch.column("node").type
                return kind_of_ids(kind, "node", table.name) == "int"
            ids = id_column(batch, "node", table.name)
            if isinstance(ids, PackedStrings) and written_integers(ids) is None:
                return False
    return True


def _write_integers(table: Table, built: Path) -> dict[str, Any]:
    hashes, end, are_places = [], 0, True
    with ArrayFile(built / "ids.npy", "<i8") as file:
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["node"]):
                ids = _integers(batch, table.name)
                are_places &= bool((ids == np.arange(end, end + len(ids))).all())
                end += len(ids)
                hashes.append(hashed_integers(ids))
                file.append(ids)
    if are_places:
        return {"ids": "positions"}
    first = np.concatenate(hashes)
    del hashes
    double = write_index(built, first)
    if double is not None:
        _refuse_double(*double, f", {map_array(built / 'ids.npy')[double[0]]}")
    return {"ids": "int"}


def _integers(batch: Any, where: str) -> NDArray[np.int64]:
    ids = id_column(batch, "node", where)
    found = written_integers(ids) if isinstance(ids, PackedStrings) else ids
    if found is None:
        raise _mixed(where)
    return found


def _write_strings(table: Table, built: Path) -> dict[str, Any]:
    end = 0
    hashes = []
    with (
        ArrayFile(built / "ids.npy", "u1") as content,
        ArrayFile(built / "id_offsets.npy", "<i8") as offsets,
    ):
        offsets.append(np.zeros(1))
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["node"]):
                strings = id_column(batch, "node", table.name)
                if not isinstance(strings, PackedStrings):
                    raise _mixed(table.name)
                hashes.append(hashed_strings(strings))
                end = _append(strings, content, offsets, end)
    first, second = np.concatenate(hashes, axis=1)
    del hashes
    double = write_index(built, first, second)
    if double is not None:
        _refuse_double(*double, "")
    return {"ids": "str", "id_bytes": end}


def _mixed(where: str) -> GraphFormatError:
    return GraphFormatError(
        f"The column 'node' of {where} holds integers in one file and strings in "
        "another. Write all ids as one type."
    )


def _refuse_double(first: int, second: int, named: str) -> None:
    raise GraphFormatError(
        f"Rows {first} and {second} of the nodes bear the same id{named}. Ids must be "
        "unique; drop or rename one of the two."
    )
