"""Tables in files: Parquet, CSV and JSON lines, as columns of plain values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn_tagkd.datasets.csv_table import read_csv
from sklearn_tagkd.datasets.json_table import read_json_table
from sklearn_tagkd.datasets.parquet_table import read_parquet
from sklearn_tagkd.datasets.table_files import find_table, table_files, table_format

__all__ = ["read_parts", "read_table"]

Table = dict[str, Any]
_READERS = {"parquet": read_parquet, "csv": read_csv, "jsonl": read_json_table}
_ROWS = 2**16


def read_parts(
    path: Path, needed: set[str], wanted: set[str] | None = None, n_rows: int = _ROWS
) -> Iterator[Table]:
    """Read a table, some rows at a time: memory holds no more than these.

    Parameters
    ----------
    path : Path
        Of a file that exists, whose suffix tells the format, or of a folder of files,
        which follow one another in the order of their names.
    needed : set of str
        Columns that it must have.
    wanted : set of str, default=None
        Columns to read where they are there; None is all.
    n_rows : int, default=65536
        Rows at a time: fewer where a file ends.

    Yields
    ------
    dict of str to list or ndarray
        Columns. Those of a CSV file hold strings. At least one part, without rows where
        the table has none.

    Raises
    ------
    GraphFormatError
        If the file is damaged, lacks a column, or is of no known format.
    """
    read = _READERS[table_format(path)]
    for file in table_files(path):
        yield from read(file, needed, wanted, n_rows)


def read_table(folder: Path, name: str, needed: set[str]) -> tuple[Table, Path]:
    """Read a table whole.

    Parameters
    ----------
    folder : Path
        Holds ``name`` as ``.parquet``, ``.csv`` or ``.jsonl``, or a folder of such
        files.
    name : str
        Of the table.
    needed : set of str
        Columns that it must have.

    Returns
    -------
    table : dict of str to list
        Columns. Those of a CSV file hold strings.
    path : Path
        The file, or the folder, that was read.

    Raises
    ------
    FileNotFoundError
        If there is none of these files.
    GraphFormatError
        If there are two of them, or one is damaged, or lacks a column.
    """
    path = find_table(folder, name)
    if path is None and folder.is_file():
        raise FileNotFoundError(
            f"{folder} is a file: give the folder that holds it, {folder.parent}."
        )
    if path is None:
        raise FileNotFoundError(
            f"There is no {name}.parquet in {folder}, nor {name}.csv or {name}.jsonl, "
            f"nor a folder {name} of such files. A graph's folder holds nodes.parquet "
            "and edges.parquet, or the same tables in one of the other ways."
        )
    parts = list(read_parts(path, needed))
    names = dict.fromkeys(name for part in parts for name in part)
    table: Table = {
        name: [
            value
            for part in parts
            for value in part.get(name, [None] * len(next(iter(part.values()))))
        ]
        for name in names
    }
    return table, path
