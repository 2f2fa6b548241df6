"""A view of all nodes, reduced to its main directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.utils.extmath import randomized_svd

from sklearn_tagkd.utils.threads import one_thread

__all__ = ["View"]

_N_COMPONENTS = 64
_BLOCK = 8192  # rows that stand side by side at once
_MOST_EXACT = 1024  # rows of a matrix whose directions are worth being exact
_LENGTH = 2.0  # of a reduced row: at it one penalty fits all views

Parts = Sequence[NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class View:
    """Some parts of what is known of nodes, on the main directions of these parts.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_nodes, n_components)
        The nodes, at one length.
    mean : ndarray of float64 of shape (n_columns,)
        Mean of the parts, side by side.
    directions : ndarray of float64 of shape (n_columns, n_components)
        Main directions around it.
    """

    rows: NDArray[np.float64]
    mean: NDArray[np.float64]
    directions: NDArray[np.float64]

    @classmethod
    @one_thread()
    def of(cls, parts: Parts) -> View:
        """Reduce parts to their main directions.

        Parameters
        ----------
        parts : sequence of ndarray of float32 of shape (n_nodes, n_part_columns)
            Each with a row per node.

        Returns
        -------
        View
            Of at most 64 components.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_tagkd.learning.committee import View
        >>> parts = [np.eye(3, dtype=np.float32), np.ones((3, 2), dtype=np.float32)]
        >>> View.of(parts).rows.shape
        (3, 3)
        """
        mean = np.concatenate([part.mean(axis=0, dtype=np.float64) for part in parts])
        directions = _main_directions(parts, mean)
        view = cls(np.empty((0, 0)), mean, directions)
        return cls(view.reduce(parts), mean, directions)

    @one_thread()
    def reduce(self, parts: Parts) -> NDArray[np.float64]:
        """Find where other rows of the same parts lie.

        Parameters
        ----------
        parts : sequence of ndarray of float32 of shape (n_rows, n_part_columns)
            As many columns as :meth:`of` was given.

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_components)
            Rows of one length.
        """
        reduced = np.empty((len(parts[0]), self.directions.shape[1]))
        for start in range(0, len(reduced), _BLOCK):
            block = slice(start, start + _BLOCK)
            found = (_side_by_side(parts, block) - self.mean) @ self.directions
            length = np.linalg.norm(found, axis=1, keepdims=True)
            reduced[block] = _LENGTH * found / np.maximum(length, 1e-12)
        return reduced


def _main_directions(parts: Parts, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    n_nodes, n_columns = len(parts[0]), len(mean)
    if n_nodes <= n_columns:
        spread = _side_by_side(parts, slice(None)) - mean
    else:  # the covariance has the same directions, and no row per node
        spread = np.zeros((n_columns, n_columns))
        for start in range(0, n_nodes, _BLOCK):
            moved = _side_by_side(parts, slice(start, start + _BLOCK)) - mean
            spread += moved.T @ moved
    if len(spread) > _MOST_EXACT:
        found = randomized_svd(spread, _N_COMPONENTS, random_state=0)[2]
    elif n_nodes <= n_columns:
        found = np.linalg.svd(spread, full_matrices=False)[2][:_N_COMPONENTS]
    else:
        largest = (max(0, n_columns - _N_COMPONENTS), n_columns - 1)
        found = eigh(spread, subset_by_index=largest)[1].T[::-1]
    directions: NDArray[np.float64] = np.ascontiguousarray(found.T)
    return directions


def _side_by_side(parts: Parts, rows: slice) -> NDArray[np.float64]:
    return np.concatenate([part[rows].astype(np.float64) for part in parts], axis=1)
