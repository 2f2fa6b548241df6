"""Ids of nodes as tables have them, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn_tagkd.datasets.class_names import is_integer
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.missing import is_missing
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["NodeIndex", "shown_id"]

_LONGEST = 60  # letters of an id that an error shows


class NodeIndex:
    """Ids, each once, in the order of the nodes; filled part by part.

    CSV knows no types: its ids are numbers where all of them are written as integers
    are, without a leading 0; ``'007'`` stays what it is.

    Parameters
    ----------
    is_text : bool
        Whether the nodes come from CSV.
    where : str
        Name of their file, for errors.
    column : str
        Of the ids, likewise.
    """

    def __init__(self, is_text: bool, where: str, column: str) -> None:
        self._is_text, self._where, self._column = is_text, where, column
        self._places: dict[Any, int] = {}
        self._all_are_integers = is_text

    def __len__(self) -> int:
        return len(self._places)

    def add(self, values: Sequence[Any]) -> None:
        """Take over the ids of further nodes.

        Parameters
        ----------
        values : sequence of object
            As the table holds them.

        Raises
        ------
        GraphFormatError
            If one is missing, none, or there already; names the rows.
        """
        for value in values:
            place = len(self._places)
            identity = self._checked(value, place)
            first = self._places.setdefault(identity, place)
            if first != place:
                raise GraphFormatError(
                    f"Rows {first + 1} and {place + 1} of {self._where} have the same "
                    f"id {shown_id(identity)} in the column {self._column!r}. Every "
                    "node needs an id of its own: drop or rename one of the two."
                )
            if self._all_are_integers and not is_integer(identity):
                self._all_are_integers = False

    def ids(self) -> list[Any]:
        """Return the ids in the order of the nodes.

        Returns
        -------
        list of str or int
            Integers where the table says so, or all cells of CSV are such.
        """
        if self._all_are_integers:
            return [int(identity) for identity in self._places]
        return list(self._places)

    def find(self, ends: Sequence[Any], ends_are_text: bool) -> list[int]:
        """Return where the ends of links stand.

        Parameters
        ----------
        ends : sequence of object
            As the table of the links holds them.
        ends_are_text : bool
            Whether that is CSV.

        Returns
        -------
        list of int
            Positions; -1 for an id that no node has.
        """
        find = self._places.get
        if self._is_text:
            return [find(_as_cell(end), -1) for end in ends]
        if not ends_are_text:
            return [
                -1 if type(end) is bool or _is_unhashable(end) else find(end, -1)
                for end in ends
            ]
        return [self._find_cell(end) for end in ends]

    def advice(self, end: Any, ends_are_text: bool) -> str:
        """Return what may be wrong with an end that no node is.

        Parameters
        ----------
        end : object
            As the table of the links holds it.
        ends_are_text : bool
            Whether that is CSV.

        Returns
        -------
        str
            The id, and a word on its type where that is the reason.
        """
        other: str | int | None = None
        if not self._is_text and not ends_are_text:
            if isinstance(end, str) and is_integer(end):
                other = int(end)
            elif isinstance(end, int) and not isinstance(end, bool):
                other = str(end)
        text = shown_id(end)
        if other is not None and other in self._places:
            text += f", a {_kind(end)}, where the node's id is a {_kind(other)}"
        return text

    def _find_cell(self, cell: str) -> int:
        place = self._places.get(cell, -1)
        if place < 0 and is_integer(cell):
            place = self._places.get(int(cell), -1)
        return place

    def _checked(self, value: Any, place: int) -> Any:
        if isinstance(value, str) and value:
            if value.isascii() or value == valid_text(value):
                return value
            problem = "holds half of a letter (a lone surrogate)"
        elif isinstance(value, int) and not isinstance(value, bool):
            return value
        elif isinstance(value, float) and value.is_integer():
            return int(value)  # pandas writes integers so, where one was missing once
        elif value == "" or is_missing(value):
            problem = "is missing"
        else:
            problem = f"is a {type(value).__name__}"
        raise GraphFormatError(
            f"The id in row {place + 1} of {self._where} (column {self._column!r}) "
            f"{problem}. Give every node a string or an integer."
        )


def _as_cell(end: Any) -> Any:
    """Return an end as CSV would write it."""
    if isinstance(end, float) and end.is_integer():
        end = int(end)
    return str(end) if type(end) is int else None if _is_unhashable(end) else end


def _is_unhashable(end: Any) -> bool:
    return isinstance(end, list | dict)


def _kind(identity: Any) -> str:
    return "string" if isinstance(identity, str) else "number"


def shown_id(identity: Any) -> str:
    """Return an id as an error shows it.

    Parameters
    ----------
    identity : object
        Whatever a table holds.

    Returns
    -------
    str
        Of 60 letters at most, and a sign that there are more.
    """
    text = repr(identity)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
