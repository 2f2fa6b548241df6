"""What a network looks at: embeddings, links, and messages in their place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # rows are made without SciPy too, where a model is served
    from scipy.sparse import csr_array

__all__ = [
    "LARGEST",
    "Messages",
    "NetworkInputs",
    "Propagator",
    "Rows",
    "fits_single",
]

# Of a number in a row. Rows are scaled to a mean length of 1, so that only a graph far
# from the one a model was fitted on comes near it; sums of squares still fit.
LARGEST = 1e12
_NO_MESSAGE = np.empty(0, dtype=np.int64)


def fits_single(factor: float) -> bool:
    """Tell whether a factor keeps its precision as a float32.

    Parameters
    ----------
    factor : float
        Above 0.

    Returns
    -------
    bool
        False for what would become 0, infinite, or lose bits.
    """
    single = np.finfo(np.float32)
    return float(single.tiny) <= factor <= float(single.max)


class Rows(Protocol):
    """An array of float32, or something that reads like one and is never whole."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows and of columns."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> NDArray[np.float32]: ...

    def __array__(self) -> NDArray[Any]: ...


@dataclass(frozen=True, eq=False)
class Messages:
    """Rows that one receiver hears in the place of a sender's, in the first step.

    Parameters
    ----------
    receiver : ndarray of int64 of shape (n_messages,)
        Ascending.
    sender : ndarray of int64 of shape (n_messages,)
        In whose place.
    rows : ndarray of float32 of shape (n_messages, n_columns)
        The columns that are propagated.
    """

    receiver: NDArray[np.int64]
    sender: NDArray[np.int64]
    rows: NDArray[np.float32]


class Propagator(Protocol):
    """Finds propagated embeddings otherwise than from the links; messages too."""

    @property
    def n_rows(self) -> int:
        """Number of nodes and of messages."""

    def __call__(self, n_hops: int, teleport: float) -> NDArray[np.float32]:
        """Propagate embeddings.

        Parameters
        ----------
        n_hops : int
            Number of steps.
        teleport : float
            Share of its own embedding that a node keeps per step.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_dimensions)
            Of any length.
        """

    def views(
        self, n_hops: int, teleport: float, factors: Sequence[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Propagate embeddings times factors.

        Parameters
        ----------
        n_hops, teleport : int, float
            As before.
        factors : sequence of ndarray of float32 of shape (n_rows, 1)
            At least one.

        Returns
        -------
        ndarray of float32 of shape (n_factors * n_nodes, n_dimensions)
            What comes of each, one below the other.
        """


@dataclass(frozen=True, eq=False)
class NetworkInputs:
    """Embeddings of nodes and of messages, and who receives from whom.

    A *message* stands in the place of its sender's embedding for one receiver,
    in the first layer alone. Its embedding is one more row of ``embeddings``.

    Parameters
    ----------
    embeddings : Rows of shape (n_nodes + n_messages, n_dimensions)
        One row per node, then one per message; mostly an ndarray of float32.
    links : csr_array of shape (n_nodes, n_nodes), dtype float32
        Weight at ``[receiver, sender]``; no self-loops; indices sorted.
    message_receiver, message_sender : ndarray of int64 of shape (n_messages,)
        Which link each message travels on; it must be one of ``links``.
    propagated : ndarray of float32 of shape (n_nodes, n_dimensions), default=None
        Propagated embeddings that were found otherwise; None propagates them.
    propagator : Propagator, default=None
        What finds them otherwise. Messages are its concern too, and not among
        ``embeddings``.
    """

    embeddings: Rows
    links: csr_array
    message_receiver: NDArray[np.int64] = field(default_factory=_NO_MESSAGE.copy)
    message_sender: NDArray[np.int64] = field(default_factory=_NO_MESSAGE.copy)
    propagated: NDArray[np.float32] | None = None
    propagator: Propagator | None = None
    _remembered: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.links.shape[0])

    @property
    def n_rows(self) -> int:
        """Number of nodes and of messages."""
        if self.propagator is None:
            return len(self.embeddings)
        return self.propagator.n_rows

    def remember(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return what was computed from these inputs before, or compute it.

        Networks on the same inputs, one fitted after another or first fitted and
        then asked, share their propagated embeddings this way.

        Parameters
        ----------
        key : hashable
            What is wanted.
        compute : callable
            Finds it the first time.

        Returns
        -------
        object
            Not to be changed.
        """
        if key not in self._remembered:
            self._remembered[key] = compute()
        return self._remembered[key]

    def propagated_otherwise(
        self, n_hops: int, teleport: float
    ) -> NDArray[np.float32] | None:
        """Return propagated embeddings that are not to be computed from the links.

        Parameters
        ----------
        n_hops : int
            Number of steps.
        teleport : float
            Share of its own embedding that a node keeps per step.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_dimensions) or None
            None where they are to be computed.
        """
        if self.propagator is None:
            return self.propagated
        return self.propagator(n_hops, teleport)

    def received_sums(self) -> NDArray[np.float32]:
        """Return the sums of the weights that nodes receive with.

        Returns
        -------
        ndarray of float32 of shape (n_nodes,)
            Computed once; not to be changed.
        """

        def compute() -> NDArray[np.float32]:
            return np.asarray(self.links.sum(axis=1), dtype=np.float32).ravel()

        sums: NDArray[np.float32] = self.remember("received sums", compute)
        return sums

    def first_layer_links(self) -> csr_array:
        """Return the links of the first layer, messages in their senders' place.

        Returns
        -------
        csr_array of shape (n_nodes, n_nodes + n_messages), dtype float32
            Column ``n_nodes + j`` is message ``j``; the cells are in the order of
            ``links``.
        """
        if not len(self.message_sender):
            return self._with_messages()
        found: csr_array = self.remember("first layer", self._with_messages)
        return found

    def _with_messages(self) -> csr_array:
        from scipy.sparse import csr_array

        n_nodes, n_messages = self.n_nodes, len(self.message_sender)
        links, columns = self.links, self.links.indices
        if n_messages:
            columns = columns.copy()
            ends = zip(self.message_receiver, self.message_sender, strict=True)
            for message, (receiver, sender) in enumerate(ends):
                start, stop = links.indptr[receiver], links.indptr[receiver + 1]
                place = start + np.searchsorted(links.indices[start:stop], sender)
                columns[place] = n_nodes + message
        return csr_array(
            (links.data, columns, links.indptr), shape=(n_nodes, n_nodes + n_messages)
        )
