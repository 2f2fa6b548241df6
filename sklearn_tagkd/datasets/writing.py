"""Tables to files: Parquet, CSV and JSON lines, whole or in parts that are joined."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sklearn_tagkd.datasets.parquet_table import import_pyarrow
from sklearn_tagkd.datasets.table_files import format_of
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["check_target", "join_tables", "write_table"]


def check_target(path: Path) -> None:
    """Refuse where no table can be written, before work begins.

    Parameters
    ----------
    path : Path
        Where to.

    Raises
    ------
    GraphFormatError
        If the name tells no format.
    MissingExtraError
        If it tells one that takes a library that is missing.
    """
    kind = format_of(path)
    if kind is None:
        raise GraphFormatError(
            f"{path.name} tells no format: a table's name ends in .parquet, .csv, .tsv "
            "or .jsonl."
        )
    if kind == "parquet":
        import_pyarrow("Writing")


def write_table(path: Path, table: Mapping[str, Sequence[Any]]) -> None:
    """Write a table; a file is there whole, or not at all.

    Parameters
    ----------
    path : Path
        Its suffix tells the format.
    table : mapping of str to sequence
        Columns of plain values.

    Raises
    ------
    GraphFormatError
        If Parquet cannot hold a column of values of several types.
    """
    kind = format_of(path)
    with replacing(path) as unfinished:
        if kind == "parquet":
            _write_parquet(unfinished, table)
            return
        with open(unfinished, "w", encoding="utf-8", newline="") as file:
            if kind == "csv":
                _write_csv(file, table, _delimiter(path))
                return
            for row in zip(*table.values(), strict=True):
                entry = dict(zip(table, row, strict=True))
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def join_tables(parts: Sequence[Path], path: Path) -> None:
    """Put tables of the same columns below one another, one in memory at a time.

    Parameters
    ----------
    parts : sequence of Path
        At least one file, as :func:`write_table` wrote it.
    path : Path
        What they become, in the same format; there whole, or not at all.
    """
    with replacing(path) as unfinished:
        if format_of(path) == "parquet":
            _join_parquet(parts, unfinished)
            return
        has_header = format_of(path) == "csv"
        with open(unfinished, "wb") as whole:
            for place, part in enumerate(parts):
                with open(part, "rb") as file:
                    if has_header and place:
                        _skip_header(file, part)
                    shutil.copyfileobj(file, whole)


def _write_csv(file: Any, table: Mapping[str, Sequence[Any]], delimiter: str) -> None:
    # Python's writer quotes a carriage return only where it ends lines.
    cells = (cell for column in (table, *table.values()) for cell in column)
    has_returns = any(isinstance(cell, str) and "\r" in cell for cell in cells)
    rows = csv.writer(
        file,
        delimiter=delimiter,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC if has_returns else csv.QUOTE_MINIMAL,
    )
    rows.writerow(table)
    rows.writerows(zip(*table.values(), strict=True))


def _write_parquet(path: Path, table: Mapping[str, Sequence[Any]]) -> None:
    pyarrow = import_pyarrow("Writing")
    columns = {}
    for name, values in table.items():
        try:
            columns[name] = pyarrow.array(values)
        except (pyarrow.ArrowException, OverflowError):
            raise GraphFormatError(
                f"The column {name!r} holds values of several types, or too large a "
                "number, which Parquet has no place for. Write .jsonl."
            ) from None
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def _join_parquet(parts: Sequence[Path], path: Path) -> None:
    pyarrow = import_pyarrow("Writing")
    schema = pyarrow.parquet.read_schema(parts[0])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for part in parts:
            found = pyarrow.parquet.read_table(part)
            if found.schema != schema:
                raise GraphFormatError(
                    f"Ids are strings and numbers: {path.name} cannot hold both in a "
                    "column. Write .jsonl."
                )
            writer.write_table(found)


def _skip_header(file: Any, path: Path) -> None:
    # A name may hold a line break: the header ends where a reader says it does.
    with open(path, encoding="utf-8", newline="") as text:
        rows = csv.reader(text, delimiter=_delimiter(path))
        next(rows)
        n_lines = rows.line_num
    for _ in range(n_lines):
        file.readline()


def _delimiter(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","
