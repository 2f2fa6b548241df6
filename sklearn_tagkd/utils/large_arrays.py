"""Arrays that are too large to take memory without need."""

from __future__ import annotations

import math
from collections.abc import Iterator

__all__ = ["is_large", "row_blocks"]

_LARGE = 2**30  # bytes
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
