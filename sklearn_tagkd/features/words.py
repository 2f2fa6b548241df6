"""The words of a graph: counted once, for their latent dimensions and for its rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.features.memo import recall, remember
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.stored import BUILT, StoredGraph
from sklearn_tagkd.utils.large_arrays import row_blocks
from sklearn_tagkd.utils.nameless_files import nameless_rows

__all__ = ["word_rows", "word_space"]


def word_space(graph: TextGraph, n_dimensions: int) -> LexicalSpace:
    """Find the latent dimensions of the parent's words.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    n_dimensions : int
        How many to find.

    Returns
    -------
    LexicalSpace
        Found the first time, and remembered.
    """

    def compute() -> LexicalSpace:
        texts = graph.parent.texts if graph.stored is None else graph.stored.texts
        space, rows = LexicalSpace.fit_transform(texts, n_dimensions)
        # Else some texts were not looked at, or rows are not to be held.
        if len(rows) == len(texts) and graph.by_parts is None:
            remember(graph, _rows_key(space), rows.nbytes, lambda: rows)
        return space

    n_bytes = 4 * 2**16 * n_dimensions
    return remember(graph, ("words", n_dimensions), n_bytes, compute)


def word_rows(graph: TextGraph, space: LexicalSpace) -> NDArray[np.float32]:
    """Return where the parent's texts lie in a space.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    space : LexicalSpace
        Of this graph, which may have been found together with its rows, or another.

    Returns
    -------
    ndarray of float32 of shape (n_parent_nodes, n_dimensions)
        Not to be changed; in a file, of a graph that is gone through by parts.
    """
    known: NDArray[np.float32] | None = recall(graph, _rows_key(space))
    growth = graph.growth
    if known is None and growth is not None:
        known = word_rows(growth.base, space)
        added = graph.parent[len(known) :].texts
        return np.concatenate([known, space.transform(added)]) if added else known
    if known is None and graph.by_parts is not None and space.n_dimensions:
        store = graph.by_parts
        return remember(graph, _rows_key(space), 0, lambda: _write(store, space))
    return space.transform(graph.parent.texts) if known is None else known


def _write(store: StoredGraph, space: LexicalSpace) -> NDArray[np.float32]:
    """Find where texts lie, into a file without a name."""
    rows = nameless_rows(store.folder / BUILT, (len(store), space.n_dimensions))
    for block in row_blocks(len(store)):
        nodes = np.arange(block.start, min(block.stop, len(store)))
        rows[block] = space.transform(store.texts.take(nodes))
    return rows


def _rows_key(space: LexicalSpace) -> tuple[str, bytes]:
    return "word rows", space.key
