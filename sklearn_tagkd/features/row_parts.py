"""Rows in several files, one after another, and columns in several, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["ColumnBlocks", "RowParts", "SharedRows", "mean_row"]


class RowParts:
    """An array whose rows lie in parts; slices of it are read, never the whole.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n_part_rows, n_columns)
        Mapped, of one type and width.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.features.row_parts import RowParts
    >>> rows = RowParts([np.zeros((2, 3)), np.ones((2, 3))])
    >>> rows.shape, rows.read(slice(1, 3), slice(0, 2)).tolist()
    ((4, 3), [[0.0, 0.0], [1.0, 1.0]])
    """

    def __init__(self, parts: Sequence[NDArray[Any]]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *(len(part) for part in parts)])

    def __repr__(self) -> str:
        return f"RowParts(shape={self.shape}, parts={len(self._parts)})"

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self), self._parts[0].shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all parts."""
        return self._parts[0].dtype

    def read(self, rows: slice, columns: slice = slice(None)) -> NDArray[Any]:
        """Read rows next to one another.

        Parameters
        ----------
        rows : slice
            From where to where; without a step.
        columns : slice, default=slice(None)
            Which columns.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            A view where it lies in one part.
        """
        start, stop, _ = rows.indices(len(self))
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        last = int(np.searchsorted(self._starts, stop, side="left"))
        first = min(first, len(self._parts) - 1)
        found = []
        for place in range(first, max(last, first + 1)):
            offset = self._starts[place]
            low, high = max(start - offset, 0), max(stop - offset, 0)
            found.append(self._parts[place][low:high, columns])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def take(self, rows: NDArray[np.integer]) -> NDArray[Any]:
        """Read rows from anywhere.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Which.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            A new array.

        Raises
        ------
        ValueError
            If there is no such row.
        """
        taken = np.empty((len(rows), self.shape[1]), dtype=self.dtype)
        order = np.argsort(rows, kind="stable")
        bounds = np.searchsorted(rows[order], self._starts)
        if bounds[0] != 0 or bounds[-1] != len(rows):
            raise ValueError(
                f"A row is asked for that none of the {len(self)} is: a file of rows "
                "is damaged. Delete the folder that holds it, and call again."
            )
        for place in np.flatnonzero(np.diff(bounds)).tolist():
            here = order[bounds[place] : bounds[place + 1]]
            taken[here] = self._parts[place][rows[here] - self._starts[place]]
        return taken

    def __getitem__(self, rows: NDArray[np.integer]) -> NDArray[Any]:
        """Read rows from anywhere: :meth:`take`."""
        return self.take(rows)


class SharedRows:
    """Rows of which several nodes may have the same one.

    Parameters
    ----------
    rows : RowParts
        Each row once.
    places : ndarray of int64 of shape (n_nodes,)
        Which of them every node has.
    """

    def __init__(self, rows: RowParts, places: NDArray[np.int64]) -> None:
        self._rows, self._places = rows, places

    def __repr__(self) -> str:
        return f"SharedRows(shape={self.shape}, distinct={len(self._rows)})"

    def __len__(self) -> int:
        return len(self._places)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of nodes and of columns."""
        return len(self), self._rows.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the rows."""
        return self._rows.dtype

    def read(self, rows: slice, columns: slice = slice(None)) -> NDArray[Any]:
        """Read the rows of nodes next to one another.

        Parameters
        ----------
        rows : slice
            From where to where; without a step.
        columns : slice, default=slice(None)
            Which columns.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            A new array.
        """
        return self._rows.take(self._places[rows])[:, columns]

    def take(self, rows: NDArray[np.integer]) -> NDArray[Any]:
        """Read the rows of nodes from anywhere.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Which nodes.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            A new array.
        """
        return self._rows.take(self._places[rows])

    def __getitem__(self, rows: NDArray[np.integer]) -> NDArray[Any]:
        """Read the rows of nodes from anywhere: :meth:`take`."""
        return self.take(rows)


class ColumnBlocks:
    """An array whose columns lie in blocks; rows of it are read, never the whole.

    Parameters
    ----------
    blocks : sequence of ndarray of shape (n_rows, n_block_columns)
        Mapped, of one type.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.features.row_parts import ColumnBlocks
    >>> ColumnBlocks([np.zeros((2, 1)), np.ones((2, 2))])[:1].tolist()
    [[0.0, 1.0, 1.0]]
    """

    def __init__(self, blocks: Sequence[NDArray[Any]]) -> None:
        self._blocks = blocks

    def __repr__(self) -> str:
        return f"ColumnBlocks(shape={self.shape}, blocks={len(self._blocks)})"

    def __len__(self) -> int:
        return len(self._blocks[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self), sum(block.shape[1] for block in self._blocks)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Read rows: a slice, a mask, or positions."""
        whole: NDArray[Any] = np.concatenate([b[rows] for b in self._blocks], axis=-1)
        return whole

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Columns in several files cannot but be copied.")
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)


def mean_row(rows: RowParts | SharedRows) -> NDArray[np.float32]:
    """Return the mean of all rows, to the bit that of one array.

    Parameters
    ----------
    rows : RowParts or SharedRows of float32
        At least one.

    Returns
    -------
    ndarray of float32 of shape (n_columns,)
        A new array.
    """
    total = np.zeros(rows.shape[1], dtype=np.float32)
    for block in row_blocks(len(rows)):
        # Row after row, as the mean of one array adds them up.
        part = np.concatenate([total[None], rows.read(block)])
        np.add.reduce(part, axis=0, out=total)
    mean: NDArray[np.float32] = total / np.float32(len(rows))
    return mean
