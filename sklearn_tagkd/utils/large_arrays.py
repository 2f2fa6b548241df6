"""Arrays that are too large to take memory without need."""

from __future__ import annotations

import math

__all__ = ["is_large"]

_LARGE = 2**30  # bytes


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
