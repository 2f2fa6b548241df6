"""Tables in files: Parquet, CSV and JSON lines, as columns of plain values."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.json_lines import read_json_lines

__all__ = ["read_splits", "read_table"]

Table = dict[str, list[Any]]
_DELIMITERS = ",;\t"


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
    readers = {".parquet": _read_parquet, ".csv": _read_csv, ".jsonl": _read_json_lines}
    for suffix, read in readers.items():
        path = folder / f"{name}{suffix}"
        if not path.is_file():
            continue
        table = read(path, needed)
        missing = sorted(needed - table.keys())
        if missing:
            raise GraphFormatError(
                f"{path.name} has no column {missing[0]!r}; it has {sorted(table)}."
            )
        return table, path
    raise FileNotFoundError(
        f"There is no {name}.parquet in {folder}, nor {name}.csv or {name}.jsonl. A "
        "graph's folder holds nodes.parquet and edges.parquet, or the same tables in "
        "one of the other formats."
    )


def read_splits(path: Path, n_nodes: int) -> dict[str, dict[str, list[int]]]:
    """Read which rows belong to which part of which split.

    Parameters
    ----------
    path : Path
        A JSON file.
    n_nodes : int
        Number of rows that there are.

    Returns
    -------
    dict of str to dict of str to list of int
        Row numbers, by split and part.

    Raises
    ------
    GraphFormatError
        If the file is damaged, or a row is none; names the split and the part.
    """
    expected = (
        'expected {"split": {"train": [0, 1], "test": [2]}}: rows of the nodes, '
        f"numbered from 0 to {n_nodes - 1}."
    )
    try:
        splits = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # its text may quote the file
        raise GraphFormatError(
            f"{path.name} is no JSON in UTF-8 ({type(error).__name__}); {expected}"
        ) from None
    if not isinstance(splits, dict):
        raise GraphFormatError(f"{path.name} holds no object; {expected}")
    for split, parts in splits.items():
        if not isinstance(parts, dict):
            raise GraphFormatError(f"{path.name}: {split!r} is no object; {expected}")
        for part, rows in parts.items():
            if not isinstance(rows, list) or not all(
                type(row) is int and 0 <= row < n_nodes for row in rows
            ):
                raise GraphFormatError(
                    f"{path.name}: {part!r} of {split!r} holds something that is no "
                    f"row; {expected}"
                )
    return splits


def _read_parquet(path: Path, needed: set[str]) -> Table:
    try:
        import pyarrow  # only folders of such tables need it
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise ImportError(
            "Reading Parquet tables needs pyarrow: pip install pyarrow. Tables in CSV "
            "or JSON lines need nothing."
        ) from error
    try:
        table = parquet.read_table(path)
        twice = sorted({n for n in needed if table.column_names.count(n) > 1})
        if twice:
            raise GraphFormatError(f"{path.name} has two columns {twice[0]!r}.")
        found: Table = table.to_pydict()
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, GraphFormatError):
            raise
        raise GraphFormatError(
            f"{path.name} cannot be read as Parquet ({type(error).__name__}): it is "
            "damaged, or something else. Write it anew: nodes.to_parquet(path)."
        ) from error
    return found


def _read_csv(path: Path, needed: set[str]) -> Table:
    text = _decode(path)
    with _long_cells():
        try:
            return _parse_csv(text, path, needed)
        except csv.Error as error:
            raise GraphFormatError(
                f"{path.name} cannot be read as CSV: {error}."
            ) from error


def _parse_csv(text: str, path: Path, needed: set[str]) -> Table:
    header: list[str] = []
    for delimiter in _DELIMITERS:  # a comma, or what spreadsheets write elsewhere
        rows = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=True
        )
        header = [name.strip() for name in next(rows, [])]
        if needed <= set(header):
            break
    else:
        header = text.partition("\n")[0].strip().split(_DELIMITERS[0])
        return {name: [] for name in header}
    columns: list[list[str]] = [[] for _ in header]
    for row in rows:
        if not row:
            continue
        if len(row) != len(header):
            raise GraphFormatError(
                f"Line {rows.line_num} of {path.name} has {len(row)} cells, and there "
                f"are {len(header)} columns. A text with commas or line breaks needs "
                "quotes: nodes.to_csv(path, index=False) of pandas writes them."
            )
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    twice = [name for name in needed if header.count(name) > 1]
    if twice:
        raise GraphFormatError(f"{path.name} has two columns {twice[0]!r}.")
    return dict(zip(header, columns, strict=True))


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise GraphFormatError(
            f"Line {number} of {path.name} is not UTF-8 (byte "
            f"0x{raw[error.start]:02x}). Save the file as UTF-8; from Windows-1252: "
            "path.write_text(path.read_text(encoding='cp1252'), encoding='utf-8')."
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


def _read_json_lines(path: Path, needed: set[str]) -> Table:
    entries: list[dict[str, Any]] = []
    for line in read_json_lines(path):
        problem = line.problem
        if not problem and not isinstance(line.entry, dict):
            problem = "no JSON object"
        elif not problem and line.n_repeated:
            problem = "an object with a key twice"
        elif not problem and (missing := sorted(needed - line.entry.keys())):
            problem = f"an object without {missing[0]!r}"
        if problem:
            raise GraphFormatError(
                f"Line {line.number} of {path.name} is {problem}. Expected an object "
                f"with {sorted(needed)} in every line."
            )
        entries.append(line.entry)
    names: Iterable[str] = dict.fromkeys(key for entry in entries for key in entry)
    table: Table = {name: [entry.get(name) for entry in entries] for name in names}
    return table if entries else {name: [] for name in needed}
