"""What a committee says of every node, for an interpreter to learn beside labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee import Committee, Labelled, cotrain
from sklearn_tagkd.learning.node_views import NodeViews
from sklearn_tagkd.learning.supervision import Supervision, view_rationales
from sklearn_tagkd.rationales import ProfileTable

__all__ = ["gather_committee", "profile_opinion", "second_opinion"]

_CERTAIN = 1 - 1e-6  # as single numbers round


def gather_committee(
    graph: TextGraph,
    embedder: GraphEmbedder,
    supervision: Supervision,
    *,
    scorer: LinkScorer | None,
    hops: tuple[int, float] | None,
    with_keywords: bool,
    profiles: ProfileTable | None = None,
    nodes: NDArray[np.int64] | None = None,
) -> Committee:
    """Gather who has an opinion of nodes of the parent.

    Parameters
    ----------
    graph : TextGraph
        View; its rationales lend their keywords.
    embedder : GraphEmbedder
        Fitted.
    supervision : Supervision
        Labels; none at all will do beside profiles.
    scorer : LinkScorer or None
        What weighs the links; None leaves them all alike.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.
    with_keywords : bool
        Whether a node also stands for its class with its keywords for its text.
    profiles : ProfileTable, default=None
        What is known of classes.
    nodes : ndarray of int64 of shape (n_nodes,), default=None
        Positions in the parent of the nodes to look at, ascending, those of labels
        among them; None looks at all.

    Returns
    -------
    Committee
        It has learnt nothing yet.

    Raises
    ------
    ValueError
        If there is neither a label nor a text of a profile.
    """
    seen = NodeViews.of(graph, embedder, scorer=scorer, hops=hops, nodes=nodes)
    labelled = Labelled(
        seen.places(supervision.rows),
        supervision.distributions.astype(np.float64),
        supervision.weights.astype(np.float64),
        _plain(supervision),
    )
    documents = seen.documents(profiles, supervision.classes)
    if documents is None and not len(supervision.rows):
        raise ValueError(
            "There is nothing to learn from: no label, no answer, and no text in the "
            "class profiles, or none in the graph to hold them against. Give profiles "
            "with documents, keywords or descriptions and a graph with texts, or ask "
            "about some nodes."
        )
    places, texts = _keywords(graph, supervision) if with_keywords else (None, [])
    if places is None or not texts:
        return Committee.of(seen.views, labelled, documents=documents)
    return Committee.of(
        seen.views,
        labelled,
        keyword_rows=seen.phrases(texts, supervision.rows[places]),
        keyword_places=places,
        documents=documents,
    )


def second_opinion(
    graph: TextGraph,
    embedder: GraphEmbedder,
    supervision: Supervision,
    **chosen: Any,
) -> NDArray[np.float32]:
    """Ask a committee about every node of the parent.

    Parameters
    ----------
    graph, embedder, supervision, **chosen : object
        As in :func:`gather_committee`.

    Returns
    -------
    ndarray of float32 of shape (n_parent_nodes, n_classes)
        Class probabilities.
    """
    return gather_committee(graph, embedder, supervision, **chosen).opinion()


def profile_opinion(
    graph: TextGraph,
    embedder: GraphEmbedder,
    profiles: ProfileTable,
    *,
    hops: tuple[int, float] | None = (10, 0.1),
) -> NDArray[np.float32] | None:
    """Say what class profiles alone tell of every node of the parent.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    embedder : GraphEmbedder
        Fitted.
    profiles : ProfileTable
        What is known of classes.
    hops : (int, float) or None, default=(10, 0.1)
        Steps of propagation and share that a node keeps; None looks at no link.

    Returns
    -------
    ndarray of float32 of shape (n_parent_nodes, n_classes) or None
        Class probabilities; None where profiles hold no text, or the graph none.
    """
    seen = NodeViews.of(graph, embedder, scorer=None, hops=hops)
    documents = seen.documents(profiles, profiles.classes)
    if documents is None:
        return None
    n_classes = len(profiles.classes)
    nobody = Labelled(np.empty(0, np.int64), np.empty((0, n_classes)), np.empty(0))
    return cotrain(seen.views, nobody, documents=documents)


def _plain(supervision: Supervision) -> NDArray[np.bool_]:
    """Return which labels are of somebody who never says how sure he is."""
    is_sure = supervision.distributions.max(axis=1, initial=0) > _CERTAIN
    is_true = supervision.is_true
    plain: NDArray[np.bool_] = np.where(
        is_true, is_sure[is_true].all(), is_sure[~is_true].all()
    )
    return plain


def _keywords(
    graph: TextGraph, supervision: Supervision
) -> tuple[NDArray[np.int64], list[str]]:
    """Return which labels have keywords, and the keywords."""
    table = view_rationales(graph)
    if table is None:
        return np.empty(0, dtype=np.int64), []
    of_node = dict(zip(table.positions.tolist(), table.keywords.joined(), strict=True))
    texts = [of_node.get(position, "") for position in supervision.rows.tolist()]
    places = np.flatnonzero([bool(text) for text in texts])
    return places, [texts[place] for place in places]
