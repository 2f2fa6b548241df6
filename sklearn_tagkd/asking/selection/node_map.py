"""Where nodes lie by the words of their texts, their features and their links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.hearing import hearing, new_rows
from sklearn_tagkd.bulk.embedding import embed_folder
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.features.memo import remember
from sklearn_tagkd.features.row_parts import mean_row
from sklearn_tagkd.features.stored_rows import open_rows
from sklearn_tagkd.features.words import word_rows, word_space
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.stored import StoredGraph
from sklearn_tagkd.learning.committee import View
from sklearn_tagkd.utils.large_arrays import row_blocks
from sklearn_tagkd.utils.same_object import key_of_object

__all__ = ["NodeMap", "map_nodes"]

_N_DIMENSIONS = 64  # of words, and of features
_BLOCK = 16_384  # rows of features projected at once


@dataclass(frozen=True, eq=False)
class NodeMap:
    """Some nodes of a graph as points: those near one another are alike.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_mapped,)
        Positions in the parent, ascending.
    rows : ndarray of float64 of shape (n_mapped, n_dimensions)
        Where they lie; rows of one length. There may be no dimension, where nothing
        tells nodes apart.
    place : callable
        From texts to their rows, as of nodes without links.
    """

    positions: NDArray[np.int64]
    rows: NDArray[np.float64]
    place: Callable[[list[str]], NDArray[np.float64]]

    def rows_of(self, positions: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rows of mapped nodes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_nodes,)
            All of them on the map.

        Returns
        -------
        ndarray of float64 of shape (n_nodes, n_dimensions)
            One row per node.
        """
        return self.rows[np.searchsorted(self.positions, positions)]


def map_nodes(
    graph: TextGraph, positions: NDArray[np.int64], encoder: Any = None
) -> NodeMap:
    """Find where nodes lie.

    What a node says and what it hears along its links are put side by side: words on
    latent dimensions, features on random ones, and embeddings where an encoder is
    given. The whole parent is looked at, in time linear in its nodes and links.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    positions : ndarray of int64 of shape (n_mapped,)
        Positions in the parent, ascending; these are reduced to main directions.
    encoder : str or object with ``encode``, default=None
        What embeds texts. None looks at their words alone: nothing is to be
        downloaded for that.

    Returns
    -------
    NodeMap
        Computed once per graph, nodes and encoder.
    """

    def compute() -> NodeMap:
        spaces = _heard_spaces(graph, encoder)
        parts = []
        for own, heard, _ in spaces:
            parts += [own[positions], _unit(heard[positions])]
        if not sum(part.shape[1] for part in parts) or not len(positions):
            return NodeMap(positions, np.zeros((len(positions), 0)), _nowhere)
        view = View.of(parts)

        def place(texts: list[str]) -> NDArray[np.float64]:
            rows = [find(texts) for *_, find in spaces]
            return view.reduce([part for own in rows for part in (own, _unit(own))])

        return NodeMap(positions, view.rows, place)

    n_bytes = 8 * 2 * _N_DIMENSIONS * max(len(positions), 1)
    return remember(
        graph, ("map", positions.tobytes(), key_of_object(encoder)), n_bytes, compute
    )


Find = Callable[[list[str]], NDArray[np.float32]]
Heard = list[tuple[NDArray[np.float32], NDArray[np.float32], Find]]


def _heard_spaces(graph: TextGraph, encoder: Any) -> Heard:
    """Return, per thing that is known, rows, what is heard, how texts get theirs."""

    def compute() -> Heard:
        hear = hearing(graph)
        return [(own, hear(own), find) for own, find in _spaces(graph, encoder)]

    if graph.by_parts is None:
        return compute()
    key = ("heard", key_of_object(encoder))
    return remember(graph, key, 0, compute)  # all lies in files


def _spaces(graph: TextGraph, encoder: Any) -> list[tuple[NDArray[np.float32], Find]]:
    """Return, per thing that is known of nodes, their rows and how texts get theirs."""
    features = graph.parent.features
    spaces: list[tuple[NDArray[np.float32], Find]] = []
    if features is None or graph.has_texts:
        space = word_space(graph, _N_DIMENSIONS)
        spaces.append((word_rows(graph, space), space.transform))
        if encoder is not None:
            spaces.append(_meanings(graph, encoder))
    if features is not None:
        rows = _project(features, graph.by_parts)
        spaces.append((rows, lambda texts: np.zeros((len(texts), rows.shape[1]), "f4")))
    return spaces


def _meanings(graph: TextGraph, encoder: Any) -> tuple[NDArray[np.float32], Find]:
    """Return the embeddings of all texts around their mean, of unit length."""
    store = graph.by_parts
    if store is None:
        embedded = embed_texts(graph.parent.texts, encoder)
        centre = embedded.mean(axis=0)
        rows = _unit(embedded - centre)
    else:
        store.check_unchanged()
        vectors = open_rows(embed_folder(store.folder, encoder, dtype="float32"))
        centre = mean_row(vectors)
        rows = new_rows(vectors.shape, store)
        for block in row_blocks(len(vectors)):
            rows[block] = _unit(vectors.read(block) - centre)
    return rows, lambda texts: _unit(embed_texts(texts, encoder) - centre)


def _project(features: NDArray[Any], store: StoredGraph | None) -> NDArray[np.float32]:
    """Lay features on a few random directions, which keeps distances about."""
    width = features.shape[1]
    n_directions = min(width, _N_DIMENSIONS)
    directions = np.random.RandomState(0).standard_normal((width, n_directions))
    rows = new_rows((len(features), n_directions), store)
    for start in range(0, len(features), _BLOCK):
        block = slice(start, start + _BLOCK)
        # Rounded before they are brought to one length.
        found = features[block].astype(np.float64) @ directions
        rows[block] = _unit(found.astype(np.float32))
    return rows


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(length, 1e-12)).astype(np.float32)
    return unit


def _nowhere(texts: list[str]) -> NDArray[np.float64]:
    return np.zeros((len(texts), 0))
