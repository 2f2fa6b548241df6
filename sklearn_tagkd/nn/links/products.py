"""Arrays as tensors, not copied where that can be helped."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

__all__ = ["csr_tensor", "dense_tensor", "sparse_tensor"]


def dense_tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array as a tensor that nobody writes to; on a CPU it is not copied.

    Parameters
    ----------
    array : ndarray
        Any array, of which memory may be mapped and read-only.
    device : torch.device
        Where it shall rest.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    with warnings.catch_warnings():
        # joblib hands its workers arrays that cannot be written to: nor do we.
        warnings.filterwarnings("ignore", "The given NumPy array is not w", UserWarning)
        return torch.from_numpy(array).to(device)


def csr_tensor(matrix: csr_array, device: torch.device) -> Tensor:
    """Return a sparse matrix as torch has it; on a CPU nothing is copied.

    Parameters
    ----------
    matrix : csr_array of shape (n_rows, n_columns), dtype float32
        Any sparse matrix.
    device : torch.device
        Where it shall rest.

    Returns
    -------
    Tensor of shape (n_rows, n_columns)
        In torch's CSR layout.
    """
    arrays = (matrix.indptr, matrix.indices, matrix.data)
    starts, columns, values = (dense_tensor(array, device) for array in arrays)
    return sparse_tensor(starts, columns, values, matrix.shape)


def sparse_tensor(
    starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, ...]
) -> Tensor:
    """Return a sparse matrix of what it is made of; nothing is copied or checked.

    Parameters
    ----------
    starts : Tensor of shape (n_rows + 1,)
        Where each row's cells begin.
    columns, values : Tensor of shape (n_cells,)
        Of the cells, row by row.
    shape : tuple of int
        Number of rows and of columns.

    Returns
    -------
    Tensor of that shape
        In torch's CSR layout.
    """
    with warnings.catch_warnings():
        # Once per process torch calls its CSR tensors a beta; nothing to act upon.
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        return torch.sparse_csr_tensor(
            starts,
            columns,
            values,
            shape,
            check_invariants=False,  # said aloud, or torch warns
        )
