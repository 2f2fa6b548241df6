"""What all nodes receive: weighted sums of their senders' rows, exact at any size.

A product of links and rows reads the senders' rows in no order, and where they lie in
main memory it waits for each of them. torch's sums of embeddings ask for the next rows
before they need them, so long rows are read about as fast as memory can deliver.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.links.products import csr_tensor, dense_tensor

__all__ = ["WeightedSums"]

_CACHE = 16 * 2**20  # bytes of senders' rows that a processor may keep
_NARROW = 32  # columns at a time while these are kept
_WIDE = 128  # columns at a time where rows come from memory, at least on a GPU
_LINE = 16  # columns that one read of memory brings
_GPU_BYTES = 640 * 2**20  # of a block of columns on a GPU
_RECEIVERS = 4096  # summed up at a time: what is done with the sums finds them cached


class WeightedSums:
    """Sums up what all nodes receive, block of columns by block of columns.

    Parameters
    ----------
    links : csr_array of shape (n_receivers, n_senders)
        Weight at ``[receiver, sender]``, of float32; on a CPU of float64 too, or of
        int8 where all are 1. Arrays may be mapped: a group's part is read at a time.
    device : torch.device
        Where to compute.
    """

    def __init__(self, links: csr_array, device: torch.device) -> None:
        self._shape, self._n_links = links.shape, links.nnz
        self._starts = links.indptr
        self._device = device
        if device.type == "cpu":
            self._senders = dense_tensor(links.indices, device)
            alike = links.data.dtype == np.int8
            self._weights = None if alike else dense_tensor(links.data, device)
        else:
            self._links = csr_tensor(links, device)

    def blocks(self, n_columns: int) -> Iterator[slice]:
        """Tell which columns to send at a time.

        Parameters
        ----------
        n_columns : int
            Of all that is sent.

        Yields
        ------
        slice
            Columns next to one another.
        """
        width = _width(self._shape[1], n_columns, self._device)
        for start in range(0, n_columns, width):
            yield slice(start, min(start + width, n_columns))

    def groups(self) -> Iterator[slice]:
        """Tell which receivers to sum up for at a time.

        Yields
        ------
        slice
            Nodes next to one another.
        """
        n_receivers = self._shape[0]
        size = _RECEIVERS if self._device.type == "cpu" else max(1, n_receivers)
        for start in range(0, n_receivers, size):
            yield slice(start, min(start + size, n_receivers))

    def work(self, n_columns: int) -> int:
        """Tell how much the processor has to multiply.

        Parameters
        ----------
        n_columns : int
            Of what is sent.

        Returns
        -------
        int
            Multiplications; 0 where a GPU does them.
        """
        return self._n_links * n_columns if self._device.type == "cpu" else 0

    def of(self, sent: Tensor, receivers: slice) -> Tensor:
        """Sum up what is received.

        Parameters
        ----------
        sent : Tensor of shape (n_senders, n_columns)
            A block of columns, contiguous.
        receivers : slice
            One of ``groups()``.

        Returns
        -------
        Tensor of shape (n_receivers, n_columns)
            Their sums; 0 for who has no sender.
        """
        if self._device.type != "cpu":
            return self._links @ sent
        starts = self._starts[receivers.start : receivers.stop + 1]
        senders, weights = self._cells(receivers)
        return F.embedding_bag(
            senders,
            sent,
            torch.from_numpy(starts - starts[0]).to(senders.dtype),
            mode="sum",
            per_sample_weights=weights,
            include_last_offset=True,
        )

    def _cells(self, receivers: slice) -> tuple[Tensor, Tensor | None]:
        """Return who sends to some nodes, and how much each sender counts."""
        links = slice(self._starts[receivers.start], self._starts[receivers.stop])
        weights = None if self._weights is None else self._weights[links].float()
        return self._senders[links], weights

    def add(self, sent: Tensor, receivers: slice, share: float, state: Tensor) -> None:
        """Add a share of what is received to a state.

        Parameters
        ----------
        sent : Tensor of shape (n_senders, n_columns)
            A block of columns, contiguous.
        receivers : slice
            One of ``groups()``.
        share : float
            Factor of the sums.
        state : Tensor of shape (n_receivers, n_columns)
            Of the receivers; it is changed.
        """
        if self._device.type == "cpu":
            state.add_(self.of(sent, receivers), alpha=share)
        else:  # in one pass
            torch.addmm(state, self._links, sent, alpha=share, out=state)


def _width(n_senders: int, n_columns: int, device: torch.device) -> int:
    """Return how many columns a block has: about as many as any other block."""
    column_bytes = 4 * max(1, n_senders)
    if device.type != "cpu":
        most = max(_WIDE, _GPU_BYTES // (column_bytes * _LINE) * _LINE)
    else:
        most = _NARROW if _NARROW * column_bytes <= _CACHE else _WIDE
    n_blocks = max(1, -(-n_columns // most))
    return max(1, -(-n_columns // (n_blocks * _LINE))) * _LINE
