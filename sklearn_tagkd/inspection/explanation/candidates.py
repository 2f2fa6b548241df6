"""Which links and neighbours of a node are worth a look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.reading import Reading
from sklearn_tagkd.inspection.removal.change import cells_of_rows, weights_at

__all__ = ["heaviest_senders", "links_within"]

_MOST_NEIGHBORS = 64  # whose links are looked at too
_MOST_LINKS = 1024


def heaviest_senders(
    reading: Reading, node: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Return whom a node hears most.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    node : int
        Its position.
    most : int
        How many at most.

    Returns
    -------
    senders : ndarray of int64 of shape (n_senders,)
        Heaviest first.
    weights : ndarray of float64 of shape (n_senders,)
        Of their links.
    n_all : int
        How many there are.
    """
    links = reading.inputs.links
    _, senders = cells_of_rows(links, np.array([node]))
    weights = weights_at(links, np.full(len(senders), node), senders)
    order = np.argsort(-weights, kind="stable")[:most]
    return senders[order], weights[order], len(senders)


def links_within(
    reading: Reading, node: int, reach: int
) -> tuple[NDArray[np.int64], int]:
    """Return the links over which something reaches a node in few steps.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    node : int
        Its position.
    reach : {1, 2}
        Steps: the node's own links, or those of its neighbours too.

    Returns
    -------
    pairs : ndarray of int64 of shape (n_links, 2)
        Receiver and sender, each link once, heaviest first; 1,024 at most, of 64
        neighbours at most.
    n_all : int
        How many links of these neighbours there are.
    """
    links = reading.inputs.links
    totals = 1 + np.asarray(links[[node]].sum(axis=1)).ravel()
    senders, weights, _ = heaviest_senders(reading, node, links.shape[0])
    pairs = np.column_stack([np.full(len(senders), node), senders])
    weights = weights / totals[0]
    if reach > 1 and len(senders):
        near = senders[:_MOST_NEIGHBORS]
        receivers, far = cells_of_rows(links, near)
        totals = 1 + np.asarray(links[near].sum(axis=1)).ravel()
        place = np.zeros(links.shape[0], dtype=np.int64)
        place[near] = np.arange(len(near))
        over = weights_at(links, receivers, far) / totals[place[receivers]]
        over *= weights[place[receivers]]
        pairs = np.concatenate([pairs, np.column_stack([receivers, far])])
        weights = np.concatenate([weights, over])
    keys = pairs
    if not reading.graph.directed:
        keys = np.sort(pairs, axis=1)
    # Of the two cells of an undirected link, the one nearer to the node comes first.
    first = np.unique(keys, axis=0, return_index=True)[1]
    first = first[np.argsort(-weights[first], kind="stable")]
    return pairs[first[:_MOST_LINKS]].astype(np.int64), len(first)
