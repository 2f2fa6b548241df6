"""What a reviewer is shown of a node, and what a reviewer says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.ranked import RankedNodes
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["Item", "Verdict", "keys_of_nodes", "make_items"]

_LONGEST_TEXT, _LONGEST_NEIGHBOR, _MOST_NEIGHBORS = 10_000, 300, 5


@dataclass(frozen=True, slots=True)
class Item:
    """One node, as a reviewer sees it.

    Parameters
    ----------
    node : str
        Its id, written out.
    text : str
        Its text, of at most 10,000 characters.
    neighbors : str
        Beginnings of the texts of up to five linked nodes, a paragraph each.
    current : str
        The label that it has, or ``''``.
    suggestion : str
        The likely label, or ``''``.
    score : float or None
        How sure it is that the node needs a look.
    reason : str
        Why.
    """

    node: str
    text: str = field(repr=False)
    neighbors: str = field(repr=False)
    current: str
    suggestion: str
    score: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a node.

    Parameters
    ----------
    node : str
        Its id, written out.
    label : str
        The label.
    place : str
        Where in the file this stands, for an error.
    """

    node: str
    label: str
    place: str


def keys_of_nodes(graph: TextGraph) -> list[str]:
    """Write out the ids of a view's nodes, by which a file knows them.

    Parameters
    ----------
    graph : TextGraph
        A view.

    Returns
    -------
    list of str
        One per selected node.
    """
    return [valid_text(str(node)) for node in graph.node_ids.tolist()]


def make_items(graph: TextGraph, nodes: Any) -> list[Item]:
    """Gather what a reviewer is shown.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    nodes : RankedNodes or TextGraph
        Whom to review, in this order.

    Returns
    -------
    list of Item
        One per node.
    """
    is_ranked = isinstance(nodes, RankedNodes)
    positions = nodes.positions if is_ranked else nodes.rows
    view = graph.parent[positions]
    blank = [""] * len(positions)
    suggestions = _names(nodes.suggestions) if is_ranked else blank
    current = getattr(nodes, "given", None)
    columns = zip(
        keys_of_nodes(view),
        view.texts,
        _neighbors(graph, positions),
        blank if current is None else _names(current),
        suggestions,
        nodes.scores.tolist() if is_ranked else [None] * len(positions),
        nodes.reasons if is_ranked else blank,
        strict=True,
    )
    return [
        Item(key, _clip(text, _LONGEST_TEXT), near, given, likely, score, reason)
        for key, text, near, given, likely, score, reason in columns
    ]


def _neighbors(graph: TextGraph, positions: Any) -> list[str]:
    links, parent = graph.adjacency, graph.parent
    told = []
    for position in positions.tolist():
        span = slice(links.indptr[position], links.indptr[position + 1])
        heaviest = np.argsort(-links.data[span].astype(float), kind="stable")
        near = np.sort(links.indices[span][heaviest[:_MOST_NEIGHBORS]])
        texts = [" ".join(text.split()) for text in parent[near].texts]
        told.append("\n\n".join(_clip(text, _LONGEST_NEIGHBOR) for text in texts))
    return told


def _names(labels: Any) -> list[str]:
    return [valid_text(str(label)) for label in labels.tolist()]


def _clip(text: str, longest: int) -> str:
    text = valid_text(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
