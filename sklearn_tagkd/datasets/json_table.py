"""Tables in JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.json_lines import JsonLine, read_json_lines

__all__ = ["read_json_table"]


def read_json_table(
    path: Path, needed: set[str], wanted: set[str] | None, n_rows: int
) -> Iterator[dict[str, list[Any]]]:
    """Read a table in JSON lines, some rows at a time.

    Parameters
    ----------
    path : Path
        Of the file, in UTF-8; an object in every line.
    needed : set of str
        Columns that every line has to have.
    wanted : set of str or None
        Columns to read where they are there; None is all.
    n_rows : int
        Rows at a time.

    Yields
    ------
    dict of str to list
        Columns, None where a line has nothing; a file without rows gives one part
        without rows.

    Raises
    ------
    GraphFormatError
        If a line is no such object.
    """
    entries: list[dict[str, Any]] = []
    n_parts = 0
    for line in read_json_lines(path):
        entries.append(_checked(line, path, needed))
        if len(entries) == n_rows:
            n_parts += 1
            yield _columns(entries, needed, wanted)
            entries = []
    if entries or not n_parts:
        yield _columns(entries, needed, wanted)


def _checked(line: JsonLine, path: Path, needed: set[str]) -> dict[str, Any]:
    problem = line.problem
    if not problem and not isinstance(line.entry, dict):
        problem = "no JSON object"
    elif not problem and line.n_repeated:
        problem = "an object with a key twice"
    elif not problem and (missing := sorted(needed - line.entry.keys())):
        there = sorted(line.entry)[:20]
        problem = f"an object without {missing[0]!r} (it has {there})"
    if problem:
        raise GraphFormatError(
            f"Line {line.number} of {path.name} is {problem}. Expected an object "
            f"with {sorted(needed)} in every line."
        )
    entry: dict[str, Any] = line.entry
    return entry


def _columns(
    entries: list[dict[str, Any]], needed: set[str], wanted: set[str] | None
) -> dict[str, list[Any]]:
    names = dict.fromkeys(key for entry in entries for key in entry)
    kept = [n for n in names if wanted is None or n in needed or n in wanted]
    table = {name: [entry.get(name) for entry in entries] for name in kept}
    return table if entries else {name: [] for name in needed}
