"""Rows that are scaled and made float32 as they are read, so that no copy is kept."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_tagkd.nn.device import rests_on
from sklearn_tagkd.nn.inputs import LARGEST, Rows, fits_single
from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.threads import on_one_thread

__all__ = ["RowReader", "ScaledRows", "gather"]

_SHARE = 0.4  # of free memory that rows may take: what is heard takes as much


class ScaledRows:
    """An array in float32, times a factor: what is asked for is computed anew.

    Parameters
    ----------
    array : ndarray of float16 or float32 of shape (n_rows, n_columns)
        Of any memory: mapped and read-only will do. Not copied, never written to.
    scale : float
        The factor.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.nn.scaled_rows import ScaledRows
    >>> rows = ScaledRows(np.eye(3, dtype=np.float16), 0.5)
    >>> rows[1:, :2]
    array([[0. , 0.5],
           [0. , 0. ]], dtype=float32)
    """

    def __init__(self, array: NDArray[Any], scale: float) -> None:
        self._array = array
        self._scale = scale
        # torch multiplies in single precision: what does not fit, in two steps.
        self._factors = [scale] if fits_single(scale) else [math.sqrt(scale)] * 2

    def __repr__(self) -> str:
        return f"ScaledRows(shape={self.shape}, scale={self._scale:.3g})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows and of columns."""
        return self._array.shape

    def __len__(self) -> int:
        return len(self._array)

    @on_one_thread()
    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        part = np.asarray(self._array[key])
        if min(part.strides, default=0) < 0:  # torch reads forwards only
            part = part.copy()
        # By torch: to numpy half precision takes ten times as long.
        fresh = torch.empty(part.shape)
        fresh.copy_(dense_tensor(part, fresh.device))
        for factor in self._factors:
            fresh.mul_(factor)
        fresh.clamp_(-LARGEST, LARGEST)
        scaled: NDArray[np.float32] = fresh.numpy()
        return scaled

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Scaled rows lie in no array: they cannot but be copied.")
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)


class RowReader:
    """Gathers rows, and brings them to where a network computes.

    Parameters
    ----------
    rows : Rows
        Embeddings. On a CPU they are not copied.
    device : torch.device
        Where what is read shall lie. Another device than a CPU takes all rows where
        they take less than half of its free memory.
    again : bool, default=True
        Whether most rows will be read more than once. Else none is taken before.

    Attributes
    ----------
    is_placed : bool
        Whether all rows are there already.
    """

    def __init__(self, rows: Rows, device: torch.device, again: bool = True) -> None:
        n_bytes = 4 * math.prod(rows.shape)
        self.is_placed = again and rests_on(device, n_bytes, _SHARE)
        self._device = device
        place = device if self.is_placed else torch.device("cpu")
        reads_anew = isinstance(rows, ScaledRows) and place.type == "cpu"
        self._rows = rows
        self._placed = None if reads_anew else dense_tensor(np.asarray(rows), place)

    def __call__(self, nodes: Tensor) -> Tensor:
        """Read rows.

        Parameters
        ----------
        nodes : Tensor of int64 of shape (n_nodes,)
            Which, on the device.

        Returns
        -------
        Tensor of float32 of shape (n_nodes, n_columns)
            On the device.
        """
        if self._placed is None:
            return torch.from_numpy(self._rows[nodes.cpu().numpy()]).to(self._device)
        return gather(self._placed, nodes)


def gather(rows: Tensor, nodes: Tensor) -> Tensor:
    """Return some rows of a tensor where they are asked for.

    Parameters
    ----------
    rows : Tensor of shape (n_rows, n_columns)
        On any device.
    nodes : Tensor of int64 of shape (n_nodes,)
        Which rows; on that device, or on another.

    Returns
    -------
    Tensor of shape (n_nodes, n_columns)
        Where ``nodes`` is.
    """
    return rows.index_select(0, nodes.to(rows.device)).to(nodes.device)
