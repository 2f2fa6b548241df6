"""What to tell whoever's table lacks a column."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["lacks_column"]


def lacks_column(path: Path, name: str, there: Iterable[str]) -> GraphFormatError:
    """Return the error that says so, and what to do.

    Parameters
    ----------
    path : Path
        File of the table.
    name : str
        Column that it has to have.
    there : iterable of str
        Columns that it has.

    Returns
    -------
    GraphFormatError
        To be raised.
    """
    return GraphFormatError(
        f"{path.name} has no column {name!r}; it has {sorted(there)}. Rename one; or "
        "name it: the commands take --id, --text, --source and --target, and "
        "TextGraph.from_pandas(nodes, edges) node_id=, text=, source= and target=."
    )
