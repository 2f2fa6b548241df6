"""Ids and texts of a graph in a folder: packed end to end, and an index of the ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.tables import Table, plain_column
from sklearn_tagkd.datasets.digest import file_digest
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.stored_ids import hashed_strings
from sklearn_tagkd.utils.array_files import ArrayFile

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
    with_text = "text" in table.columns
    if not with_text and not has_features:
        raise GraphFormatError(
            "The table of nodes has no column 'text', and there is no features.npy in "
            "the folder: nothing is known of any node. Rename the column of texts."
        )
    said: dict[str, Any] = {"n_nodes": table.n_rows}
    if not said["n_nodes"]:
        raise GraphFormatError("The graph has no node: the table of nodes is empty.")
    said["text_bytes"] = _write_texts(table, built, with_text)
    # By their content: vectors of texts outlive links that change.
    written = [file_digest(built / name) for name in ("texts.npy", "text_offsets.npy")]
    said["text_digest"] = "-".join(written)
    if _ids_are_integers(table):
        said |= _write_integers(table, built)
    else:
        said |= _write_strings(table, built)
    return said


def _write_texts(table: Table, built: Path, with_text: bool) -> int:
    end = 0
    with (
        ArrayFile(built / "texts.npy", "u1") as texts,
        ArrayFile(built / "text_offsets.npy", "<i8") as offsets,
    ):
        offsets.append(np.zeros(1))
        if not with_text:
            for chunk in table.chunks(_ROWS):
                offsets.append(np.zeros(chunk.stop - chunk.start))
            return 0
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["text"]):
                column = _strings(batch, "text", table.name)
                if column.null_count:
                    raise GraphFormatError(
                        "The column 'text' of the nodes has empty cells. Give '' for a "
                        "node without a text: nodes['text'].fillna('')."
                    )
                end = _append(column, texts, offsets, end)
    return end


def _append(column: Any, strings: ArrayFile, offsets: ArrayFile, end: int) -> int:
    """Write strings after one another; return where the last one ends."""
    bounds, content = _buffers(column)
    strings.append(content[bounds[0] : bounds[-1]])
    offsets.append(bounds[1:] - bounds[0] + end)
    return end + int(bounds[-1] - bounds[0])


def _buffers(column: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where strings begin and end, and their bytes; nothing is copied."""
    _, bounds, content = column.buffers()
    ends = np.frombuffer(bounds, dtype=np.int64)[column.offset :][: len(column) + 1]
    if content is None:
        return ends, np.empty(0, np.uint8)
    return ends, np.frombuffer(content, dtype=np.uint8)


def _strings(batch: Any, name: str, where: str) -> Any:
    """Return a column of strings with long offsets."""
    import pyarrow as arrow

    column = batch.column(name)
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if not (arrow.types.is_string(kind) or arrow.types.is_large_string(kind)):
        raise GraphFormatError(
            f"The column {name!r} of {where} is of type {kind}, not of strings."
        )
    return column.cast(arrow.large_string())


def _ids_are_integers(table: Table) -> bool:
    """Tell whether ids are integers; in CSV, whether all are written as such."""
    import pyarrow as arrow
    import pyarrow.compute as compute

    for chunk in table.chunks(_ROWS):
        for batch in chunk.read(["node"]):
            if not table.is_text:
                kind = batch.column("node").type
                return bool(arrow.types.is_integer(kind))
            column = batch.column("node")
            written = compute.match_substring_regex(column, r"^(0|-?[1-9][0-9]{0,17})$")
            if not compute.all(written).as_py():
                return False
    return True


def _write_integers(table: Table, built: Path) -> dict[str, Any]:
    parts = []
    with ArrayFile(built / "ids.npy", "<i8") as file:
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["node"]):
                parts.append(plain_column(batch, "node", table.name).astype(np.int64))
                file.append(parts[-1])
    ids = np.concatenate(parts)
    del parts
    if (ids == np.arange(len(ids))).all():
        return {"ids": "positions"}
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        _refuse_double(int(ordered[twice[0]]), *order[twice[0] : twice[0] + 2])
    with ArrayFile(built / "id_order.npy", "<i8") as file:
        file.append(order)
    return {"ids": "int"}


def _write_strings(table: Table, built: Path) -> dict[str, Any]:
    end = 0
    hashes = []
    with (
        ArrayFile(built / "ids.npy", "u1") as strings,
        ArrayFile(built / "id_offsets.npy", "<i8") as offsets,
    ):
        offsets.append(np.zeros(1))
        for chunk in table.chunks(_ROWS):
            for batch in chunk.read(["node"]):
                # Looked through for empty cells, and for other types.
                hashes.append(hashed_strings(plain_column(batch, "node", table.name)))
                end = _append(
                    _strings(batch, "node", table.name), strings, offsets, end
                )
    first, second = np.concatenate(hashes, axis=1)
    del hashes
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    alike = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    if alike.any():
        place = int(np.argmax(alike))
        _refuse_double(None, *sorted(order[place : place + 2]))
    for name, array in (("first", first), ("second", second)):
        with ArrayFile(built / f"id_hash_{name}.npy", "<u8") as file:
            file.append(array)
    with ArrayFile(built / "id_order.npy", "<i8") as file:
        file.append(order)
    return {"ids": "str", "id_bytes": end}


def _refuse_double(identity: int | None, first: int, second: int) -> None:
    named = "" if identity is None else f", {identity!r}"
    raise GraphFormatError(
        f"Rows {first} and {second} of the nodes bear the same id{named}. Ids must be "
        "unique; drop or rename one of the two."
    )
