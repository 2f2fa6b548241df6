"""Nodes of a folder, some at a time: texts, numbers and labels, without links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.node_index import NodeIndex
from sklearn_tagkd.datasets.table_files import table_files
from sklearn_tagkd.datasets.tables import read_parts
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.utils.missing import is_missing
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["Documents", "read_documents"]


@dataclass(frozen=True, eq=False)
class Documents:
    """Some nodes of a folder, without their links. Texts stay out of the repr.

    Parameters
    ----------
    texts : list of str
        ``''`` for a node without a text.
    features : ndarray of float32 of shape (n_nodes, n_features) or None
        Of the columns that were named.
    labels : list of object
        Cells of the column of labels, as they stand; ``''`` where there is no column.
    n_missing : int
        Texts that are missing.
    """

    texts: list[str] = field(repr=False)
    features: NDArray[np.float32] | None
    labels: list[Any] = field(repr=False)
    n_missing: int

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def joined(cls, parts: Sequence[Documents]) -> Documents:
        """Put nodes after one another.

        Parameters
        ----------
        parts : sequence of Documents
            At least one; of the same columns.

        Returns
        -------
        Documents
            All of them.
        """
        if len(parts) == 1:
            return parts[0]
        features = [part.features for part in parts if part.features is not None]
        return cls(
            [text for part in parts for text in part.texts],
            np.concatenate(features) if features else None,
            [label for part in parts for label in part.labels],
            sum(part.n_missing for part in parts),
        )

    def cut(self, n_nodes: int) -> tuple[Documents, Documents]:
        """Cut nodes in two.

        Parameters
        ----------
        n_nodes : int
            Of the first part.

        Returns
        -------
        first : Documents
            So many, or all; what is missing counts for these.
        rest : Documents
            The others, if any.
        """
        features = self.features
        first, rest = (
            Documents(
                self.texts[part],
                None if features is None else features[part],
                self.labels[part],
                n_missing,
            )
            for part, n_missing in (
                (slice(n_nodes), self.n_missing),
                (slice(n_nodes, None), 0),
            )
        )
        return first, rest


def read_documents(
    path: Path, layout: Layout, index: NodeIndex | None, n_rows: int = 2**16
) -> Iterator[Documents]:
    """Read nodes, some at a time.

    Parameters
    ----------
    path : Path
        Of the table of nodes: a file, or a folder of files.
    layout : Layout
        Names of columns.
    index : NodeIndex or None
        Gets the ids; None where they are known.
    n_rows : int, default=65536
        Nodes at a time.

    Yields
    ------
    Documents
        One per part; all but the last have as many nodes, wherever a file ends. At
        least one, without nodes where the table has none.

    Raises
    ------
    GraphFormatError
        If a file is damaged, lacks a column, or holds what is no text or no number; no
        text is quoted.
    """
    held: list[Documents] = []
    is_first = True
    for part in _of_files(path, layout, index, n_rows):
        held.append(part)
        if sum(map(len, held)) >= n_rows:
            first, rest = Documents.joined(held).cut(n_rows)
            held, is_first = [rest], False
            yield first
    left = Documents.joined(held)
    if is_first or len(left):
        yield left


def _of_files(
    path: Path, layout: Layout, index: NodeIndex | None, n_rows: int
) -> Iterator[Documents]:
    n_features: int | None = None
    for file in table_files(path):
        begin = 0
        for part in read_parts(file, *layout.node_columns(), n_rows=n_rows):
            if index is not None:
                index.add(part[layout.node])
            n_nodes = len(part[layout.node])
            cells = part.get(layout.text, [""] * n_nodes)
            texts, n_missing = _read_texts(cells, begin, file.name, layout.text)
            features = None
            if layout.features:
                columns = [
                    _read_numbers(part[name], n_nodes, begin, file.name, name)
                    for name in layout.features
                ]
                features = np.concatenate(columns, axis=1)
                n_features = features.shape[1] if n_features is None else n_features
                _check_width(features, n_features, begin, file.name)
            labels = [""] * n_nodes
            if layout.label is not None:
                labels = list(part.get(layout.label, labels))
            yield Documents(texts, features, labels, n_missing)
            begin += n_nodes


def _read_texts(
    cells: Sequence[Any], begin: int, where: str, column: str
) -> tuple[list[str], int]:
    texts, n_missing = [], 0
    for row, cell in enumerate(cells, start=begin + 1):
        if isinstance(cell, str):
            texts.append(cell if cell.isascii() else valid_text(cell))
        elif is_missing(cell):
            texts.append("")
            n_missing += 1
        else:
            raise GraphFormatError(
                f"The text in row {row} of {where} (column {column!r}) is a "
                f"{type(cell).__name__}. Give a string, or nothing."
            )
    return texts, n_missing


def _check_width(
    features: NDArray[np.float32], expected: int, begin: int, where: str
) -> None:
    if len(features) and features.shape[1] != expected:
        raise GraphFormatError(
            f"From row {begin + 1} of {where} on features have {features.shape[1]} "
            f"columns, and before {expected}. Give every node as many numbers."
        )


def _read_numbers(
    cells: Any, n_rows: int, begin: int, where: str, column: str
) -> NDArray[np.float32]:
    problem = ""
    try:
        with np.errstate(over="ignore"):
            numbers = np.asarray(cells, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):  # whose words quote the cell
        problem = "something that is no number, or lists of different lengths"
    else:
        if numbers.ndim == 1:
            numbers = numbers.reshape(n_rows, -1 if n_rows else 1)
        is_finite = np.isfinite(numbers)
        if numbers.ndim != 2:
            problem = "lists of lists"
        elif not is_finite.all():
            row = begin + int(np.argmin(is_finite.all(axis=1))) + 1
            problem = f"no finite number in row {row}"
    if problem:
        raise GraphFormatError(
            f"The column {column!r} of {where} holds {problem}. Features are numbers, "
            "or lists of as many numbers in every row."
        )
    return numbers
