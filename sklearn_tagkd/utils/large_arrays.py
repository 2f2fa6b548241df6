"""Arrays that are too large to take memory without need."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["empty_rows", "is_large", "row_blocks"]

_LARGE = 2**30  # bytes
_LINE = 64  # bytes that a processor reads from memory at once
_BLOCK = 65_536  # rows at once, where a whole copy would be too much


def is_large(shape: tuple[int, ...]) -> bool:
    """Tell whether an array of float32 should not lie in memory if that can be helped.

    Parameters
    ----------
    shape : tuple of int
        Of the array.

    Returns
    -------
    bool
        Whether it takes a gibibyte.
    """
    return 4 * math.prod(shape) >= _LARGE


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Tell which rows of a large array to look at at a time.

    Parameters
    ----------
    n_rows : int
        Of the array.

    Yields
    ------
    slice
        Rows next to one another.
    """
    for start in range(0, n_rows, _BLOCK):
        yield slice(start, start + _BLOCK)


def empty_rows(n_rows: int, n_columns: int) -> NDArray[np.float32]:
    """Take memory for rows that are read in no order.

    A row out of main memory costs less, half at times, where the system gives large
    pages, as Linux does for what numpy takes, and where rows begin with a line of
    memory.

    Parameters
    ----------
    n_rows, n_columns : int
        Of the array.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_columns)
        Of any content.

    Examples
    --------
    >>> from sklearn_tagkd.utils.large_arrays import empty_rows
    >>> rows = empty_rows(3, 2)
    >>> rows.shape, rows.ctypes.data % 64
    ((3, 2), 0)
    """
    n_bytes = 4 * n_rows * n_columns
    memory = np.empty(n_bytes + _LINE, dtype=np.uint8)
    start = -memory.ctypes.data % _LINE
    rows = memory[start : start + n_bytes].view(np.float32)
    return rows.reshape(n_rows, n_columns)
