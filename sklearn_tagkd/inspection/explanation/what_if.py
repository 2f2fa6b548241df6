"""What a model would say of a node without links, or with another text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.link_weights import weigh_pairs
from sklearn_tagkd.inspection.reading import Reading
from sklearn_tagkd.inspection.removal.change import Change, Field, weights_at
from sklearn_tagkd.inspection.removal.heard import HeardField
from sklearn_tagkd.inspection.removal.passed import PassedField

__all__ = ["NodeChanges", "embed_changed"]

_NONE = np.empty((0, 2), dtype=np.int64)


def embed_changed(
    reading: Reading, texts: list[str], positions: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Embed other texts in the place of nodes' texts; each is encoded once, ever.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    texts : list of str
        Any number.
    positions : ndarray of int64 of shape (n_texts,)
        The node of each.

    Returns
    -------
    ndarray of float32 of shape (n_texts, n_dimensions)
        Rows of the space of the raw texts.
    """
    if not texts:
        return np.empty((0, 0), dtype=np.float32)
    return reading.step._embedder().phrases(texts, reading.graph, positions)


class NodeChanges:
    """A node, and what can be otherwise about it.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    node : int
        Its position in the parent.
    """

    def __init__(self, reading: Reading, node: int) -> None:
        self._reading, self.node = reading, node
        network = reading.step.network_
        self.field: Field
        if network.config.passes_messages:
            device = reading.step.device
            self.field = PassedField(network, reading.inputs, node, device)
        else:
            self.field = HeardField(network, reading.inputs, node)
        self._directed = reading.graph.directed

    def nothing(self) -> Change:
        """Leave everything as it is.

        Returns
        -------
        Change
            Of nothing.
        """
        return Change.without(_NONE, self._directed, None)

    def cut(
        self, pairs: NDArray[np.int64], row: NDArray[np.float32] | None = None
    ) -> Change:
        """Take links away, and give the node another text.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender of each link; it may be none.
        row : ndarray of float32 of shape (n_dimensions,), default=None
            The other text, of :func:`embed_changed`; its links are weighed by it.

        Returns
        -------
        Change
            Of the network's inputs.
        """
        if row is None:
            return Change.without(pairs, self._directed, None)
        receivers, senders, weights = self._weighed_by(row)
        gone = Change.without(pairs, self._directed, None)
        span = self._reading.inputs.n_nodes
        kept = ~np.isin(
            receivers * span + senders, gone.receivers * span + gone.senders
        )
        return Change(
            np.concatenate([gone.receivers, receivers[kept]]),
            np.concatenate([gone.senders, senders[kept]]),
            np.concatenate([gone.weights, weights[kept]]),
            self._own_row(row),
        )

    def cut_neighbor(self, other: int) -> Change:
        """Take a node away, with all of its links.

        Parameters
        ----------
        other : int
            Its position in the parent.

        Returns
        -------
        Change
            Of the network's inputs.
        """
        links, graph = self._reading.inputs.links, self._reading.graph
        senders = links.indices[links.indptr[other] : links.indptr[other + 1]]
        pairs = np.column_stack([np.full(len(senders), other), senders])
        if graph.directed:
            heard_by = self._heard_by(other)
            out = np.column_stack([heard_by, np.full(len(heard_by), other)])
            pairs = np.concatenate([pairs, out])
        return Change.without(pairs.astype(np.int64), self._directed, None)

    def _heard_by(self, node: int) -> NDArray[np.int64]:
        links = self._reading.graph.adjacency
        found = links.indices[links.indptr[node] : links.indptr[node + 1]]
        heard_by: NDArray[np.int64] = found.astype(np.int64)
        return heard_by

    def _own_row(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the network looks at in the place of a raw row."""
        reading, node = self._reading, self.node
        raw = reading.step._embedder().raw_inputs(reading.graph).embeddings[node]
        own = np.asarray(reading.inputs.embeddings[node])
        moved = row - np.asarray(raw)
        table = reading.graph.annotations.get("rationales")
        way = getattr(reading.step, "keywords", None)
        has_keywords = False
        if table is not None and way is not None:
            place = np.flatnonzero(table.positions == node)
            has_keywords = bool(len(place)) and bool(table.keywords[int(place[0])])
        if way == "concat":
            moved = np.concatenate(
                [moved, np.zeros_like(row) if has_keywords else moved]
            )
        elif has_keywords:
            moved = moved * np.float32({"replace": 0.0, "mean": 0.5}[str(way)])
        return np.asarray(own + moved, dtype=np.float32)

    def _weighed_by(
        self, row: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the node's links, as the model weighs them with another text."""
        reading, node = self._reading, self.node
        scorer = reading.step.link_scorer_
        if scorer is None or not reading.sees_links:
            return _NONE[:, 0], _NONE[:, 0], np.empty(0)
        links = reading.inputs.links
        senders = links.indices[links.indptr[node] : links.indptr[node + 1]]
        heard_by = self._heard_by(node)
        receivers = np.concatenate([np.full(len(senders), node), heard_by])
        senders = np.concatenate([senders, np.full(len(heard_by), node)])
        receivers, senders = receivers.astype(np.int64), senders.astype(np.int64)
        weights = weights_at(links, receivers, senders)
        is_link = weights > 0
        receivers, senders = receivers[is_link], senders[is_link]
        others = np.where(receivers == node, senders, receivers)
        raw = reading.step._embedder().raw_inputs(reading.graph).embeddings
        rows = np.concatenate([[row], np.asarray(raw[[node]]), np.asarray(raw[others])])
        far = 2 + np.arange(len(others))
        now, before = (
            weigh_pairs(scorer, np.full(len(far), own), far, rows) for own in (0, 1)
        )
        return receivers, senders, weights[is_link] * (now / before)
