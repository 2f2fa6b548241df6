"""Rows of the input space, computed some at a time: large ones exist but once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.nn.inputs import LARGEST, fits_single
from sklearn_tagkd.utils.large_arrays import is_large, row_blocks

__all__ = ["center_rows", "is_huge", "scale_rows", "side_by_side", "unit_scale"]

# Mean lengths of rows between these are found by adding up squares as they are.
_SHORT, _LONG = 1e-100, 1e100
_GREATEST_SCALE = 1e308


def side_by_side(
    parts: Sequence[Callable[[slice], NDArray[np.float32]]], n_rows: int
) -> NDArray[np.float32]:
    """Return the columns of all parts next to one another.

    Parameters
    ----------
    parts : sequence of callable
        From some rows to their columns.
    n_rows : int
        Number of rows of each.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_columns)
        A new array.
    """
    width = sum(part(slice(0, 0)).shape[1] for part in parts)
    joint = np.empty((n_rows, width), dtype=np.float32)
    for rows in row_blocks(n_rows):
        np.concatenate([part(rows) for part in parts], axis=1, out=joint[rows])
    return joint


def center_rows(
    embeddings: NDArray[np.float32], center: NDArray[np.float32], rows: slice
) -> NDArray[np.float32]:
    """Return some rows, of unit length around the mean.

    Sentence embeddings share a large common part, which tells nothing apart and
    which propagation would only amplify.

    Parameters
    ----------
    embeddings : ndarray of float32 of shape (n_rows, n_dimensions)
        Of texts.
    center : ndarray of float32 of shape (n_dimensions,)
        The mean; of another encoder's dimensions, rows are returned as they are, to
        be refused with a sentence later on.
    rows : slice
        Which of them.

    Returns
    -------
    ndarray of float32 of shape (n_some_rows, n_dimensions)
        Not to be changed.
    """
    if embeddings.shape[1] != len(center):
        return embeddings[rows]
    moved = embeddings[rows] - center
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    moved /= np.maximum(length, np.float32(1e-12))
    return moved


def scale_rows(
    features: NDArray[Any], scale: float, rows: slice
) -> NDArray[np.float32]:
    """Return some rows times a factor.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_columns)
        Numbers of any type.
    scale : float
        The factor.
    rows : slice
        Which of them.

    Returns
    -------
    ndarray of float32 of shape (n_some_rows, n_columns)
        A new array of finite numbers.
    """
    part = features[rows]
    scaled = np.empty(part.shape, dtype=np.float32)
    if fits_single(scale):
        factor: np.floating = np.float32(scale)
    else:
        factor, part = np.float64(scale), part.astype(np.float64)
    with np.errstate(over="ignore"):
        np.multiply(part, factor, out=scaled)
    return np.clip(scaled, -LARGEST, LARGEST, out=scaled)


def unit_scale(features: NDArray[Any]) -> float:
    """Return what brings the mean length of rows to 1; of a memory map no copy is made.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_columns)
        Finite numbers of any type and any size.

    Returns
    -------
    float
        A factor; 1 where all numbers are 0.
    """
    with np.errstate(over="ignore"):
        length = _mean_length(features)
    if _SHORT < length < _LONG:
        return 1 / length
    blocks = (features[block] for block in row_blocks(len(features)))
    greatest = max(float(np.abs(block.astype(np.float64)).max()) for block in blocks)
    if not greatest:
        return 1.0
    # Squares of so small or large numbers do not fit; those of their shares do.
    return min(1 / _mean_length(features, greatest) / greatest, _GREATEST_SCALE)


def _mean_length(features: NDArray[Any], unit: float = 1.0) -> float:
    total = 0.0
    for block in row_blocks(len(features)):
        rows = features[block]
        if unit != 1:
            rows = rows.astype(np.float64) / unit
        # Squares of large numbers do not fit a smaller precision.
        squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
        total += float(np.sqrt(squares).sum())
    return total / len(features)


def is_huge(features: NDArray[Any]) -> bool:
    """Tell whether features shall be read where they lie, and not be copied.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_columns)
        Numbers of any type.

    Returns
    -------
    bool
        False for smaller ones, of which a copy is faster, and for other types than
        float16 and float32, of which a copy is the smaller form.
    """
    return features.dtype in (np.float16, np.float32) and is_large(features.shape)
