"""What may stand in the brackets of ``graph[...]``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["resolve_rows"]


def resolve_rows(key: Any, n_nodes: int) -> NDArray[np.int64]:
    """Turn a key into row numbers.

    Parameters
    ----------
    key : slice, array-like of int, or array-like of bool of shape (n_nodes,)
        What stands in the brackets.
    n_nodes : int
        Rows that there are.

    Returns
    -------
    ndarray of int64 of shape (n_rows,)
        Rows in the order of the key, repeated where the key repeats them; none is
        negative.

    Raises
    ------
    TypeError
        If the key names no rows, such as a scalar, a column or an id.
    IndexError
        If there are no such rows.
    """
    if isinstance(key, slice):
        return np.arange(n_nodes)[key]
    if isinstance(key, str | tuple) or np.ndim(key) != 1:
        raise TypeError(
            f"A TextGraph is indexed by rows: an integer array, a boolean mask, a list "
            f"or a slice. Got {key!r}. For one node write graph[[i]]; for nodes by id "
            "write graph.parent[graph.positions(ids)]."
        )
    rows = np.asarray(key)
    if rows.dtype == bool:
        if len(rows) != n_nodes:
            raise IndexError(
                f"The boolean mask has {len(rows)} entries; the view has {n_nodes}."
            )
        return np.flatnonzero(rows)
    if rows.size == 0:
        return np.empty(0, dtype=np.int64)
    if not np.issubdtype(rows.dtype, np.integer):
        raise TypeError(
            f"Rows must be integers or booleans; got dtype {rows.dtype}. For nodes by "
            "id write graph.parent[graph.positions(ids)]."
        )
    outside = (rows < -n_nodes) | (rows >= n_nodes)
    if outside.any():
        raise IndexError(
            f"Row {rows[outside][0]} is out of range for a view of {n_nodes} nodes."
        )
    return np.where(rows < 0, rows + n_nodes, rows).astype(np.int64)
