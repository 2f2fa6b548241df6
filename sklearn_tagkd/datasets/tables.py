"""Tables in files: Parquet, CSV and JSON lines, as columns of plain values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn_tagkd.datasets.csv_table import read_csv
from sklearn_tagkd.datasets.json_table import read_json_table
from sklearn_tagkd.datasets.parquet_table import read_parquet
from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["FORMATS", "find_table", "format_of", "read_parts", "read_table"]

Table = dict[str, Any]
# The first suffix of a format is what a folder is looked through for, in this order.
FORMATS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv"),
    "jsonl": (".jsonl", ".ndjson"),
}
_READERS = {"parquet": read_parquet, "csv": read_csv, "jsonl": read_json_table}
_ROWS = 2**16


def format_of(path: Path) -> str | None:
    """Tell the format of a table by the end of its name.

    Parameters
    ----------
    path : Path
        Of a file.

    Returns
    -------
    {'parquet', 'csv', 'jsonl'} or None
        None where the name tells nothing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sklearn_tagkd.datasets.tables import format_of
    >>> format_of(Path("nodes.TSV"))
    'csv'
    """
    suffix = path.suffix.lower()
    return next((name for name, ends in FORMATS.items() if suffix in ends), None)


def find_table(folder: Path, name: str) -> Path | None:
    """Return the first file of a table that is there.

    Parameters
    ----------
    folder : Path
        Holds ``name`` as ``.parquet``, ``.csv`` or ``.jsonl``.
    name : str
        Of the table.

    Returns
    -------
    Path or None
        None where there is none.
    """
    places = [folder / f"{name}{ends[0]}" for ends in FORMATS.values()]
    return next((path for path in places if path.is_file()), None)


def read_parts(
    path: Path, needed: set[str], wanted: set[str] | None = None, n_rows: int = _ROWS
) -> Iterator[Table]:
    """Read a table, some rows at a time: memory holds no more than these.

    Parameters
    ----------
    path : Path
        Of a file that exists; its suffix tells the format.
    needed : set of str
        Columns that it must have.
    wanted : set of str, default=None
        Columns to read where they are there; None is all.
    n_rows : int, default=65536
        Rows at a time.

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
    kind = format_of(path)
    if kind is None:
        raise GraphFormatError(
            f"{path.name} is of no format that is read here: the name has to end in "
            ".parquet, .csv, .tsv or .jsonl."
        )
    yield from _READERS[kind](path, needed, wanted, n_rows)


def read_table(folder: Path, name: str, needed: set[str]) -> tuple[Table, Path]:
    """Read a table from the first of its files that is there.

    Parameters
    ----------
    folder : Path
        Holds ``name`` as ``.parquet``, ``.csv`` or ``.jsonl``.
    name : str
        Of the table.
    needed : set of str
        Columns that it must have.

    Returns
    -------
    table : dict of str to list
        Columns. Those of a CSV file hold strings.
    path : Path
        The file that was read.

    Raises
    ------
    FileNotFoundError
        If there is none of these files.
    GraphFormatError
        If the file is damaged, or lacks a column.
    """
    path = find_table(folder, name)
    if path is None and folder.is_file():
        raise FileNotFoundError(
            f"{folder} is a file: give the folder that holds it, {folder.parent}."
        )
    if path is None:
        raise FileNotFoundError(
            f"There is no {name}.parquet in {folder}, nor {name}.csv or {name}.jsonl. "
            "A graph's folder holds nodes.parquet and edges.parquet, or the same "
            "tables in one of the other formats."
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
