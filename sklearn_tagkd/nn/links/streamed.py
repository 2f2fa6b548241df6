"""Columns propagated along links that lie in files: two states are held, no weights.

A node's state divided by the root of its degree needs no weight per link: with
``y = x / sqrt(d)``, a step of :mod:`~sklearn_tagkd.nn.links.propagation` is ``y' =
teleport y0 + (1 - teleport) (y + sum of the senders' y) / d``. So a step reads the
senders, and nothing else of links that are all alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.links.weighted_sums import WeightedSums
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils.large_arrays import empty_rows

__all__ = ["propagate_columns"]

_CPU = torch.device("cpu")


@on_one_thread()
def propagate_columns(
    links: csr_array,
    scale: NDArray[np.float32],
    read: Callable[[slice], NDArray[np.floating]],
    n_columns: int,
    n_hops: int,
    teleport: float,
    write: Callable[[NDArray[np.float32]], None],
) -> None:
    """Propagate some columns of all nodes' rows, and hand them on in pieces.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes), dtype int8, float32 or float64
        Weight at ``[receiver, sender]``; int8 where all are 1. Mapped arrays are read
        from start to end, once a step.
    scale : ndarray of float32 of shape (n_nodes,)
        ``1 / sqrt(d)``, with ``d`` the sum of what a node hears, itself included.
    read : callable
        From some nodes, a slice, to their rows of ``n_columns`` columns; it is called
        for all nodes in turn, once a step and once before.
    n_columns : int
        Of what is read.
    n_hops : int
        Steps.
    teleport : float
        Share of its own row that a node keeps per step.
    write : callable
        Takes the rows of the next nodes, of any length.
    """
    sums = WeightedSums(links, _CPU)
    root = torch.from_numpy(scale)[:, None]
    share = (1 - teleport) * root * root  # (N, 1)

    def own(nodes: slice) -> Tensor:
        return dense_tensor(read(nodes), _CPU).float() * root[nodes]

    n_nodes = links.shape[0]
    sent, received = (
        torch.from_numpy(empty_rows(n_nodes, n_columns)) for _ in range(2)
    )

    def begin(nodes: slice) -> None:
        sent[nodes] = own(nodes)

    def hear(nodes: slice) -> None:
        heard = sums.of(sent, nodes).add_(sent[nodes])
        state = torch.mul(own(nodes), teleport, out=received[nodes])
        state.addcmul_(share[nodes], heard)

    with Crew(n_hops * sums.work(n_columns)) as crew:
        crew.map(begin, sums.groups())
        for _ in range(n_hops):
            crew.map(hear, sums.groups())
            sent, received = received, sent
    for nodes in sums.groups():
        write((sent[nodes] / root[nodes]).numpy())
