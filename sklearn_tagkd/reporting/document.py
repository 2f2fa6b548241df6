"""What a report holds: facts, tables, sentences, pictures and quoted texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sklearn_tagkd.utils.plain_text import printable, valid_text

__all__ = [
    "Document",
    "Facts",
    "Note",
    "Picture",
    "Quote",
    "Section",
    "Table",
    "plain_value",
]

_LONGEST, _LONGEST_QUOTE = 200, 6000  # signs of a cell, and of a text that is quoted


def plain_value(value: Any) -> Any:
    """Return what JSON holds, without control characters and not too long.

    Parameters
    ----------
    value : object
        A number, a text, a label, an id, a list of them.

    Returns
    -------
    None, bool, int, float or str
        None for what is no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.reporting.document import plain_value
    >>> plain_value(np.float64("nan")), plain_value(np.int64(3)), plain_value(["a", 1])
    (None, 3, 'a, 1')
    """
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return _clipped(", ".join(map(str, value)), _LONGEST)
    return _clipped(str(value), _LONGEST)


def _clipped(text: str, longest: int) -> str:
    # Cut before it is cleaned: a text of megabytes costs no more than a page.
    text = printable(valid_text(text[: 4 * longest]))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@dataclass(frozen=True)
class Note:
    """A sentence or two.

    Parameters
    ----------
    text : str
        What they say.
    """

    text: str


@dataclass(frozen=True)
class Quote:
    """A text that is shown as it is.

    Parameters
    ----------
    title : str
        What it is.
    text : str
        Its signs, line breaks kept; cut where it is long.
    """

    title: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", _clipped(self.text, _LONGEST_QUOTE))


@dataclass(frozen=True)
class Picture:
    """A drawing, and what it shows in words.

    Parameters
    ----------
    title : str
        What it is of; one of a name per section.
    told : str
        What it shows: all there is of it where no drawing can be seen.
    svg : str
        Inert: part of a page as it is. Whoever makes it has escaped what is in it.
    """

    title: str
    told: str
    svg: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _clipped(self.title, _LONGEST))


@dataclass(frozen=True)
class Facts:
    """Names with a value each.

    Parameters
    ----------
    values : dict of str to object
        In their order.
    """

    values: dict[str, Any]

    def __post_init__(self) -> None:
        plain = {name: plain_value(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", plain)


@dataclass(frozen=True)
class Table:
    """Rows under names of columns.

    Parameters
    ----------
    caption : str
        What the table is of; one of a name per section.
    columns : tuple of str
        Names.
    rows : list of tuple
        One value per column.
    n_left_out : int
        Rows that there are beside these.
    bars : tuple of str
        Columns of shares, from 0 to 1, that are drawn too.
    """

    caption: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    n_left_out: int = 0
    bars: tuple[str, ...] = ()

    def without_empty(self) -> Table:
        """Leave out columns that say nothing of any row.

        Returns
        -------
        Table
            For people; programs find every column.
        """
        kept = [
            place
            for place in range(len(self.columns))
            if any(row[place] is not None for row in self.rows)
        ]
        columns = tuple(self.columns[place] for place in kept)
        rows = [tuple(row[place] for place in kept) for row in self.rows]
        return replace(self, columns=columns, rows=rows)

    @classmethod
    def of(
        cls,
        caption: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        max_rows: int,
        bars: Sequence[str] = (),
    ) -> Table:
        """Make a table that is not too long.

        Parameters
        ----------
        caption, columns, bars : object
            As above.
        rows : iterable of sequence
            All of them, those that matter most first.
        max_rows : int
            How many to keep.

        Returns
        -------
        Table
            With values that JSON holds.
        """
        every = list(rows)
        kept = [tuple(map(plain_value, row)) for row in every[:max_rows]]
        caption = _clipped(caption, _LONGEST)
        return cls(caption, tuple(columns), kept, len(every) - len(kept), tuple(bars))


Block = Note | Quote | Facts | Table | Picture


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Parameters
    ----------
    name : str
        Of letters and dashes: where links lead to, and its key in a dict.
    title : str
        Its heading.
    blocks : list of Note, Quote, Facts, Table and Picture
        In their order.
    """

    name: str
    title: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """A report.

    Parameters
    ----------
    title : str
        Its heading.
    lead : str
        A sentence that says what it is about.
    sections : list of Section
        In their order, each of another name.
    """

    title: str
    lead: str
    sections: list[Section]
