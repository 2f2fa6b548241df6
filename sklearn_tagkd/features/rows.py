"""Rows of the input space, computed some at a time: large ones exist but once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.large_arrays import is_large, row_blocks

__all__ = ["center_rows", "is_huge", "mean_length", "scale_rows", "side_by_side"]


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
        A new array.
    """
    part = features[rows]
    scaled = np.empty(part.shape, dtype=np.float32)
    np.multiply(part, np.float32(scale), out=scaled)
    return scaled


def mean_length(features: NDArray[Any]) -> float:
    """Return the mean length of rows; of a memory map no copy is made.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_columns)
        Numbers of any type.

    Returns
    -------
    float
        Their mean length.
    """
    total = 0.0
    for block in row_blocks(len(features)):
        rows = features[block]
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
