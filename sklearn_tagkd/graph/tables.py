"""Columns of the tables that users have, one at a time."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["check_names", "check_tables", "column", "has_column"]

_ARGUMENTS = "text=, node_id=, source=, target=, weight= or features="


def check_tables(nodes: Any, edges: Any, features: Any) -> None:
    """Refuse what is no pandas table, and features that are no list of names.

    Parameters
    ----------
    nodes, edges : object
        What a user gave.
    features : object
        Names of columns, or None.

    Raises
    ------
    GraphFormatError
        If one of them is something else.
    """
    for name, table in [("nodes", nodes), ("edges", edges)]:
        if hasattr(table, "columns") and hasattr(table, "index"):
            continue
        remedy = f"pandas.DataFrame({name})"
        if hasattr(table, "to_pandas"):
            remedy = f"{name}.to_pandas()"
        raise GraphFormatError(
            f"{name} must be a pandas DataFrame; got {type(table).__name__}. Write "
            f"{remedy}."
        )
    check_names(features)


def check_names(features: Any) -> None:
    """Refuse features that are no list of names.

    Parameters
    ----------
    features : object
        Names of columns or attributes, or None.

    Raises
    ------
    GraphFormatError
        If it is a single name.
    """
    if isinstance(features, str):
        raise GraphFormatError(
            f"features must be a list of names; got the str {features!r}. Write "
            f"features=[{features!r}]."
        )


def has_column(table: Any, column: Any) -> bool:
    """Tell whether a table has a column.

    Parameters
    ----------
    table : DataFrame
        Of nodes or of links.
    column : object
        Its name; of several at once, no table has it.

    Returns
    -------
    bool
        False also for what can be no name.
    """
    try:
        return column in table.columns
    except TypeError:  # a list, which cannot be hashed
        return False


def column(table: Any, name: str, wanted: Any) -> Any:
    """Return one column.

    Parameters
    ----------
    table : DataFrame
        Of nodes or of links.
    name : {'nodes', 'edges'}
        Of the table, for an error.
    wanted : object
        Name of the column.

    Returns
    -------
    Series
        The column.

    Raises
    ------
    GraphFormatError
        If there is no such column, or more than one.
    """
    if not has_column(table, wanted):
        raise GraphFormatError(
            f"{name} has no column {wanted!r}; it has {list(table.columns)}. Name the "
            f"right one with {_ARGUMENTS}."
        )
    found = table[wanted]
    if hasattr(found, "columns"):
        raise GraphFormatError(
            f"{name} has {found.shape[1]} columns of the name {wanted!r}. Drop or "
            "rename all but one: frame.loc[:, ~frame.columns.duplicated()] keeps the "
            "first."
        )
    return found
