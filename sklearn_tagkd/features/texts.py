"""Embeddings of a graph's texts: each text of it once, and of its base never again."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.memo import remember
from sklearn_tagkd.graph import TextGraph

__all__ = ["text_rows"]


def text_rows(
    graph: TextGraph,
    encoder_key: Hashable,
    embed: Callable[[list[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Return the embeddings of the parent's texts.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    encoder_key : hashable
        Which encoder it is.
    embed : callable
        Embeds at least one text.

    Returns
    -------
    ndarray of float32 of shape (n_parent_nodes, n_dimensions)
        Found the first time, and remembered; not to be changed.
    """
    parent, growth = graph.parent, graph.growth

    def compute() -> NDArray[np.float32]:
        if growth is None:
            return embed(parent.texts)
        known = text_rows(growth.base, encoder_key, embed)
        added = parent[len(known) :].texts
        return np.concatenate([known, embed(added)]) if added else known

    n_bytes = 4 * 400 * len(parent)  # about: most sentence embeddings are as long
    return remember(graph, (encoder_key, "texts"), n_bytes, compute)
