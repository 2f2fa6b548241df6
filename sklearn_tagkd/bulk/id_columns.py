"""Columns of ids as they are looked up: integers, or strings that stay bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["id_column", "kind_of_ids", "packed", "string_column", "written_integers"]


def kind_of_ids(kind: Any, name: str, where: str) -> str:
    """Tell whether a column can hold ids, by its type.

    Parameters
    ----------
    kind : pyarrow.DataType
        The column's.
    name, where : str
        The column's and the table's, for messages.

    Returns
    -------
    {'int', 'str'}
        Floats, which pandas makes of integers, are looked at when they are read.

    Raises
    ------
    GraphFormatError
        If ids are of another type.
    """
    import pyarrow as arrow

    if arrow.types.is_dictionary(kind):
        kind = kind.value_type
    if arrow.types.is_integer(kind) or arrow.types.is_floating(kind):
        return "int"
    if _is_string(kind):
        return "str"
    if arrow.types.is_null(kind):
        raise _lacks_ids(name, where)
    raise GraphFormatError(
        f"The column {name!r} of {where} is of type {kind}. Ids are strings or "
        "integers: convert it."
    )


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
    name = _given(batch, name)
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kind_of_ids(column.type, name, where) == "str":
        strings = _long_strings(column, name, where)
        if strings.null_count:
            raise _lacks_ids(name, where)
        return packed(strings)
    if column.null_count:
        raise _lacks_ids(name, where)
    try:
        if arrow.types.is_floating(column.type):  # half and single are whole up to 2^24
            _refuse_rounded(column, name, where)
        whole = column.cast(arrow.int64())
    except arrow.ArrowInvalid:
        raise GraphFormatError(
            f"The column {name!r} of {where} holds numbers that are no integers of 64 "
            "bits. Ids are strings or integers: convert it."
        ) from None
    numbers: NDArray[np.int64] = whole.to_numpy(zero_copy_only=False)
    return numbers


def _refuse_rounded(column: Any, name: str, where: str) -> None:
    """Refuse floats that stand for several integers each, of which one is an id."""
    bits = {2: 11, 4: 24, 8: 53}[column.type.bit_width // 8]
    numbers = column.to_numpy(zero_copy_only=False)
    if (np.abs(numbers) > 2**bits).any():
        raise GraphFormatError(
            f"The column {name!r} of {where} holds ids as floats, and some beyond "
            f"2^{bits}, where a float stands for several integers. Write them as "
            "integers: convert the column before it lacks a value."
        )


def string_column(batch: Any, name: str, where: str) -> tuple[Any, int]:
    """Return a column of texts, '' where one is missing.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Some rows.
    name, where : str
        The column's and the table's.

    Returns
    -------
    texts : pyarrow.LargeStringArray
        Without empty cells.
    n_missing : int
        How many there were.

    Raises
    ------
    GraphFormatError
        If there is anything else in it.
    """
    import pyarrow as arrow
    import pyarrow.compute as compute

    column = batch.column(name)
    name = _given(batch, name)
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    n_missing = int(column.null_count)
    if n_missing == len(column):  # of whatever type, where nothing is in it
        return arrow.array([""] * n_missing, arrow.large_string()), n_missing
    if not _is_string(column.type):
        raise GraphFormatError(
            f"The column {name!r} of {where} is of type {column.type}, not of strings."
        )
    return compute.fill_null(_long_strings(column, name, where), ""), n_missing


def _given(batch: Any, name: str) -> str:
    """Return what the file calls a column."""
    given = (batch.schema.metadata or {}).get(name.encode(), name.encode())
    return str(given.decode())


def _lacks_ids(name: str, where: str) -> GraphFormatError:
    return GraphFormatError(
        f"The column {name!r} of {where} has empty cells. Every node and every end of "
        "a link needs an id: leave such rows out."
    )


def _is_string(kind: Any) -> bool:
    import pyarrow as arrow

    return bool(
        arrow.types.is_string(kind)
        or arrow.types.is_large_string(kind)
        or arrow.types.is_string_view(kind)
    )


def _long_strings(column: Any, name: str, where: str) -> Any:
    """Return strings with long offsets, all of them UTF-8."""
    import pyarrow as arrow

    strings = column.cast(arrow.large_string())
    try:
        strings.validate(full=True)
    except arrow.ArrowInvalid:
        raise GraphFormatError(
            f"The column {name!r} of {where} holds a string that is no UTF-8. Write "
            "the table anew."
        ) from None
    return strings


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
