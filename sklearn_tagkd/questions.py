"""What a language model is asked about a node: its text, and some linked texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question

__all__ = ["build_questions"]


def build_questions(
    graph: TextGraph,
    positions: NDArray[np.int64],
    classes: Mapping[str, str],
    max_neighbors: int,
) -> list[Question]:
    """Return the questions about some nodes.

    Parameters
    ----------
    graph : TextGraph
        The whole parent is looked at.
    positions : ndarray of int64 of shape (n_nodes,)
        Nodes to ask about.
    classes : mapping of str to str
        Names of classes with their descriptions.
    max_neighbors : int
        Most linked nodes to show per question.

    Returns
    -------
    list of Question
        One per node, its neighbours in random order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.questions import build_questions
    >>> graph = TextGraph(["a goal", "a vote"], [(0, 1)])
    >>> build_questions(graph, np.array([0]), {"sport": ""}, 5)[0].neighbors
    (1,)
    """
    links = graph.adjacency
    if graph.directed:
        links = (links + links.T).tocsr()
    shown = [
        _shown(links.indices[links.indptr[p] : links.indptr[p + 1]], p, max_neighbors)
        for p in positions
    ]
    parent = graph.parent
    flat = np.concatenate([*shown, np.empty(0, np.int64)]).astype(np.int64)
    texts = iter(parent[flat].texts)
    names: Any = iter(parent[flat].node_ids.tolist())
    asked = parent[positions]
    return [
        Question(
            node=node,
            text=text,
            neighbors=tuple(next(names) for _ in neighbors),
            neighbor_texts=tuple(next(texts) for _ in neighbors),
            classes=classes,
        )
        for node, text, neighbors in zip(
            asked.node_ids.tolist(), asked.texts, shown, strict=True
        )
    ]


def _shown(neighbors: NDArray[Any], position: int, max_neighbors: int) -> NDArray[Any]:
    # Drawn from the node alone: whatever else is asked, its question stays the
    # same, and so does the key under which its answer is remembered.
    generator = np.random.default_rng(position)
    return generator.permutation(neighbors)[:max_neighbors]
