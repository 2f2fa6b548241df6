"""What a network looks at: embeddings, links, and messages in their place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

__all__ = ["NetworkInputs"]

_NO_MESSAGE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class NetworkInputs:
    """Embeddings of nodes and of messages, and who receives from whom.

    A *message* stands in the place of its sender's embedding for one receiver,
    in the first layer alone. Its embedding is one more row of ``embeddings``.

    Parameters
    ----------
    embeddings : ndarray of float32 of shape (n_nodes + n_messages, n_dimensions)
        One row per node, then one per message.
    links : csr_array of shape (n_nodes, n_nodes), dtype float32
        Weight at ``[receiver, sender]``; no self-loops.
    message_receiver, message_sender : ndarray of int64 of shape (n_messages,)
        Which link each message travels on; it must be one of ``links``.
    """

    embeddings: NDArray[np.float32]
    links: csr_array
    message_receiver: NDArray[np.int64] = field(default_factory=_NO_MESSAGE.copy)
    message_sender: NDArray[np.int64] = field(default_factory=_NO_MESSAGE.copy)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.links.shape[0])

    def first_layer_links(self) -> csr_array:
        """Return the links of the first layer, messages in their senders' place.

        Returns
        -------
        csr_array of shape (n_nodes, n_nodes + n_messages), dtype float32
            Column ``n_nodes + j`` is message ``j``.
        """
        n_nodes, n_messages = self.n_nodes, len(self.message_sender)
        cells = self.links.tocoo()
        columns = cells.col.astype(np.int64)
        if n_messages:
            known = cells.row.astype(np.int64) * n_nodes + columns  # ascending
            wanted = self.message_receiver * n_nodes + self.message_sender
            columns[np.searchsorted(known, wanted)] = n_nodes + np.arange(n_messages)
        shape = (n_nodes, n_nodes + n_messages)
        return coo_array((cells.data, (cells.row, columns)), shape=shape).tocsr()
