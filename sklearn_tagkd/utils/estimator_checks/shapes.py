"""Checks of graphs that are hardly graphs."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.estimator_checks.subjects import (
    ISOLATED,
    NAMES,
    make_graph,
    make_labels,
    prepare,
    respond,
)

__all__ = [
    "check_empty_texts",
    "check_isolated_nodes",
    "check_no_links",
    "check_one_node",
]


def check_isolated_nodes(estimator: Any) -> None:
    """Check that nodes without a link can be learnt from and predicted.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    respond(prepare(estimator).fit(graph, y), graph[ISOLATED])
    rows = [0, 1, 2, *ISOLATED]
    respond(prepare(estimator).fit(graph[rows], y[rows]), graph)


def check_no_links(estimator: Any) -> None:
    """Check that a graph without a link can be learnt from and predicted.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, bare = make_graph(), make_graph(links=False)
    respond(prepare(estimator).fit(graph, make_labels()), bare)
    model = prepare(estimator).fit(bare, make_labels())
    respond(model, bare)
    respond(model, graph)


def check_one_node(estimator: Any) -> None:
    """Check that a single node can be predicted, and learnt from, all on its own.

    A single node is of a single class, which a classifier may refuse with a sentence
    that says so.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph = make_graph()
    model = prepare(estimator).fit(graph, make_labels())
    respond(model, graph[[4]])
    respond(model, graph[[4]].induced())
    alone = TextGraph(["rocket orbit lunar"], [])
    respond(model, alone)
    try:
        model = prepare(estimator).fit(alone, NAMES[2:])
    except ValueError as error:
        assert "class" in str(error), (
            f"{type(estimator).__name__} refuses a graph of one node without saying "
            f"that its one class is the matter: {error}"
        )
        return
    respond(model, alone)
    respond(model, graph)


def check_empty_texts(estimator: Any) -> None:
    """Check that nodes without a text can be learnt from and predicted.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph = make_graph()
    texts = ["" if place % 4 == 0 else text for place, text in enumerate(graph.texts)]
    edges = [(i, i + 3) for i in range(40)]
    holes = TextGraph(texts, edges)
    respond(prepare(estimator).fit(holes, make_labels()), holes)
    model = prepare(estimator).fit(graph, make_labels())
    respond(model, TextGraph([""] * 3, [(0, 1)]))
