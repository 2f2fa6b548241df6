"""A sparse matrix times dense rows, in pieces that stay in the processor's cache.

A product reads the rows of a link's senders in no order. Where they lie in main memory
it waits for most of them; so it is cut into blocks of few columns and tiles of senders
next to one another, of which one at a time is read again and again.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.products import csr_tensor

__all__ = ["CachedProduct"]

_LINE = 16  # columns that one read of memory brings
_CACHE = 4 * 2**20  # bytes of senders' rows that are surely kept
_TILES = (2**16, 2**17)  # senders of a tile; of the larger one less is kept
# A tile reads and writes every receiver once: that many links have to be worth it.
_LINKS_PER_ROW = 2.5
_MOST_COLUMNS = 64  # of a block that is not cut into tiles; more are no faster
_BLOCK_BYTES = 640 * 2**20  # of a block at most


class CachedProduct:
    """Adds what all nodes receive, block of columns by block of columns.

    Parameters
    ----------
    links : csr_array of shape (n_receivers, n_senders), dtype float32
        Weight at ``[receiver, sender]``.
    device : torch.device
        Where to compute; only a CPU has anything cut.
    """

    def __init__(self, links: csr_array, device: torch.device) -> None:
        tile, self._width = _cut(links, device)
        starts = range(0, max(1, links.shape[1]), tile)
        whole = len(starts) == 1
        self._tiles = [
            (
                slice(start, start + tile),
                csr_tensor(links if whole else links[:, start : start + tile], device),
            )
            for start in starts
        ]

    def blocks(self, n_columns: int) -> Iterator[slice]:
        """Tell which columns to multiply at a time.

        Parameters
        ----------
        n_columns : int
            Of all that is sent.

        Yields
        ------
        slice
            Columns next to one another.
        """
        for start in range(0, n_columns, self._width):
            yield slice(start, min(start + self._width, n_columns))

    def add_to(self, out: Tensor, sent: Tensor, share: float = 1.0) -> Tensor:
        """Add what is received.

        Parameters
        ----------
        out : Tensor of shape (n_receivers, n_columns)
            Is changed.
        sent : Tensor of shape (n_senders, n_columns)
            A block of columns.
        share : float, default=1.0
            What is received is multiplied by it.

        Returns
        -------
        Tensor of shape (n_receivers, n_columns)
            ``out``.
        """
        for senders, links in self._tiles:
            out.addmm_(links, sent[senders], alpha=share)
        return out


def _cut(links: csr_array, device: torch.device) -> tuple[int, int]:
    """Return how many senders a tile has, and how many columns a block."""
    n_receivers, n_senders = (max(1, n) for n in links.shape)
    fitting = _BLOCK_BYTES // (4 * n_senders)
    if device.type != "cpu":
        return n_senders, max(1, fitting)
    kept = _CACHE // (4 * n_senders)
    if kept >= _LINE:
        return n_senders, kept
    for tile in _TILES:
        n_tiles = -(-n_senders // tile)
        if links.nnz >= _LINKS_PER_ROW * n_tiles * n_receivers:
            return tile, _LINE
    return n_senders, max(_LINE, min(fitting, _MOST_COLUMNS))
