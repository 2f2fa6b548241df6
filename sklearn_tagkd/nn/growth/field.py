"""The receptive field of a few nodes, cut out of a graph that has grown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.nn.growth.inputs import GrownInputs, Heard
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.neighborhood import Neighborhood

__all__ = ["receptive_field"]

_MOST = 10_000  # links by which a node is heard that nobody asked about


def receptive_field(
    grown: GrownInputs, nodes: NDArray[np.int64], backbone: str, n_layers: int
) -> NetworkInputs:
    """Cut out what a network hears that passes messages.

    Parameters
    ----------
    grown : GrownInputs
        The graph.
    nodes : ndarray of int64 of shape (n,)
        Each once.
    backbone : {'gcn', 'sage', 'gat'}
        How links are weighed: as they would be in the whole graph.
    n_layers : int
        How far it hears.

    Returns
    -------
    NetworkInputs
        Of ``nodes``, in their order, and of all that they hear. What of it lies
        farthest away hears nothing itself: only ``nodes`` shall be asked about. Of a
        neighbour with more than 10,000 links so many are heard.
    """
    local, parts = nodes, list[Heard]()
    ring, receivers = nodes, list[NDArray[np.int64]]()
    for depth in range(n_layers):
        heard = grown.received(ring, _MOST if depth else None)
        parts.append(heard)
        receivers.append(ring[heard.owners])
        ring = np.setdiff1d(heard.senders, local)
        local = np.concatenate([local, ring])
    order = np.argsort(local)
    rank = local[order]

    def place(whom: NDArray[np.int64]) -> NDArray[np.int64]:
        return order[np.searchsorted(rank, whom)]

    rows = place(np.concatenate(receivers))
    senders = np.concatenate([part.senders for part in parts])
    columns = place(senders)
    weights = np.concatenate([part.weights for part in parts])
    weights, loops = _weighed(backbone, grown.sums(local), rows, columns, weights)
    shape = (len(local), len(local))
    later = _matrix(weights, rows, columns, shape)
    first, embeddings = later, grown.rows(local)
    spoken = np.concatenate([part.rows for part in parts])
    is_message = spoken != senders
    if is_message.any():
        messages, number = np.unique(spoken[is_message], return_inverse=True)
        columns = columns.copy()
        columns[is_message] = len(local) + number
        wide = (len(local), len(local) + len(messages))
        first = _matrix(weights, rows, columns, wide)
        embeddings = np.concatenate([embeddings, grown.rows(messages)])
    inputs = NetworkInputs(embeddings, later)
    hoods = tuple(Neighborhood(links, loops) for links in (first, later))
    if first is later:
        hoods = (hoods[1], hoods[1])
    inputs.remember(backbone, lambda: hoods)
    return inputs


def _weighed(
    backbone: str,
    total: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights of links and of loops, as ``links.neighborhood`` finds them."""
    if backbone == "gcn":
        scale = (1 / np.sqrt(1 + total)).astype(np.float32)
        return weights * scale[rows] * scale[columns], scale * scale
    if backbone == "sage":
        inverse = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
        return weights * inverse[rows], np.zeros_like(total)
    return weights, np.ones_like(total)


def _matrix(
    weights: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    shape: tuple[int, int],
) -> csr_array:
    """Return links as a matrix; what was added to a link's weight is added."""
    links = csr_array((weights, (rows, columns)), shape=shape)
    links.sum_duplicates()
    links.sort_indices()
    return links
