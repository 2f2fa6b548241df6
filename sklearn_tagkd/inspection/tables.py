"""How results are shown: as a data frame, and as HTML in which nothing is markup."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["html_table", "to_frame"]

_MOST_ROWS, _LONGEST = 20, 200


def to_frame(columns: Mapping[str, Any]) -> Any:
    """Return columns as a data frame.

    Parameters
    ----------
    columns : mapping of str to array-like
        Of one length.

    Returns
    -------
    pandas.DataFrame
        One column each.

    Raises
    ------
    MissingExtraError
        If pandas is not installed.
    """
    with asking_for("demo", "A data frame"):
        import pandas as pd
    return pd.DataFrame(dict(columns))


def html_table(title: str, columns: Mapping[str, Any]) -> str:
    """Return columns as an HTML table, of at most twenty rows.

    Parameters
    ----------
    title : str
        What it is.
    columns : mapping of str to array-like
        Of one length.

    Returns
    -------
    str
        Every name and every cell escaped, without control characters.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.tables import html_table
    >>> "<b>" in html_table("a title", {"node": ["<b>"]})
    False
    """
    n_rows = min((len(column) for column in columns.values()), default=0)
    head = "".join(f"<th>{_cell(name)}</th>" for name in columns)
    rows = [
        "".join(f"<td>{_cell(column[row])}</td>" for column in columns.values())
        for row in range(min(n_rows, _MOST_ROWS))
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    more = n_rows - len(rows)
    rest = f"<p>and {more} more: to_frame()</p>" if more > 0 else ""
    return f"<p>{_cell(title)}</p><table><tr>{head}</tr>{body}</table>{rest}"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    text = printable(str(value))
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
