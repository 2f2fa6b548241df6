"""Checks of an estimator's life: copied, saved, fed something else, left alone."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from sklearn_tagkd.utils.estimator_checks.subjects import (
    CountingClient,
    assert_alike,
    make_graph,
    make_labels,
    prepare,
    respond,
)

__all__ = [
    "check_bare_arrays_are_refused",
    "check_clones",
    "check_no_question_while_predicting",
    "check_no_text_is_kept",
    "check_pickles",
]


def check_clones(estimator: Any) -> None:
    """Check that a clone is not fitted, and fits as its original did.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    model = prepare(estimator).fit(graph, y)
    copy = clone(model)
    if get_tags(estimator).requires_fit:
        try:
            respond(copy, graph)
        except NotFittedError:
            pass
        else:
            raise AssertionError(
                f"A clone of {type(estimator).__name__} predicts without being fitted: "
                "fit has changed a parameter, or nothing checks."
            )
    said = respond(copy.fit(graph, y), graph)
    assert_alike(said, respond(model, graph), "Cloning", exactly=True)


def check_pickles(estimator: Any) -> None:
    """Check that what is saved, before or after fitting, is as good as new.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    unfitted = pickle.loads(pickle.dumps(prepare(estimator)))
    model = prepare(estimator).fit(graph, y)
    said = respond(model, graph)
    again = respond(unfitted.fit(graph, y), graph)
    assert_alike(again, said, "Pickling before fit", exactly=True)
    again = respond(pickle.loads(pickle.dumps(model)), graph)
    assert_alike(again, said, "Pickling after fit", exactly=True)


def check_no_text_is_kept(estimator: Any) -> None:
    """Check that a saved model holds no text of the graph that it was fitted on.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    graph = make_graph()
    blob = pickle.dumps(prepare(estimator).fit(graph, make_labels()))
    kept = [place for place, text in enumerate(graph.texts) if text.encode() in blob]
    assert not kept, (
        f"A saved {type(estimator).__name__} holds the texts of {len(kept)} of "
        f"{len(graph)} training nodes. Keep what was learnt, not the graph."
    )


def check_bare_arrays_are_refused(estimator: Any) -> None:
    """Check that a model fitted on a graph asks for a graph when given an array.

    Parameters
    ----------
    estimator : estimator
        To be checked.
    """
    model = prepare(estimator).fit(make_graph(), make_labels())
    for array in (np.zeros((5, 3)), np.zeros((5, 3)).tolist()):
        try:
            respond(model, array)
        except (TypeError, ValueError) as error:
            assert "TextGraph" in str(error), (
                f"{type(estimator).__name__}, fitted on a graph, refuses an array "
                f"without saying that it wants a TextGraph: {error}"
            )
        else:
            raise AssertionError(
                f"{type(estimator).__name__} was fitted on a graph and answers about "
                "an array, which has neither texts nor links."
            )


def check_no_question_while_predicting(estimator: Any) -> None:
    """Check that a fitted model asks no language model anything.

    Parameters
    ----------
    estimator : estimator
        With a parameter ``llm`` somewhere.
    """
    graph, y = make_graph(), make_labels()
    model = prepare(estimator).fit(graph[::2], y[::2])
    clients = [
        value
        for value in model.get_params(deep=True).values()
        if isinstance(value, CountingClient)
    ]
    before = [client.n_asked for client in clients]
    respond(model, graph)
    for method in ("predict", "transform"):
        if hasattr(model, method):
            getattr(model, method)(graph[1::2])
    if hasattr(model, "score"):
        model.score(graph[1::2], y[1::2])
    asked = sum(client.n_asked for client in clients) - sum(before)
    assert not asked, (
        f"{type(estimator).__name__} asked {asked} questions after it was fitted. Ask "
        "in fit_transform; let transform pass its input through."
    )
