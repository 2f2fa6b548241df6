"""Rows propagated along links, by numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReceivedLinks", "propagate"]

_COLUMNS = 64  # propagated at a time
_RECEIVERS = 4096  # summed up at a time


@dataclass(frozen=True, eq=False)
class ReceivedLinks:
    """Who receives from whom, receiver by receiver.

    Parameters
    ----------
    starts : ndarray of int of shape (n_nodes + 1,)
        Where each receiver's links begin.
    senders : ndarray of int of shape (n_links,)
        Whom a link comes from.
    weights : ndarray of float32 of shape (n_links,)
        What it weighs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.nn.plain.propagation import ReceivedLinks
    >>> links = ReceivedLinks.of_pairs(np.array([[0, 1], [1, 0]]), np.ones(2), 3)
    >>> links.starts, links.senders
    (array([0, 1, 2, 2]), array([1, 0]))
    """

    starts: NDArray[np.integer]
    senders: NDArray[np.integer]
    weights: NDArray[np.float32]

    @classmethod
    def of_pairs(
        cls, pairs: NDArray[np.integer], weights: NDArray[Any], n_nodes: int
    ) -> ReceivedLinks:
        """Sort links by their receivers.

        Parameters
        ----------
        pairs : ndarray of int of shape (n_links, 2)
            Sender and receiver of each link; every pair once.
        weights : ndarray of shape (n_links,)
            What they weigh.
        n_nodes : int
            Number of nodes.

        Returns
        -------
        ReceivedLinks
            The same links.
        """
        senders, receivers = pairs[:, 0], pairs[:, 1]
        order = np.lexsort((senders, receivers))
        counts = np.bincount(receivers, minlength=n_nodes)
        starts = np.concatenate([[0], np.cumsum(counts)])
        return cls(starts, senders[order], weights[order].astype(np.float32))

    @property
    def receivers(self) -> NDArray[np.int64]:
        """Whom each link leads to."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def sums(self, sent: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum up what every node receives.

        Parameters
        ----------
        sent : ndarray of float32 of shape (n_senders, n_columns)
            What is sent.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_columns)
            0 for who has no sender.
        """
        n_nodes = len(self.starts) - 1
        total = np.zeros((n_nodes, sent.shape[1]), dtype=np.float32)
        for first in range(0, n_nodes, _RECEIVERS):
            starts = self.starts[first : first + _RECEIVERS + 1]
            links = slice(starts[0], starts[-1])
            filled = np.flatnonzero(np.diff(starts))
            if len(filled):
                heard = sent[self.senders[links]] * self.weights[links, None]
                places = (starts[filled] - starts[0]).astype(np.intp)
                total[first + filled] = np.add.reduceat(heard, places, axis=0)
        return total


def propagate(
    rows: NDArray[np.float32],
    links: ReceivedLinks,
    n_hops: int,
    teleport: float,
    first_senders: NDArray[np.integer] | None = None,
    before: Sequence[NDArray[np.float32]] = (),
) -> NDArray[np.float32]:
    """Propagate rows, each node returning to its own at every step.

    Parameters
    ----------
    rows : ndarray of float32 of shape (n_nodes + n_messages, n_columns)
        One per node, then one per message.
    links : ReceivedLinks
        Weighed as links are, not normalised.
    n_hops : int
        Number of steps; after none a node has its own row.
    teleport : float
        Share of its own row that a node keeps per step.
    first_senders : ndarray of int of shape (n_links,), default=None
        Whom to hear in the first step, messages among them; None for the senders.
    before : sequence of ndarray of shape (n_nodes, n_columns), default=()
        To be filled with what there is one step before the last, two steps, and so on.

    Returns
    -------
    ndarray of float32 of shape (n_nodes, n_columns)
        Of any length.
    """
    n_nodes = len(links.starts) - 1
    receivers = links.receivers
    degree = np.ones(n_nodes, dtype=np.float32)
    degree += np.bincount(receivers, links.weights, n_nodes).astype(np.float32)
    scale = (1 / np.sqrt(degree)).astype(np.float32)
    weights = links.weights * scale[receivers] * scale[links.senders]
    loops = (scale * scale)[:, None]
    later = ReceivedLinks(links.starts, links.senders, weights)
    heard_first = links.senders if first_senders is None else first_senders
    first = ReceivedLinks(links.starts, heard_first, weights)
    share, kept = np.float32(1 - teleport), np.float32(teleport)
    result = np.empty((n_nodes, rows.shape[1]), dtype=np.float32)
    for start in range(0, rows.shape[1], _COLUMNS):
        block = slice(start, start + _COLUMNS)
        sent = np.ascontiguousarray(rows[:, block])
        own = sent[:n_nodes]
        for hop in range(n_hops):
            heard = (later if hop else first).sums(sent)
            heard += loops * sent[:n_nodes]
            sent = kept * own + share * heard
            left = n_hops - 1 - hop
            if 0 < left <= len(before):
                before[left - 1][:, block] = sent
        result[:, block] = sent[:n_nodes]
    return result
