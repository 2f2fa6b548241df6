"""What a committee says of every node, for an interpreter to learn beside labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee import Labelled, View, cotrain
from sklearn_tagkd.learning.supervision import Supervision, view_rationales
from sklearn_tagkd.nn.inputs import NetworkInputs

__all__ = ["second_opinion"]

Parts = list[NDArray[np.float32]]


def second_opinion(
    graph: TextGraph,
    embedder: GraphEmbedder,
    supervision: Supervision,
    *,
    scorer: LinkScorer | None,
    hops: tuple[int, float] | None,
    with_keywords: bool,
) -> NDArray[np.float32]:
    """Ask a committee about every node of the parent.

    One member looks at all there is: texts, words and features, of the node and
    propagated along scored links. The others look at one of these each, propagated
    along links as they are: in every view, scores would let the members make the same
    mistakes.

    Parameters
    ----------
    graph : TextGraph
        View; its rationales lend their keywords.
    embedder : GraphEmbedder
        Fitted.
    supervision : Supervision
        Labels.
    scorer : LinkScorer or None
        What weighs the links; None leaves them all alike.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.
    with_keywords : bool
        Whether a node also stands for its class with its keywords for its text.

    Returns
    -------
    ndarray of float32 of shape (n_parent_nodes, n_classes)
        Class probabilities.
    """
    assert embedder.space is not None  # it is fitted
    plain, scored = embedder.raw_inputs(graph), embedder.raw_inputs(graph, scorer)
    widths = [width for width in embedder.space.column_widths if width]
    own = _split(np.asarray(plain.embeddings), widths)
    heard = _heard(plain, hops, widths)
    heard_scored = heard if scored is plain else _heard(scored, hops, widths)
    # Which parts each member looks at: (of the node itself, of its neighbourhood).
    looks: list[tuple[Parts, Parts]] = [(own, heard_scored)]
    if len(own) > 1:
        looks += [([mine], heard[i : i + 1]) for i, mine in enumerate(own)]

    # Nothing that a fold of a search would change, but for the scored links.
    def reduce(looks: list[tuple[Parts, Parts]]) -> list[View]:
        return [View.of([*mine, *theirs]) for mine, theirs in looks]

    views = [
        *embedder.remember(graph, ("view", hops, scorer), lambda: reduce(looks[:1])),
        *embedder.remember(graph, ("views", hops), lambda: reduce(looks[1:])),
    ]
    labelled = Labelled(
        supervision.rows,
        supervision.distributions.astype(np.float64),
        supervision.weights.astype(np.float64),
    )
    if not with_keywords:
        return cotrain(views, labelled)
    places, texts = _keywords(graph, supervision)
    if not len(places):
        return cotrain(views, labelled)
    at = supervision.rows[places]
    said = _split(embedder.phrases(texts, graph, at), widths)
    keyword_rows = []
    for number, (view, (_, theirs)) in enumerate(zip(views, looks, strict=True)):
        mine = said if number == 0 else [said[number - 1]]
        keyword_rows.append(view.reduce([*mine, *(part[at] for part in theirs)]))
    return cotrain(views, labelled, keyword_rows=keyword_rows, keyword_places=places)


def _split(rows: NDArray[np.float32], widths: list[int]) -> Parts:
    return np.split(rows, np.cumsum(widths)[:-1], axis=1)


def _heard(
    inputs: NetworkInputs, hops: tuple[int, float] | None, widths: list[int]
) -> Parts:
    if hops is None:
        return []
    # Imported late: torch takes seconds, `import sklearn_tagkd` none.
    from sklearn_tagkd.nn.links.propagation import unit_columns

    return unit_columns(inputs, *hops, widths)


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
