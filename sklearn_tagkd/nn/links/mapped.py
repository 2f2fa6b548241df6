"""Columns propagated along links that lie in files, to the bit as in memory.

In memory every link gets its weight once, ``1 / sqrt(d_receiver d_sender)`` times its
own. Here a group of receivers computes those of its links anew at every step, so that
no weight is held; the steps themselves are those of
:mod:`~sklearn_tagkd.nn.links.propagation`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.inputs import Messages
from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.links.propagation import Step
from sklearn_tagkd.nn.links.weighted_sums import WeightedSums
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["MappedSums", "propagate_mapped"]

_CPU = torch.device("cpu")


@on_one_thread()
def propagate_mapped(
    links: csr_array,
    scale: NDArray[np.float32],
    rows: NDArray[np.floating],
    n_hops: int,
    teleport: float,
    write: Callable[[NDArray[np.float32]], None],
    messages: Messages | None = None,
) -> None:
    """Propagate some columns of all nodes' rows, and hand them on in pieces.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes), dtype int8, float32 or float64
        Weight at ``[receiver, sender]``; int8 where all are 1. Indices sorted. Mapped
        arrays are read from start to end, once a step.
    scale : ndarray of float32 of shape (n_nodes,)
        ``1 / sqrt(d)``, with ``d`` the sum of what a node hears, itself included.
    rows : ndarray of float16 or float32 of shape (n_nodes, n_columns)
        Mapped; read once a step, and once before.
    n_hops : int
        Steps.
    teleport : float
        Share of its own row that a node keeps per step.
    write : callable
        Takes the rows of the next nodes, of any length.
    messages : Messages, default=None
        What is heard in the first step in the place of some senders' rows.
    """
    n_nodes, n_columns = rows.shape
    said = np.empty((0, n_columns), np.float32) if messages is None else messages.rows
    # Messages follow the nodes, as in first_layer_links.
    first, later = (torch.empty(n_nodes + len(said), n_columns) for _ in range(2))

    def own(nodes: slice) -> Tensor:
        return dense_tensor(rows[nodes], _CPU).float()

    for nodes in row_blocks(n_nodes):
        first[:n_nodes][nodes] = own(nodes)
    first[n_nodes:] = dense_tensor(said, _CPU)
    loops = scale * scale
    step = Step(MappedSums(links, scale), loops, teleport)
    first_step = step
    if messages is not None:
        first_step = Step(MappedSums(links, scale, messages), loops, teleport)
    with Crew(n_hops * step.sums.work(n_columns)) as crew:
        for number in range(n_hops):
            (step if number else first_step)(first, own, later[:n_nodes], crew)
            first, later = later, first
    for nodes in row_blocks(n_nodes):
        write(first[:n_nodes][nodes].numpy())


class MappedSums(WeightedSums):
    """Sums of what is received, of links whose weights are found as they are read.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes), dtype int8, float32 or float64
        Weight at ``[receiver, sender]``, mapped.
    scale : ndarray of float32 of shape (n_nodes,)
        What a link's weight is multiplied by at either end.
    messages : Messages, default=None
        What is heard in the place of some senders' rows.
    """

    def __init__(
        self,
        links: csr_array,
        scale: NDArray[np.float32],
        messages: Messages | None = None,
    ) -> None:
        super().__init__(links, _CPU)
        self._mapped, self._scale, self._messages = links, scale, messages

    def _cells(self, receivers: slice) -> tuple[Tensor, Tensor | None]:
        starts = self._starts[receivers.start : receivers.stop + 1]
        cells = slice(starts[0], starts[-1])
        senders = self._mapped.indices[cells]
        scale = self._scale
        weights = self._mapped.data[cells].astype(np.float32)
        weights *= np.repeat(scale[receivers], np.diff(starts))
        weights *= scale[senders]
        if self._messages is not None:
            senders = self._with_messages(receivers, senders)
        return dense_tensor(senders, _CPU), torch.from_numpy(weights)

    def _with_messages(
        self, receivers: slice, senders: NDArray[np.integer]
    ) -> NDArray[np.integer]:
        """Put messages in their senders' place."""
        assert self._messages is not None  # else there is nothing to put
        ends = self._messages.receiver, self._messages.sender
        low, high = np.searchsorted(ends[0], [receivers.start, receivers.stop])
        if low == high:
            return senders
        told, offset = senders.copy(), self._starts[receivers.start]
        for number in range(low, high):
            start, stop = self._starts[ends[0][number] : ends[0][number] + 2] - offset
            place = start + np.searchsorted(senders[start:stop], ends[1][number])
            told[place] = self._shape[0] + number
        return told
