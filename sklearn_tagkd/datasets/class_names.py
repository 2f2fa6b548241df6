"""Names of classes from a column of labels, whatever type the column has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from numbers import Number
from typing import Any

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.missing import is_minus_one, is_missing

__all__ = ["class_names", "is_integer"]

# How a cell of text says that nothing is there: beside words, and beside numbers, among
# which no class can be called so.
_NO_WORD = {"", "-1", "<NA>", "NaN", "nan", "NaT"}
_NO_NUMBER = _NO_WORD | {"-1.0", "NA", "None", "null", "NULL"}
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", re.ASCII)
_WHOLE_FLOAT = re.compile(r"-?\d+\.0", re.ASCII)


def class_names(labels: Sequence[Any], *, is_text: bool, where: str) -> list[str]:
    """Return the name of every node's class.

    Parameters
    ----------
    labels : sequence of object
        As a table holds them.
    is_text : bool
        Whether the table knows nothing but text, as CSV.
    where : str
        Name of the file, for the error.

    Returns
    -------
    list of str
        ``''`` for a missing value (None, NaN, NA, NaT, ``''``) and the number -1. A
        class keeps its name: 0 is ``'0'``, False ``'False'``; and whole numbers that
        are floats, because some label was missing when they were written, are whole.

    Raises
    ------
    GraphFormatError
        If a label is no name, or the string ``'-1'``, which may be meant either way.

    Examples
    --------
    >>> from sklearn_tagkd.datasets.class_names import class_names
    >>> class_names([0.0, 1.0, None], is_text=False, where="nodes.parquet")
    ['0', '1', '']
    """
    found = _from_cells(labels) if is_text else labels
    floats_are_whole = all(
        float(label).is_integer()
        for label in found
        if isinstance(label, float) and not is_missing(label)
    )
    names = []
    for row, label in enumerate(found):
        if is_missing(label) or is_minus_one(label):
            names.append("")
        elif isinstance(label, float) and floats_are_whole:
            names.append(str(int(label)))
        elif label == "-1" or not isinstance(label, str | Number | date):
            what = "the string '-1'" if label == "-1" else f"a {type(label).__name__}"
            raise GraphFormatError(
                f"The label in row {row} of {where} is {what}. Give names or numbers "
                "of classes, and an empty cell for a node without a label."
            )
        else:
            names.append(str(label))
    return names


def is_integer(cell: str) -> bool:
    """Tell whether a cell is an integer as Python writes it.

    Parameters
    ----------
    cell : str
        Of a CSV file.

    Returns
    -------
    bool
        False for ``007`` and ``1.0``.
    """
    return (
        len(cell) < 20
        and cell.isascii()
        and cell.removeprefix("-").isdigit()
        and str(int(cell)) == cell
    )


def _from_cells(cells: Sequence[str]) -> list[str | None]:
    """Tell labels from cells of text where nothing is."""
    words = set(cells) - _NO_NUMBER
    if not all(map(_NUMBER.fullmatch, words)):
        return [None if cell in _NO_WORD else cell for cell in cells]
    # Written as floats, because some are missing.
    end = -2 if words and all(map(_WHOLE_FLOAT.fullmatch, words)) else None
    return [None if cell in _NO_NUMBER else cell[:end] for cell in cells]
