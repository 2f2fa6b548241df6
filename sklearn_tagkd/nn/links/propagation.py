"""Embeddings propagated along the links, block of columns by block of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.nn.links.neighborhood import Neighborhood, symmetric
from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.links.weighted_sums import WeightedSums
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils.large_arrays import empty_rows, is_large, row_blocks

__all__ = [
    "Step",
    "aggregate",
    "personalised_pagerank",
    "propagate",
    "propagate_once",
    "propagate_views",
    "unit_columns",
]


def personalised_pagerank(
    inputs: NetworkInputs, n_hops: int, teleport: float
) -> NDArray[np.float32]:
    """Propagate embeddings, each node returning to its own at every step.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages; messages are heard in the first step.
    n_hops : int
        Number of steps.
    teleport : float
        Share of its own embedding that a node keeps per step.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_dimensions)
        Rows of unit length, so that a hub and a leaf weigh the same.
    """
    return unit_columns(inputs, n_hops, teleport, [inputs.embeddings.shape[1]])[0]


def propagate_once(
    inputs: NetworkInputs, n_hops: int, teleport: float, device: torch.device
) -> Tensor:
    """Propagate embeddings, the first time; what comes out stays with the inputs.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages.
    n_hops, teleport : int, float
        As in :func:`propagate`.
    device : torch.device
        Where to compute, and where the result rests.

    Returns
    -------
    Tensor of float32 of shape (n_nodes, n_dimensions)
        Not to be changed.
    """

    def compute() -> Tensor:
        found = inputs.propagated_otherwise(n_hops, teleport)
        if found is not None:
            return dense_tensor(found, device)
        return propagate(inputs, n_hops, teleport, device=device)

    whole: Tensor = inputs.remember((n_hops, teleport, str(device)), compute)
    return whole


def propagate_views(
    inputs: NetworkInputs,
    n_hops: int,
    teleport: float,
    factors: Sequence[NDArray[np.float32]],
    device: torch.device,
) -> Tensor:
    """Propagate embeddings times factors.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages.
    n_hops, teleport : int, float
        As in :func:`propagate`.
    factors : sequence of ndarray of float32 of shape (n_nodes + n_messages, 1)
        At least one.
    device : torch.device
        Where to compute.

    Returns
    -------
    Tensor of float32 of shape (n_factors * n_nodes, n_dimensions)
        What comes of each, one below the other.
    """
    if inputs.propagator is not None:
        found = inputs.propagator.views(n_hops, teleport, factors)
        return dense_tensor(found, torch.device("cpu"))
    shape = (len(factors) * inputs.n_nodes, inputs.embeddings.shape[1])
    stacked = torch.empty(shape, device=device)
    views = torch.split(stacked, inputs.n_nodes)
    for view, factor in zip(views, factors, strict=True):
        view.copy_(propagate(inputs, n_hops, teleport, factor=factor, device=device))
    return stacked


@on_one_thread()
def unit_columns(
    inputs: NetworkInputs,
    n_hops: int,
    teleport: float,
    widths: Sequence[int],
    nodes: NDArray[np.int64] | None = None,
) -> list[NDArray[np.float32]]:
    """Propagate embeddings and bring some of their columns at a time to unit length.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages.
    n_hops, teleport : int, float
        As in :func:`propagate`.
    widths : sequence of int
        Numbers of columns that belong together, in their order.
    nodes : ndarray of int64 of shape (n_some,), default=None
        Which nodes' rows are wanted; None is all.

    Returns
    -------
    list of ndarray of float32 of shape (n_nodes, width)
        One per width.
    """
    whole = propagate_once(inputs, n_hops, teleport, torch.device("cpu"))
    if nodes is not None:
        whole = whole[torch.from_numpy(nodes)]
    return [F.normalize(part).numpy() for part in torch.split(whole, list(widths), 1)]


def propagate(
    inputs: NetworkInputs,
    n_hops: int,
    teleport: float,
    *,
    factor: NDArray[np.float32] | None = None,
    device: torch.device | None = None,
    before: Sequence[Tensor] = (),
) -> Tensor:
    """Propagate embeddings and leave their length as it comes out.

    Columns do not mix, so they go through in blocks: beside the embeddings and the
    result, three blocks are held, or a single one where the block is the whole. Of
    large embeddings a node's own are read anew at every step, so that two are held. It
    is linear in the embeddings.

    Parameters
    ----------
    inputs : NetworkInputs
        Embeddings, links and messages; messages are heard in the first step.
    n_hops : int
        Number of steps; after none a node has its own embedding.
    teleport : float
        Share of its own embedding that a node keeps per step.
    factor : ndarray of float32 of shape (n_nodes + n_messages, 1), default=None
        What every embedding is multiplied by beforehand; None for 1.
    device : torch.device, default=None
        Where to compute, and where the result rests; None for the CPU.
    before : sequence of Tensor of shape (n_nodes, n_dimensions), default=()
        To be filled with what there is one step before the last, two steps, and so on.

    Returns
    -------
    Tensor of float32 of shape (n_nodes, n_dimensions)
        Propagated embeddings, of any length.

    Raises
    ------
    ValueError
        If there are fewer steps than none.
    """
    if n_hops < 0:
        raise ValueError(f"n_hops={n_hops} must be 0 or more: it counts steps.")
    device = device or torch.device("cpu")
    first, later = symmetric(inputs)
    first_step = Step.along(first, teleport, device)
    step = first_step if later is first else Step.along(later, teleport, device)
    n_nodes, embeddings = inputs.n_nodes, inputs.embeddings
    result = _empty((n_nodes, embeddings.shape[1]), device)
    # A GPU would wait for what is read anew, and a CPU where a block fits its cache.
    keeps = device.type != "cpu" or not is_large(embeddings.shape)
    read = partial(_read, embeddings, factor, device)
    for block in step.sums.blocks(embeddings.shape[1]):
        into = result[:, block]
        # Two places that states take in turn: with an even number of steps left, the
        # first. The result is one of them where it is of one piece and long enough.
        shape = (n_nodes if keeps else len(embeddings), into.shape[1])
        is_place = into.is_contiguous() and into.shape == shape
        places = (
            into if is_place else _empty(shape, device),
            _empty(shape, device),
        )
        if keeps:
            sent = read(block, slice(None)).contiguous()  # (N + M, w)
            own = sent[:n_nodes].__getitem__
        else:
            sent, own = places[n_hops % 2], partial(read, block)
            for rows in row_blocks(len(sent)):
                sent[rows] = read(block, rows)
        with Crew(n_hops * step.sums.work(into.shape[1])) as crew:
            for left in reversed(range(n_hops)):
                out = places[left % 2][:n_nodes] if left else into
                this_step = first_step if left == n_hops - 1 else step
                sent = this_step(sent, own, out, crew)
                if 0 < left <= len(before):
                    before[left - 1][:, block] = sent[:n_nodes]
        if not n_hops:
            into.copy_(sent[:n_nodes])
    return result


def _empty(shape: tuple[int, int], device: torch.device) -> Tensor:
    if device.type == "cpu":
        return torch.from_numpy(empty_rows(*shape))
    return torch.empty(shape, device=device)


def _read(
    embeddings: Rows,
    factor: NDArray[np.float32] | None,
    device: torch.device,
    columns: slice,
    rows: slice,
) -> Tensor:
    part = embeddings[rows, columns]
    return dense_tensor(part if factor is None else part * factor[rows], device)


def aggregate(links: csr_array, rows: Tensor) -> Tensor:
    """Let every node receive once, of its own state nothing.

    Parameters
    ----------
    links : csr_array of shape (n_receivers, n_senders), dtype float32
        Weight at ``[receiver, sender]``.
    rows : Tensor of float32 of shape (n_senders, n_columns)
        What is sent.

    Returns
    -------
    Tensor of float32 of shape (n_receivers, n_columns)
        On the device of ``rows``.
    """
    sums = WeightedSums(links, rows.device)
    result = rows.new_empty((links.shape[0], rows.shape[1]))
    for block in sums.blocks(rows.shape[1]):
        _receive_block(sums, rows[:, block].contiguous(), result[:, block])
    return result


def _receive_block(sums: WeightedSums, sent: Tensor, result: Tensor) -> None:
    def receive(receivers: slice) -> None:
        result[receivers] = sums.of(sent, receivers)

    with Crew(sums.work(sent.shape[1])) as crew:
        crew.map(receive, sums.groups())


class Step:
    """One step: a share from the neighbours, the rest from a node's own embedding.

    Parameters
    ----------
    sums : WeightedSums
        What nodes receive.
    loops : ndarray of float32 of shape (n_nodes,)
        Weight of a node's own state.
    teleport : float
        Share of its own embedding that a node keeps.
    device : torch.device, default=None
        Where to compute; None is the CPU.
    """

    def __init__(
        self,
        sums: WeightedSums,
        loops: NDArray[np.float32],
        teleport: float,
        device: torch.device | None = None,
    ) -> None:
        self.sums = sums
        own = torch.from_numpy(loops)[:, None].to(device or torch.device("cpu"))
        self._loops = (1 - teleport) * own  # (N, 1)
        self._teleport = teleport

    @classmethod
    def along(
        cls, neighborhood: Neighborhood, teleport: float, device: torch.device
    ) -> Step:
        """Return a step along links whose weights are known.

        Parameters
        ----------
        neighborhood : Neighborhood
            Links and their weights.
        teleport : float
            Share of its own embedding that a node keeps.
        device : torch.device
            Where to compute.

        Returns
        -------
        Step
            To be called.
        """
        sums = WeightedSums(neighborhood.links, device)
        return cls(sums, neighborhood.loops, teleport, device)

    def __call__(
        self, sent: Tensor, own: Callable[[slice], Tensor], out: Tensor, crew: Crew
    ) -> Tensor:
        """Write the new state into ``out``."""

        def receive(nodes: slice) -> None:
            state = torch.mul(own(nodes), self._teleport, out=out[nodes])
            state.addcmul_(self._loops[nodes], sent[: len(out)][nodes])
            self.sums.add(sent, nodes, 1 - self._teleport, state)

        crew.map(receive, self.sums.groups())
        return out
