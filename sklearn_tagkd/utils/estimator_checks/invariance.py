"""Checks of what must not make a difference."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from sklearn_tagkd.utils.estimator_checks.subjects import (
    assert_alike,
    make_graph,
    make_labels,
    prepare,
    respond,
)

__all__ = [
    "check_node_ids",
    "check_nothing_is_changed",
    "check_order_and_duplicates",
    "check_order_of_the_graph",
    "check_read_only_memory_maps",
    "check_same_seed",
    "check_views",
]


def check_views(estimator: Any) -> None:
    """Check that predicting a view equals the rows of predicting all.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph = make_graph()
    model = prepare(estimator).fit(graph, make_labels())
    whole = respond(model, graph)
    mask = np.arange(len(graph)) % 5 == 0
    for rows in (slice(0, 10), mask, [7], np.arange(20, 40)):
        assert_alike(respond(model, graph[rows]), whole[rows], "Predicting a view")
    views = respond(model, graph[10:30][[3, 5]])
    assert_alike(views, whole[[13, 15]], "Predicting a view of a view")


def check_order_and_duplicates(estimator: Any) -> None:
    """Check that rows may come in any order, and more than once.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    model = prepare(estimator).fit(graph, y)
    rows = np.r_[np.random.default_rng(1).permutation(len(graph)), 3, 3, 0]
    said = respond(model, graph)[rows]
    assert_alike(respond(model, graph[rows]), said, "The order of rows")
    again = prepare(estimator).fit(graph[rows], y[rows])
    assert len(respond(again, graph)) == len(graph)


def check_order_of_the_graph(estimator: Any) -> None:
    """Check that the same graph with its nodes in another order is the same graph.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph = make_graph()
    model = prepare(estimator).fit(graph, make_labels())
    order = np.random.default_rng(1).permutation(len(graph))
    moved = respond(model, make_graph(order=order))
    assert_alike(moved, respond(model, graph)[order], "The order of the graph's nodes")


def check_node_ids(estimator: Any) -> None:
    """Check that what nodes are called makes no difference.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    y, graph = make_labels(), make_graph()
    said = respond(prepare(estimator).fit(graph, y), graph)
    names = [f"node {i}" for i in np.random.default_rng(1).permutation(len(graph))]
    for ids in (names, [("page", i) for i in range(len(graph))]):
        renamed = make_graph(ids)
        model = prepare(estimator).fit(renamed, y)
        assert_alike(respond(model, renamed), said, "Renaming nodes", exactly=True)


def check_same_seed(estimator: Any) -> None:
    """Check that the same seed gives the same bits.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    first, second = (respond(prepare(estimator).fit(graph, y), graph) for _ in range(2))
    assert_alike(first, second, "Fitting again with the same seed", exactly=True)
    if hasattr(estimator, "fit_transform"):
        hashes = {
            joblib.hash(prepare(estimator).fit_transform(graph, y)) for _ in range(2)
        }
        assert len(hashes) == 1, (
            f"{type(estimator).__name__}.fit_transform gives another result each time, "
            "with the same seed."
        )


def check_nothing_is_changed(estimator: Any) -> None:
    """Check that neither graph nor labels are changed by fitting and predicting.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels("codes")
    y[::5] = -1
    view = graph[5:40]
    before = joblib.hash((graph, view, y))
    model = prepare(estimator, "012").fit(view, y[5:40])
    respond(model, graph)
    assert joblib.hash((graph, view, y)) == before, (
        f"{type(estimator).__name__} changed the graph or y while fitting or "
        "predicting. Work on a copy."
    )


def check_read_only_memory_maps(estimator: Any) -> None:
    """Check that graphs and labels in read-only memory maps are as good as others.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels("codes")
    said = respond(prepare(estimator, "012").fit(graph, y), graph)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapped.joblib"
        joblib.dump((graph, y), path)
        mapped, mapped_y = joblib.load(path, mmap_mode="r")
        model = prepare(estimator, "012").fit(mapped, mapped_y)
        again = respond(model, mapped)
        assert_alike(again, said, "Mapping the graph into memory", exactly=True)
        del mapped, mapped_y, model
