"""Columns propagated along links that lie in files, where a GPU computes.

States and nodes' own rows rest on the device, as many columns at a time as it has
memory for. Links stay there too where they fit, and are else read from their files at
every step; what each weighs is computed there. The steps are those of
:mod:`~sklearn_tagkd.nn.links.propagation`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.device import free_bytes, pick_device
from sklearn_tagkd.nn.inputs import Messages
from sklearn_tagkd.nn.links.mapped import MappedSums
from sklearn_tagkd.nn.links.products import dense_tensor, sparse_tensor
from sklearn_tagkd.nn.links.propagation import Step
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils.large_arrays import empty_rows, row_blocks

__all__ = ["propagate_on_device"]

_LINKS = 2**25  # placed at a time
_LINK_BYTES, _WEIGHING_BYTES = 12, 32  # of a link that is placed; while it is weighed
_TAKEN = 0.8  # of the memory that is free: products take some of their own
_STATES = 3  # a node's own row, and two that take turns


@on_one_thread()
def propagate_on_device(
    links: csr_array,
    scale: NDArray[np.float32],
    rows: NDArray[np.floating],
    n_hops: int,
    teleport: float,
    messages: Messages | None = None,
    *,
    device: str,
) -> NDArray[np.float32]:
    """Propagate some columns of all nodes' rows on a device.

    What comes out is what a CPU makes of them but for rounding. Where the device turns
    out to have less memory than it said, columns are halved.

    Parameters
    ----------
    links, scale, rows, n_hops, teleport, messages : object
        As of :func:`~sklearn_tagkd.nn.links.mapped.propagate_mapped`.
    device : str
        Where to compute; a name of torch's.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_columns)
        In memory.

    Raises
    ------
    ValueError
        If this machine lacks the device, or it has not memory for one column.
    """
    place = pick_device(device)
    n_nodes, n_columns = rows.shape
    n_states = n_nodes + (0 if messages is None else len(messages.rows))
    free = int(_TAKEN * free_bytes(place))
    held = _LINK_BYTES * links.nnz
    holds = held <= free // 2
    free -= (held if holds else 0) + _WEIGHING_BYTES * min(links.nnz, _LINKS)
    n_blocks = -(-n_columns // max(1, free // (4 * _STATES * n_states)))
    width = -(-n_columns // n_blocks)
    steps = _Steps(links, scale, teleport, messages, place, holds)
    result = empty_rows(n_nodes, n_columns)
    start = 0
    while start < n_columns:
        block = slice(start, min(start + width, n_columns))
        try:
            _propagate(steps, rows, block, n_hops, result)
            start = block.stop
            continue
        except torch.cuda.OutOfMemoryError:
            steps.forget()
        if width == 1:
            raise ValueError(
                f"{device} has not memory for one column of {n_nodes} nodes. Give "
                "device='cpu', or wait until others have left it."
            )
        width = -(-width // 2)
        torch.cuda.empty_cache()
    return result


def _propagate(
    steps: _Steps,
    rows: NDArray[np.floating],
    block: slice,
    n_hops: int,
    result: NDArray[np.float32],
) -> None:
    n_nodes, n_columns = len(rows), block.stop - block.start
    own, first, later = steps.places(n_nodes, n_columns)
    for nodes in row_blocks(n_nodes):
        part = np.ascontiguousarray(rows[nodes, block])
        own[nodes] = dense_tensor(part, own.device).float()
    first[:n_nodes] = own
    if steps.messages is not None:
        said = np.ascontiguousarray(steps.messages.rows[:, block])
        first[n_nodes:] = dense_tensor(said, own.device)
    with Crew(0) as crew:
        for number in range(n_hops):
            step = steps.later if number else steps.first
            step(first, own.__getitem__, later[:n_nodes], crew)
            first, later = later, first
    for nodes in row_blocks(n_nodes):
        result[nodes, block] = first[:n_nodes][nodes].cpu().numpy()


class _Steps:
    """The first step, in which messages are heard, and those that follow."""

    def __init__(
        self,
        links: csr_array,
        scale: NDArray[np.float32],
        teleport: float,
        messages: Messages | None,
        device: torch.device,
        holds: bool,
    ) -> None:
        self.messages, self._device = messages, device
        self._sums = _PlacedSums(links, scale, None, device, holds)
        loops = scale * scale
        self.later = self.first = Step(self._sums, loops, teleport, device)
        if messages is not None:  # whose links are others, and heard but once
            told = _PlacedSums(links, scale, messages, device, False)
            self.first = Step(told, loops, teleport, device)

    def places(self, n_nodes: int, n_columns: int) -> tuple[Tensor, Tensor, Tensor]:
        """Take memory for nodes' own rows, and for two states."""
        n_said = 0 if self.messages is None else len(self.messages.rows)
        lengths = n_nodes, n_nodes + n_said, n_nodes + n_said
        own, first, later = (
            torch.empty(length, n_columns, device=self._device) for length in lengths
        )
        return own, first, later

    def forget(self) -> None:
        """Hold no links any more."""
        self._sums.forget()


class _PlacedSums(MappedSums):
    """Sums of what is received, of links that are weighed where they are needed."""

    def __init__(
        self,
        links: csr_array,
        scale: NDArray[np.float32],
        messages: Messages | None,
        device: torch.device,
        holds: bool,
    ) -> None:
        super().__init__(links, scale, messages)
        self._where, self._holds = device, holds
        self._root = dense_tensor(scale, device)
        self._held: dict[int, Tensor] = {}

    def groups(self) -> Iterator[slice]:
        """Tell which receivers to sum up for at a time: of so many links.

        Yields
        ------
        slice
            Nodes next to one another.
        """
        low, n_nodes = 0, self._shape[0]
        while low < n_nodes:
            most = int(self._starts[low]) + _LINKS
            high = int(np.searchsorted(self._starts, most, side="right")) - 1
            high = min(max(high, low + 1), n_nodes)
            yield slice(low, high)
            low = high

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
        links = self._held.get(receivers.start)
        if links is None:
            links = self._place(receivers, len(sent))
        if self._holds:
            self._held[receivers.start] = links
        torch.addmm(state, links, sent, alpha=share, out=state)

    def forget(self) -> None:
        """Hold no links any more."""
        self._held, self._holds = {}, False

    def _place(self, receivers: slice, n_senders: int) -> Tensor:
        starts = self._starts[receivers.start : receivers.stop + 1]
        cells = slice(starts[0], starts[-1])
        senders = self._mapped.indices[cells]
        placed = dense_tensor(senders, self._where)
        weights = dense_tensor(self._mapped.data[cells], self._where)
        weights = weights.to(torch.float32, copy=True)  # a file's are left alone
        weights *= torch.repeat_interleave(
            self._root[receivers],
            dense_tensor(np.diff(starts), self._where),
            output_size=len(senders),
        )
        weights *= self._root[placed]
        if self._messages is not None:
            told = self._with_messages(receivers, senders)
            placed = dense_tensor(told, self._where)
        bounds = dense_tensor(np.asarray(starts - starts[0]), self._where)
        shape = (len(starts) - 1, n_senders)
        return sparse_tensor(bounds.to(placed.dtype), placed, weights, shape)
