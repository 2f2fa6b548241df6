"""Tables in Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.datasets.lacking import lacks_column
from sklearn_tagkd.exceptions import GraphFormatError, MissingExtraError

__all__ = ["import_pyarrow", "read_parquet"]


def import_pyarrow(verb: str) -> Any:
    """Import pyarrow, which only such tables need.

    Parameters
    ----------
    verb : str
        What is to be done to a table; begins the error.

    Returns
    -------
    module
        ``pyarrow``, with ``pyarrow.parquet``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            f"{verb} Parquet tables needs pyarrow: pip install pyarrow, or "
            "'sklearn-tagkd[parquet]'. Tables in CSV or JSON lines need nothing.",
            name="pyarrow",
        ) from error
    return pyarrow


def read_parquet(
    path: Path, needed: set[str], wanted: set[str] | None, n_rows: int
) -> Iterator[dict[str, Any]]:
    """Read a Parquet file, some rows at a time.

    Parameters
    ----------
    path : Path
        Of the file.
    needed : set of str
        Columns that it has to have.
    wanted : set of str or None
        Columns to read where they are there; None is all.
    n_rows : int
        Rows at a time.

    Yields
    ------
    dict of str to list or ndarray
        Columns; those of floating-point numbers, or of lists of as many of them in
        every row, as arrays where they are whole; a file without rows gives one part
        without rows.

    Raises
    ------
    GraphFormatError
        If the file is damaged, has two columns of one name that matters, or lacks one.
    """
    pyarrow = import_pyarrow("Reading")
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            there = file.schema_arrow.names
            if missing := sorted(needed - set(there)):
                raise lacks_column(path, missing[0], there)
            names = [n for n in there if wanted is None or n in needed or n in wanted]
            twice = sorted({name for name in names if there.count(name) > 1})
            if twice:
                raise GraphFormatError(f"{path.name} has two columns {twice[0]!r}.")
            pending = file.schema_arrow.empty_table().select(names)
            is_first = True
            for batch in file.iter_batches(batch_size=n_rows, columns=names):
                # Batches may be smaller than that where a row group ends.
                read = pyarrow.Table.from_batches([batch]).select(names)
                pending = pyarrow.concat_tables([pending, read])
                while len(pending) >= n_rows:
                    part, pending = pending[:n_rows], pending[n_rows:]
                    is_first = False
                    yield {name: _values(part[name], pyarrow) for name in names}
            if len(pending) or is_first:
                yield {name: _values(pending[name], pyarrow) for name in names}
    except GraphFormatError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise GraphFormatError(
            f"{path.name} cannot be read as Parquet ({type(error).__name__}): it is "
            "damaged, or something else. Write it anew: nodes.to_parquet(path)."
        ) from error


def _values(column: Any, pyarrow: Any) -> Any:
    """Return a column as plain values, and vectors as one array: they are many."""
    kind = column.type
    is_list = pyarrow.types.is_list(kind) or pyarrow.types.is_fixed_size_list(kind)
    if is_list and not column.null_count and pyarrow.types.is_floating(kind.value_type):
        whole = column.combine_chunks()
        lengths = np.unique(whole.value_lengths().to_numpy(zero_copy_only=False))
        flat = whole.flatten()
        if len(lengths) == 1 and not flat.null_count:
            numbers = flat.to_numpy(zero_copy_only=False)
            return numbers.reshape(len(column), int(lengths[0]))
    return column.to_pylist()
