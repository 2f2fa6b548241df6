"""Features: a dense matrix of finite real numbers, or a sentence that says why not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import is_tensor
from sklearn_tagkd.graph.real_numbers import FILL, REAL, real_numbers
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["check_features"]


def check_features(features: Any) -> NDArray[Any]:
    """Check the features a user gave.

    Parameters
    ----------
    features : array-like of shape (n_nodes, n_features)
        Numbers: an array, a tensor, a table, nested lists.

    Returns
    -------
    ndarray of shape (n_nodes, n_features)
        Read-only. An array of numbers is not copied.

    Raises
    ------
    GraphFormatError
        If it is no such matrix; names the first offender and the remedy.
    """
    _refuse_sparse(features)
    matrix = real_numbers(_without_objects(features), "features")
    if matrix.ndim != 2:
        found = f"{matrix.shape}" if matrix.ndim else f"a {type(features).__name__}"
        remedy = " One column is features[:, None]." if matrix.ndim == 1 else ""
        raise GraphFormatError(
            f"features must have shape (n_nodes, n_features); got {found}.{remedy}"
        )
    if not matrix.shape[1]:
        raise GraphFormatError(
            f"features has shape {matrix.shape}: there is no column in it. Leave "
            "features out for a graph without."
        )
    for block in row_blocks(len(matrix)):
        finite = np.isfinite(matrix[block])
        if not finite.all():
            row, column = np.argwhere(~finite)[0] + (block.start, 0)
            raise GraphFormatError(
                f"features[{row}, {column}] is {matrix[row, column]}. {FILL}"
            )
    matrix = matrix.view()
    matrix.flags.writeable = False
    return matrix


def _refuse_sparse(features: Any) -> None:
    layout = str(getattr(features, "layout", "")) if is_tensor(features) else ""
    if not issparse(features) and "sparse" not in layout:
        return
    dense = "to_dense" if layout else "toarray"
    raise GraphFormatError(
        f"features is sparse ({type(features).__name__} of shape "
        f"{tuple(features.shape)}), and dense numbers are needed. Write "
        f"features.{dense}(); of thousands of columns sklearn's TruncatedSVD(200) "
        "leaves a matrix that takes less memory."
    )


def _without_objects(features: Any) -> Any:
    """Return a table's numbers as such, where pandas would make objects of them."""
    if not (hasattr(features, "columns") and hasattr(features, "to_numpy")):
        return features
    matrix = features.to_numpy()
    kinds = {getattr(kind, "kind", "O") for kind in features.dtypes}
    if matrix.dtype == object and kinds <= {*REAL}:
        return features.to_numpy(dtype=np.float64, na_value=np.nan)
    return matrix
