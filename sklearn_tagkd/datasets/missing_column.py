"""A table without a column that it must have."""

from __future__ import annotations

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["MissingColumnError"]


class MissingColumnError(GraphFormatError):
    """A table lacks a column; says which ones there are.

    Parameters
    ----------
    message : str
        What is wrong.
    column : str
        The one that is missing, for whoever knows how another one is chosen.
    """

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message, column)
        self.column = column

    def __str__(self) -> str:
        return printable(str(self.args[0]))
