"""Removal for networks that pass messages: what the node hears is computed anew.

States are not linear in links here, so nothing can be taken off. What a node says
depends on as many steps around it as there are layers, and one more for degrees: copies
of that part of the graph, one a change, are computed side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_array

from sklearn_tagkd.inspection.removal.change import Change, cells_of_rows, weights_at
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["PassedField"]

_MOST_ROWS = 50_000  # of all copies at once


class PassedField:
    """All that a node hears, ready to be changed; see :class:`Field`.

    Parameters
    ----------
    network : FittedNetwork
        With any backbone that looks at links.
    inputs : NetworkInputs
        What it looks at.
    node : int
        Whose neighbourhood it is.
    device : str
        Where to compute.
    """

    def __init__(
        self, network: FittedNetwork, inputs: NetworkInputs, node: int, device: str
    ) -> None:
        self._network, self._device = network, device
        self.share = 1.0
        nodes = np.array([node], dtype=np.int64)
        config = network.config
        n_steps = config.n_layers if config.passes_messages else config.n_hops
        for _ in range(n_steps + 1):
            nodes = np.union1d(nodes, cells_of_rows(inputs.links, nodes)[1])
        self._nodes = nodes
        self._place = np.full(inputs.n_nodes, -1, dtype=np.int64)
        self._place[nodes] = np.arange(len(nodes))
        self._node = int(self._place[node])
        self._links = csr_array(inputs.links[nodes][:, nodes])
        self._links.sort_indices()
        self._full = inputs.links
        receiver = self._place[inputs.message_receiver]
        sender = self._place[inputs.message_sender]
        kept = np.flatnonzero((receiver >= 0) & (sender >= 0))
        self._said_to, self._said_by = receiver[kept], sender[kept]
        self._rows = np.asarray(inputs.embeddings[nodes])
        self._said = np.asarray(inputs.embeddings[inputs.n_nodes + kept])

    def outcomes(self, changes: list[Change]) -> NDArray[np.float64]:
        """Say what the network would say of the node.

        Parameters
        ----------
        changes : list of Change
            One at a time.

        Returns
        -------
        ndarray of float64 of shape (n_changes, n_classes)
            Logits.
        """
        at_once = max(1, _MOST_ROWS // len(self._nodes))
        parts = [
            self._some(changes[start : start + at_once])
            for start in range(0, len(changes), at_once)
        ]
        n_classes = self._network.config.n_classes
        return np.concatenate([np.empty((0, n_classes)), *parts])

    def _some(self, changes: list[Change]) -> NDArray[np.float64]:
        n_nodes = len(self._nodes)
        copies = [self._copy(change) for change in changes]
        rows = np.tile(self._rows, (len(changes), 1))
        own = self._node + n_nodes * np.arange(len(changes))
        receivers, senders, said = [], [], []
        for number, (change, links) in enumerate(zip(changes, copies, strict=True)):
            if change.row is not None:
                rows[own[number]] = change.row
            # A message travels on a link; gone with it.
            kept = weights_at(links, self._said_to, self._said_by) != 0
            receivers.append(number * n_nodes + self._said_to[kept])
            senders.append(number * n_nodes + self._said_by[kept])
            said.append(self._said[kept])
        inputs = NetworkInputs(
            np.concatenate([rows, *said]),
            csr_array(block_diag(copies, format="csr")),
            np.concatenate(receivers),
            np.concatenate(senders),
        )
        network = self._network
        hidden = network.apply(inputs, self._device, hidden=own)["hidden"]
        weight = network.weights["classifier.weight"].astype(np.float64)
        logits: NDArray[np.float64] = hidden.astype(np.float64) @ weight.T
        logits += network.weights["classifier.bias"]
        return logits

    def _copy(self, change: Change) -> csr_array:
        receivers, senders = self._place[change.receivers], self._place[change.senders]
        inside = (receivers >= 0) & (senders >= 0)
        receivers, senders = receivers[inside], senders[inside]
        links = self._links.copy()
        for receiver, sender, weight in zip(
            receivers, senders, change.weights[inside], strict=True
        ):
            start, stop = links.indptr[receiver], links.indptr[receiver + 1]
            place = start + np.searchsorted(links.indices[start:stop], sender)
            links.data[place] = weight
        links.eliminate_zeros()
        return links

    def estimates(
        self, pairs: NDArray[np.int64], best: int, second: int
    ) -> NDArray[np.float64]:
        """Tell which links are heaviest, near ones first: slopes are not known.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender.
        best, second : int
            Of no consequence here.

        Returns
        -------
        ndarray of float64 of shape (n_links,)
            Shares that senders have in their receivers.
        """
        weights = weights_at(self._full, pairs[:, 0], pairs[:, 1])
        totals = self._full[pairs[:, 0]].sum(axis=1)
        is_own = (self._place[pairs] == self._node).any(axis=1)
        guess: NDArray[np.float64] = weights / np.asarray(totals).ravel() + is_own
        return guess
