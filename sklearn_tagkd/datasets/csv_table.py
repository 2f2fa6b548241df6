"""Tables in CSV, as people and spreadsheets write them."""

from __future__ import annotations

import csv
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sklearn_tagkd.datasets.lacking import lacks_column
from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["find_delimiter", "read_csv"]

_DELIMITERS = ",;\t"  # a comma, or what spreadsheets write elsewhere


def read_csv(
    path: Path, needed: set[str], wanted: set[str] | None, n_rows: int
) -> Iterator[dict[str, list[Any]]]:
    """Read a CSV file, some rows at a time.

    Parameters
    ----------
    path : Path
        Of the file, in UTF-8.
    needed : set of str
        Columns that it has to have; they tell the delimiter.
    wanted : set of str or None
        Columns to read where they are there; None is all.
    n_rows : int
        Rows at a time.

    Yields
    ------
    dict of str to list of str
        Columns; a file without rows gives one part without rows.

    Raises
    ------
    GraphFormatError
        If the file is damaged, has two columns of one name that matters, or lacks one.
    """
    try:
        yield from _read(path, needed, wanted, n_rows)
    except csv.Error as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError:
        _tell_what_is_no_utf8(path)


def _read(
    path: Path, needed: set[str], wanted: set[str] | None, n_rows: int
) -> Iterator[dict[str, list[Any]]]:
    delimiter, header = find_delimiter(path, needed)
    if missing := sorted(needed - set(header)):
        raise lacks_column(path, missing[0], header)
    names = [n for n in header if wanted is None or n in needed or n in wanted]
    for name in names:
        if header.count(name) > 1 and (wanted is not None or name in needed):
            raise GraphFormatError(f"{path.name} has two columns {name!r}.")
    places = [header.index(name) for name in names]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        with _long_cells():
            next(rows)
        is_first = True
        while True:
            columns: list[list[str]] = [[] for _ in names]
            with _long_cells():
                n_read = _fill(columns, rows, places, len(header), path, n_rows)
            if n_read or is_first:
                yield dict(zip(names, columns, strict=True))
            if n_read < n_rows:
                return
            is_first = False


def _fill(
    columns: list[list[str]],
    rows: Any,  # a csv.reader, whose type has no public name
    places: list[int],
    n_cells: int,
    path: Path,
    n_rows: int,
) -> int:
    n_read = 0
    for row in islice(filter(None, rows), n_rows):  # blank lines are no rows
        n_read += 1
        if len(row) != n_cells:
            raise GraphFormatError(
                f"Line {rows.line_num} of {path.name} has {len(row)} cells, and there "
                f"are {n_cells} columns. A text with commas or line breaks needs "
                "quotes: nodes.to_csv(path, index=False) of pandas writes them."
            )
        for column, place in zip(columns, places, strict=True):
            column.append(row[place])
    return n_read


def find_delimiter(path: Path, needed: set[str]) -> tuple[str, list[str]]:
    """Find out what stands between cells.

    Parameters
    ----------
    path : Path
        Of a CSV file, in UTF-8.
    needed : set of str
        Columns that it has to have.

    Returns
    -------
    delimiter : {',', ';', TAB}
        The one that makes these columns, or else the most.
    header : list of str
        Names of the columns.

    Raises
    ------
    GraphFormatError
        If the header is none, whatever stands between cells.
    """
    headers = {}
    error: csv.Error | None = None
    for delimiter in _DELIMITERS:
        with _long_cells(), open(path, encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                header = [name.strip() for name in next(rows, [])]
            except csv.Error as wrong:  # another one follows quotes, it may be
                error = error or wrong
                continue
        if header and needed <= set(header):
            return delimiter, header
        headers[delimiter] = header
    if not headers and error is not None:
        raise _unreadable(path, error)
    # The one that makes the most columns is meant, for the error.
    best = max(headers, key=lambda delimiter: len(headers[delimiter]))
    return best, headers[best]


def _unreadable(path: Path, error: csv.Error) -> GraphFormatError:
    return GraphFormatError(f"{path.name} cannot be read as CSV: {error}.")


def _tell_what_is_no_utf8(path: Path) -> None:
    """Name the line that is no UTF-8; no letter of UTF-8 holds a line break."""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise GraphFormatError(
                    f"Line {number} of {path.name} is not UTF-8 (byte "
                    f"0x{line[error.start]:02x}). Save the file as UTF-8; from "
                    "Windows-1252: path.write_text(path.read_text(encoding='cp1252'), "
                    "encoding='utf-8')."
                ) from None


_limit_lock = threading.Lock()


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be longer than the 131,072 letters that csv allows by default."""
    with _limit_lock:
        before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)
