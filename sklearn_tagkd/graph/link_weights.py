"""Weights of links: what a user may give, and which counts of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import entries
from sklearn_tagkd.graph.real_numbers import real_numbers

__all__ = ["check_weights", "heaviest"]

# Networks compute in single precision, with sums of weights and what divides by them.
_LEAST, _MOST = 1e-18, 1e18


def check_weights(weights: Any, n_edges: int) -> NDArray[np.float64]:
    """Check the weights a user gave.

    Parameters
    ----------
    weights : array-like of shape (n_edges,)
        One per edge.
    n_edges : int
        How many edges there are.

    Returns
    -------
    ndarray of float64 of shape (n_edges,)
        0, or at least 1e-18.

    Raises
    ------
    GraphFormatError
        If their number is another, or one is missing, negative or above 1e18; names
        the first offender.
    """
    if isinstance(weights, Mapping):
        raise GraphFormatError(
            f"weights must hold one number per edge; got a {type(weights).__name__}. "
            "Write weights=[weights[edge] for edge in edges]."
        )
    given = entries(weights, "weights", "number per edge")
    numbers = real_numbers(given, "weights")
    if numbers.ndim != 1:
        raise GraphFormatError(
            f"weights must have shape (n_edges,); got {numbers.shape}. Write "
            "weights.ravel() if there is one number per edge in it."
        )
    if len(numbers) != n_edges:
        raise GraphFormatError(
            f"weights has {len(numbers)} entries but there are {n_edges} edges. Give "
            "exactly one number per edge, in the same order."
        )
    exact = numbers.astype(np.float64)
    is_weight = (exact >= 0) & (exact <= _MOST)
    if not is_weight.all():
        place = int(np.argmin(is_weight))
        raise GraphFormatError(
            f"weights[{place}] is {exact[place]}. A weight is a number from 0 (no "
            f"link) to {_MOST:g}; 1 is an ordinary link. {_remedy(exact[place])}"
        )
    return np.where(exact > 0, np.maximum(exact, _LEAST), 0.0)


def heaviest(
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the greatest weight of every cell.

    Parameters
    ----------
    rows, columns : ndarray of int of shape (n_edges,)
        Cells, some of them more than once.
    weights : ndarray of float64 of shape (n_edges,)
        Theirs.

    Returns
    -------
    ndarray of float64 of shape (n_cells,)
        Row by row, column by column.
    """
    order = np.lexsort((weights, columns, rows))
    rows, columns = rows[order], columns[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    found: NDArray[np.float64] = weights[order][is_last]
    return found


def _remedy(weight: Any) -> str:
    if np.isnan(weight):
        return "Fill in missing weights, or leave these edges out."
    if weight < 0:
        return (
            "What joins nodes that differ is no link: leave such edges out, or give "
            "absolute values if the sign says nothing."
        )
    return "Divide all weights by their mean."
