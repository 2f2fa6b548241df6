"""Whether the tables of a file are those that are about to be written to."""

from __future__ import annotations

import sqlite3
from functools import cache

__all__ = ["layout_problem"]

_Columns = dict[str, int]  # name to its place in the primary key, 0 for none


def layout_problem(connection: sqlite3.Connection, schema: str) -> str | None:
    """Say what is wrong with the tables of a file.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the file.
    schema : str
        Statements that make the tables as they should be.

    Returns
    -------
    str or None
        The first table that does not fit, and how; None where all do. Columns that
        nobody here knows are fine, as long as a row may leave them out.
    """
    for table, wanted in _wanted(schema).items():
        rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
        found: _Columns = {name: place for _, name, _, _, _, place in rows}
        needed = [
            name
            for _, name, _, is_needed, default, place in rows
            if name not in wanted and (place or (is_needed and default is None))
        ]
        if missing := wanted.keys() - found.keys():
            return f"its table {table} has no column {sorted(missing)[0]!r}"
        if any(found[name] != place for name, place in wanted.items()):
            return f"the key of its table {table} is another one"
        if needed:
            return f"its table {table} wants a value in a column {needed[0]!r}"
    return None


@cache
def _wanted(schema: str) -> dict[str, _Columns]:
    pattern = sqlite3.connect(":memory:")
    try:
        pattern.executescript(schema)
        tables = pattern.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            table: {
                name: place
                for _, name, _, _, _, place in pattern.execute(
                    f"PRAGMA table_info({table})"
                )
            }
            for (table,) in tables.fetchall()
        }
    finally:
        pattern.close()
