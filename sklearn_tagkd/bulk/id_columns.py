"""Columns of ids as they are looked up: integers, or strings that stay bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["id_column", "packed", "written_integers"]


def id_column(batch: Any, name: str, where: str) -> NDArray[np.int64] | PackedStrings:
    """Return a column of ids.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Some rows.
    name : str
        The column's.
    where : str
        The table's name, for messages.

    Returns
    -------
    ndarray of int64 of shape (n_rows,), or PackedStrings
        Strings are not copied.

    Raises
    ------
    GraphFormatError
        If there is anything else in it.
    """
    import pyarrow as arrow

    column = batch.column(name)
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.null_count:
        raise GraphFormatError(
            f"The column {name!r} of {where} has empty cells. Every node and every end "
            "of a link needs an id: leave such rows out."
        )
    kind = column.type
    if arrow.types.is_integer(kind):
        if arrow.types.is_uint64(kind):
            column = column.cast(arrow.int64())
        numbers: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return numbers.astype(np.int64, copy=False)
    if arrow.types.is_string(kind) or arrow.types.is_large_string(kind):
        return packed(column.cast(arrow.large_string()))
    raise GraphFormatError(
        f"The column {name!r} of {where} is of type {kind}. Ids are strings or "
        "integers: convert it."
    )


def packed(column: Any) -> PackedStrings:
    """Return an array of strings with long offsets as ours; nothing is copied.

    Parameters
    ----------
    column : pyarrow.LargeStringArray
        Without empty cells.

    Returns
    -------
    PackedStrings
        Of which the first may begin anywhere in the buffer.
    """
    _, bounds, content = column.buffers()
    ends = np.frombuffer(bounds, dtype=np.int64)[column.offset :][: len(column) + 1]
    letters = np.frombuffer(b"" if content is None else content, dtype=np.uint8)
    return PackedStrings(letters, ends)


def written_integers(strings: PackedStrings) -> NDArray[np.int64] | None:
    """Return what a table of text wrote as integers.

    Parameters
    ----------
    strings : PackedStrings
        Of a column.

    Returns
    -------
    ndarray of int64 of shape (n,), or None
        None where one of them is none, or would be written otherwise.
    """
    import pyarrow as arrow
    import pyarrow.compute as compute

    buffers = [None, *map(arrow.py_buffer, (strings.offsets, strings.buffer))]
    column = arrow.Array.from_buffers(arrow.large_string(), len(strings), buffers)
    try:
        numbers = column.cast(arrow.int64())
    except arrow.ArrowInvalid:
        return None
    if not compute.all(compute.equal(numbers.cast(column.type), column)).as_py():
        return None
    found: NDArray[np.int64] = numbers.to_numpy(zero_copy_only=False)
    return found
