"""A review as a table that spreadsheets open, and no cell of it as a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection.review.items import Item, Verdict

__all__ = ["read", "restore", "tame", "write"]

_COLUMNS = ("node", "label", "suggestion", "score", "reason", "current", "text")
_DELIMITERS = ",;\t"
# What spreadsheets take for the beginning of a formula, full-width forms too.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_MARK = "'"


def tame(cell: str) -> str:
    r"""Return a cell that no spreadsheet takes for a formula.

    Parameters
    ----------
    cell : str
        Any text.

    Returns
    -------
    str
        With an apostrophe before it where it begins like a formula, also after blanks,
        or with an apostrophe of its own; otherwise as it was.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.review.csv_file import restore, tame
    >>> tame("=1+1"), restore(tame("=1+1")), restore(tame("'quoted'"))
    ("'=1+1", '=1+1', "'quoted'")
    """
    begins = (_MARK, *_FORMULA)
    is_risky = cell.startswith(begins) or cell.lstrip().startswith(begins)
    return _MARK + cell if is_risky else cell


def restore(cell: str) -> str:
    """Return what :func:`tame` was given.

    Parameters
    ----------
    cell : str
        A cell.

    Returns
    -------
    str
        Without the apostrophe that was put before it.
    """
    return cell.removeprefix(_MARK)


def write(path: Path, items: list[Item], classes: list[str]) -> None:
    """Write a table with an empty column ``label``.

    Parameters
    ----------
    path : Path
        Where to.
    items : list of Item
        Rows.
    classes : list of str
        Not needed: a person may look them up in ``suggestion`` and ``current``.
    """
    # A byte-order mark: without it spreadsheets take UTF-8 for something else.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow([*_COLUMNS, "neighbors"])
        for item in items:
            score = "" if item.score is None else f"{item.score:.4f}"
            cells = (item.node, "", item.suggestion, score, item.reason)
            texts = (item.current, item.text, item.neighbors)
            table.writerow([tame(cell) for cell in (*cells, *texts)])


def read(text: str) -> list[Verdict]:
    """Read the columns ``node`` and ``label``, whatever else there is.

    Parameters
    ----------
    text : str
        The whole file; commas, semicolons or tabs separate cells.

    Returns
    -------
    list of Verdict
        Of rows with a label.

    Raises
    ------
    ReviewFormatError
        If it is no such table.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    places: dict[str, int] = {}
    found = []
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if not places:
                places = _places(cells)
                continue
            place = f"line {rows.line_num}"
            if len(cells) <= max(places.values()):
                raise ReviewFormatError(
                    f"The row that ends in {place} has {len(cells)} cells, too few for "
                    "the columns 'node' and 'label'. Is a quotation mark missing?"
                )
            label = restore(cells[places["label"]])
            if label.strip():
                found.append(Verdict(restore(cells[places["node"]]), label, place))
    except csv.Error as error:
        raise ReviewFormatError(
            f"The file is no table of cells (line {rows.line_num}: {error}). Export "
            "it from the spreadsheet anew, as CSV in UTF-8."
        ) from error
    if not places:
        raise ReviewFormatError("The file is empty: there is no row 'node', 'label'.")
    return found


def _places(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    for name in ("node", "label"):
        if names.count(name) != 1:
            raise ReviewFormatError(
                f"The first row has {names.count(name)} columns '{name}' and needs "
                "one. Keep the names that export_review wrote."
            )
    return {name: names.index(name) for name in ("node", "label")}
