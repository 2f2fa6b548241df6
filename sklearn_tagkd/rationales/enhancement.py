"""How rationales change what an interpreter looks at, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.rationales.passed_over import PassedOver, without
from sklearn_tagkd.rationales.table import RationaleTable

__all__ = ["Enhancement", "enhance"]

_NOBODY = np.empty(0, dtype=np.int64)
_LINKS = 2**20  # looked at at a time

Embed = Callable[[list[str], NDArray[np.int64]], NDArray[np.float32]]
Weaken = Callable[[csr_array, PassedOver], csr_array]


@dataclass(frozen=True, eq=False)
class Enhancement:
    """What rationales change of a graph's embeddings and links.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_changed,)
        Nodes whose embeddings are others.
    changed : ndarray of float32 of shape (n_changed, n_dimensions)
        Theirs; with ``concat``, what stands beside them.
    links : csr_array of shape (n_nodes, n_nodes)
        Weight at ``[receiver, sender]``; neighbours passed over weigh less.
    passed_over : PassedOver
        Which links these are.
    message_receiver, message_sender : ndarray of int64 of shape (n_messages,)
        The link each message travels on.
    messages : ndarray of float32 of shape (n_messages, n_dimensions)
        Embeddings of the messages.
    semantic_weight : ndarray of float32 of shape (n_nodes,)
        How often a node is heard, times how far its keywords are from its text.
    structural_weight : ndarray of float32 of shape (n_nodes,)
        How far a node's enhanced neighbourhood is from its original one.
    """

    positions: NDArray[np.int64]
    changed: NDArray[np.float32]
    links: csr_array
    passed_over: PassedOver
    message_receiver: NDArray[np.int64]
    message_sender: NDArray[np.int64]
    messages: NDArray[np.float32]
    semantic_weight: NDArray[np.float32]
    structural_weight: NDArray[np.float32]

    def applied(
        self, embeddings: NDArray[np.float32], beside: bool = False
    ) -> NDArray[np.float32]:
        """Return the embeddings of all nodes, and of messages.

        Parameters
        ----------
        embeddings : ndarray of float32 of shape (n_nodes, n_dimensions)
            Embeddings of the raw texts.
        beside : bool, default=False
            Whether what is changed stands beside what was there: ``concat``.

        Returns
        -------
        ndarray of float32 of shape (n_nodes + n_messages, n_dimensions)
            One row per node, then one per key message; twice as wide with ``beside``.
        """
        width = embeddings.shape[1]
        rows = np.concatenate([embeddings, self.messages])
        if beside:
            rows = np.concatenate([rows, rows], axis=1)
        rows[self.positions, rows.shape[1] - width :] = self.changed
        return rows

    def weights(self, with_links: bool) -> dict[str, NDArray[np.float32]]:
        """Return how much there is to learn of each node, by what is learnt.

        Parameters
        ----------
        with_links : bool
            Whether neighbourhoods are looked at.

        Returns
        -------
        dict of str to ndarray of float32 of shape (n_nodes,)
            ``text``, and with links ``neighborhood``.
        """
        weights = {"text": self.semantic_weight}
        if with_links:
            weights["neighborhood"] = self.structural_weight
        return weights


def enhance(
    embeddings: NDArray[np.float32],
    links: csr_array,
    table: RationaleTable,
    embed: Embed,
    *,
    keywords: str | None,
    passed_over_weight: float,
    key_messages: bool,
    weaken: Weaken = without,
) -> Enhancement:
    """Apply the three levels of rationales.

    Parameters
    ----------
    embeddings : ndarray of float32 of shape (n_nodes, n_dimensions)
        Embeddings of the raw texts. Mapped ones are read where something changes.
    links : csr_array of shape (n_nodes, n_nodes)
        Raw links, ``[receiver, sender]``, indices sorted; mapped or not.
    table : RationaleTable
        What a language model said.
    embed : callable
        ``embed(texts, positions)`` embeds phrases in the place of nodes' texts.
    keywords : {'replace', 'mean', 'concat'} or None
        Text level: what keywords do to the text embedding.
    passed_over_weight : float
        Structure level: weight of a neighbour that was shown and not named; 1
        keeps it, 0 drops it. Where none was named, all are kept.
    key_messages : bool
        Message level: whether a key neighbour is heard by its key message.
    weaken : callable, default=without
        ``weaken(links, passed_over)`` gives links of which some weigh less.

    Returns
    -------
    Enhancement
        What changes, and how far the graph is then from the raw one.
    """
    positions, said, differs = _keyword_embeddings(embeddings, table, embed)
    over = PassedOver.find(links, table, passed_over_weight)
    kept = weaken(links, over) if len(over.cells) else links
    receiver, sender, messages = _NOBODY, _NOBODY, embeddings[:0]
    if key_messages:
        receiver, sender, texts = _messages(kept, table)
        messages = embed(texts, sender) if texts else messages
    structural_weight = _neighborhood_distance(
        embeddings, links, kept, over.receivers, receiver, sender, messages
    )
    changed = said
    if keywords == "mean":
        changed = np.float32(0.5) * (embeddings[positions] + said)
    elif keywords is None:
        positions, changed = positions[:0], said[:0]
    heard = _sent(kept) + 1
    return Enhancement(
        positions=positions,
        changed=changed,
        links=kept,
        passed_over=over,
        message_receiver=receiver,
        message_sender=sender,
        messages=messages,
        semantic_weight=(heard / heard.mean() * differs).astype(np.float32),
        structural_weight=structural_weight,
    )


def _keyword_embeddings(
    embeddings: NDArray[np.float32], table: RationaleTable, embed: Embed
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return who has keywords, their embeddings, and 1 - cosine to the texts'."""
    differs = np.zeros(len(embeddings), dtype=np.float32)
    texts = table.keywords.joined()
    has_some = np.array([bool(text) for text in texts], dtype=bool)
    positions = table.positions[has_some]
    if not len(positions):
        return positions, embeddings[:0], differs
    said = embed([text for text in texts if text], positions)
    differs[positions] = 1 - _cosine(said, embeddings[positions])
    return positions, said, differs


def _messages(
    links: csr_array, table: RationaleTable
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return who says what to whom: receivers, senders and texts."""
    texts = table.messages.joined()
    receiver, sender = table.positions[table.key_row], table.key_node
    said = np.array([bool(text) for text in texts], dtype=bool)
    said &= _link_weights(links, receiver, sender) > 0
    return receiver[said], sender[said], [texts[i] for i in np.flatnonzero(said)]


def _link_weights(
    links: csr_array, receiver: NDArray[np.int64], sender: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the weights of links; 0 where there is none."""
    weights = np.zeros(len(receiver), dtype=np.float32)
    for number, (node, other) in enumerate(zip(receiver, sender, strict=True)):
        start, stop = links.indptr[node], links.indptr[node + 1]
        place = start + np.searchsorted(links.indices[start:stop], other)
        if place < stop and links.indices[place] == other:
            weights[number] = links.data[place]
    return weights


def _sent(links: csr_array) -> NDArray[np.float32]:
    """Return the sums of the weights that nodes send with, link by link in order."""
    sums = np.zeros(links.shape[1], dtype=np.float32)
    for start in range(0, links.nnz, _LINKS):
        part = slice(start, start + _LINKS)
        np.add.at(sums, links.indices[part], links.data[part].astype(np.float32))
    return sums


def _neighborhood_distance(
    embeddings: NDArray[np.float32],
    raw: csr_array,
    kept: csr_array,
    weakened: NDArray[np.int64],
    receiver: NDArray[np.int64],
    sender: NDArray[np.int64],
    messages: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return 1 - cosine between the sums over raw and over enhanced neighbours."""
    # Only where the rationales changed something: that is a few rows of many.
    changed = np.union1d(receiver, weakened)
    links = raw[changed].astype(np.float32)
    before = links @ embeddings
    after = kept[changed].astype(np.float32) @ embeddings
    if len(messages):
        weight = _link_weights(kept, receiver, sender)[:, None]
        places = np.searchsorted(changed, receiver)
        np.add.at(after, places, weight * (messages - embeddings[sender]))
    # A cosine knows no unit, but vectors near 0 are none to it: a power of two brings
    # each row's greatest weight to 1 or 2, and changes no bit beside.
    exponents = 1 - np.frexp(np.maximum.reduceat(links.data, links.indptr[:-1]))[1]
    before, after = (np.ldexp(sums, exponents[:, None]) for sums in (before, after))
    distance = np.zeros(len(embeddings), dtype=np.float32)
    distance[changed] = 1 - _cosine(before, after)
    distance[distance < 1e-6] = 0  # rounding is no change
    return distance


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine: NDArray[np.float32] = (a * b).sum(axis=1) / np.maximum(lengths, 1e-12)
    return cosine
