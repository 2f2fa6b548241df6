"""What encoders give, as one dense array: tensors, sparse matrices, lists of either."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

__all__ = ["as_matrix"]


def as_matrix(vectors: Any, name: str) -> NDArray[np.float32]:
    """Return vectors as one dense array.

    Parameters
    ----------
    vectors : array-like, tensor, sparse matrix, or sequence of them
        One row per text.
    name : str
        Who gave them, for the error.

    Returns
    -------
    ndarray of float32
        The same numbers; infinite where they are too large.

    Raises
    ------
    TypeError
        If they are no real numbers.
    ValueError
        If rows differ in length.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sklearn_tagkd.features.encoding.outputs import as_matrix
    >>> as_matrix(csr_array([[0.0, 1.0]]), "encode")
    array([[0., 1.]], dtype=float32)
    """
    if isinstance(vectors, list | tuple):
        rows = [_dense(row) for row in vectors]
        lengths = {np.shape(row) for row in rows}
        if len(lengths) > 1:
            raise ValueError(
                f"{name} gave rows of different shapes, such as "
                f"{' and '.join(map(str, sorted(lengths)[:2]))}; expected n_dimensions "
                "numbers for every text."
            )
        vectors = rows
    try:
        found = np.asarray(_dense(vectors))
        if vectors is None or found.dtype.kind not in "biufOV":  # bfloat16 is a V
            raise TypeError
        with np.errstate(over="ignore"):
            return found.astype(np.float32, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"{name} gave a {type(vectors).__name__} that is no array of real numbers; "
            "expected an array of shape (n_texts, n_dimensions)."
        ) from None  # whose message may quote what was given


def _dense(vectors: Any) -> Any:
    """Return what numpy can read."""
    if issparse(vectors):
        return vectors.toarray()
    if isinstance(vectors, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(vectors), np.nan, vectors.data)
    if hasattr(vectors, "detach"):  # of torch: wherever it lies, in whatever precision
        vectors = vectors.detach()
        if getattr(vectors, "is_sparse", False) or "sparse" in str(vectors.layout):
            vectors = vectors.to_dense()
        return vectors if vectors.is_complex() else vectors.float().cpu().numpy()
    return vectors
