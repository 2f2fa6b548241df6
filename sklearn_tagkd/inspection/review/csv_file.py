"""A review as a table that spreadsheets open, and no cell of it as a formula."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection.review.items import Item, Verdict

__all__ = ["files", "is_untouched", "read", "restore", "tame"]

_COLUMNS = ("node", "label", "suggestion", "score", "reason", "current", "text")
_HEADER, _NEEDED = [*_COLUMNS, "neighbors"], ("node", "label")
_DELIMITERS = ",;\t"
# What spreadsheets take for the beginning of a formula, full-width forms too.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_MARK = "'"
# Where a spreadsheet that separates cells by something else than commas, as most of
# Europe's do, would begin a cell amid a text: quotation marks do not hold there.
_AMID = r"([;\t\r\n]\s*)"
_BEGINS = "(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])"
_UNTAMED = re.compile(f"{_AMID}({_MARK}*{_BEGINS})")
_TAMED = re.compile(f"{_AMID}{_MARK}({_MARK}*{_BEGINS})")


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
        or with an apostrophe of its own, and amid it where another separator of cells
        would make it begin like one; otherwise as it was.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.review.csv_file import restore, tame
    >>> tame("=1+1"), restore(tame("=1+1")), restore(tame("'quoted'"))
    ("'=1+1", '=1+1', "'quoted'")
    """
    cell = _UNTAMED.sub(rf"\1{_MARK}\2", cell)
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
        Without the apostrophes that were put into it.
    """
    return _TAMED.sub(r"\1\2", cell.removeprefix(_MARK))


def files(path: Path, items: list[Item], classes: list[str]) -> dict[Path, str]:
    """Return a table with an empty column ``label``.

    Parameters
    ----------
    path : Path
        Where to.
    items : list of Item
        Rows.
    classes : list of str
        Not needed: a person may look them up in ``suggestion`` and ``current``.

    Returns
    -------
    dict of Path to str
        One file.
    """
    file = io.StringIO(newline="")
    # A byte-order mark: without it spreadsheets take UTF-8 for something else.
    file.write("\ufeff")
    table = csv.writer(file, quoting=csv.QUOTE_ALL)
    table.writerow(_HEADER)
    for item in items:
        score = "" if item.score is None else f"{item.score:.4f}"
        cells = (item.node, "", item.suggestion, score, item.reason)
        texts = (item.current, item.text, item.neighbors)
        table.writerow([tame(cell) for cell in (*cells, *texts)])
    return {path: file.getvalue()}


def is_untouched(text: str) -> bool:
    """Tell whether a table is an export in which nobody has labelled.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    bool
        False for other tables too.
    """
    try:
        return _header(text, _delimiter(text)) == _HEADER and not read(text)
    except ReviewFormatError:
        return False


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
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
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


def _delimiter(text: str) -> str:
    """Return what separates cells: with which the first row has the columns' names."""

    def found(delimiter: str) -> int:
        return len({*_NEEDED} & {*_names(_header(text, delimiter))})

    return max(_DELIMITERS, key=found)


def _header(text: str, delimiter: str) -> list[str]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return next((cells for cells in rows if any(map(str.strip, cells))), [])
    except csv.Error:  # told of where the rows are read
        return []


def _names(header: list[str]) -> list[str]:
    return [name.strip().lower() for name in header]


def _places(header: list[str]) -> dict[str, int]:
    names = _names(header)
    for name in _NEEDED:
        if names.count(name) != 1:
            raise ReviewFormatError(
                f"The first row has {names.count(name)} columns '{name}' and needs "
                "one. Keep the names that export_review wrote."
            )
    return {name: names.index(name) for name in _NEEDED}
