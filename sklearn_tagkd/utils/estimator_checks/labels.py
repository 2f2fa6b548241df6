"""Checks of what labels may be; for classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.estimator_checks.subjects import (
    NAMES,
    assert_alike,
    make_graph,
    make_labels,
    prepare,
    respond,
)

__all__ = [
    "check_class_missing_in_a_fold",
    "check_one_class",
    "check_predictions",
    "check_strings_and_integers",
    "check_unlabelled",
]


def check_predictions(estimator: Any) -> None:
    """Check that labels and probabilities agree, and something was learnt.

    Parameters
    ----------
    estimator : classifier
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    model = prepare(estimator).fit(graph, y)
    _agree(model, graph, NAMES)
    accuracy = (model.predict(graph) == y).mean()
    assert accuracy > 0.6, (
        f"{type(estimator).__name__} is right about {accuracy:.0%} of its training "
        "nodes, whose classes can be read off their texts. Give it more steps."
    )


def check_strings_and_integers(estimator: Any) -> None:
    """Check that strings and integers are labels alike.

    Parameters
    ----------
    estimator : classifier
        To be checked.
    """
    graph = make_graph()
    by_name = prepare(estimator).fit(graph, make_labels())
    by_code = prepare(estimator, "012").fit(graph, make_labels("codes"))
    _agree(by_code, graph, np.arange(3))
    named = NAMES[by_code.predict(graph)]
    assert_alike(named, by_name.predict(graph), "Integers in place of names")


def check_unlabelled(estimator: Any) -> None:
    """Check that ``-1`` (among strings ``''``) is neither learnt nor predicted.

    Parameters
    ----------
    estimator : classifier
        To be checked.
    """
    graph = make_graph()
    unlabelled = np.arange(len(graph)) % 4 == 1
    codes, names = make_labels("codes"), make_labels()
    codes[unlabelled], names[unlabelled] = -1, ""
    mixed = names.astype(object)
    mixed[unlabelled] = -1
    by_code = prepare(estimator, "012").fit(graph, codes)
    _agree(by_code, graph, np.arange(3))
    for y in (names, mixed):
        model = prepare(estimator).fit(graph, y)
        _agree(model, graph, NAMES)
        assert_alike(
            respond(model, graph), respond(by_code, graph), "How 'unlabelled' is spelt"
        )


def check_one_class(estimator: Any) -> None:
    """Check that one class is learnt, or refused with a sentence about classes.

    Parameters
    ----------
    estimator : classifier
        To be checked.
    """
    graph = make_graph()
    try:
        model = prepare(estimator).fit(graph, np.full(len(graph), NAMES[1]))
    except ValueError as error:
        assert "class" in str(error), (
            f"{type(estimator).__name__} refuses a single class without saying that "
            f"classes are the matter: {error}"
        )
        return
    _agree(model, graph, NAMES[1:2])


def check_class_missing_in_a_fold(estimator: Any) -> None:
    """Check that a class that no training node is of is not made up.

    Parameters
    ----------
    estimator : classifier
        To be checked.
    """
    graph, y = make_graph(), make_labels()
    rows = np.flatnonzero(y != NAMES[1])
    model = prepare(estimator).fit(graph[rows], y[rows])
    _agree(model, graph, NAMES[[0, 2]])


def _agree(model: Any, graph: Any, classes: NDArray[Any]) -> None:
    kind = type(model).__name__
    assert np.array_equal(model.classes_, classes), (
        f"{kind}.classes_ is {np.asarray(model.classes_).tolist()} after fitting "
        f"labels {classes.tolist()}."
    )
    predicted = model.predict(graph)
    assert set(np.unique(predicted)) <= set(classes), (
        f"{kind} predicts {sorted(set(np.unique(predicted)) - set(classes))}, which is "
        "no class."
    )
    if not hasattr(model, "predict_proba"):
        return
    said = model.predict_proba(graph)
    assert said.shape == (len(graph), len(classes)), (
        f"{kind}.predict_proba gave shape {said.shape} for {len(graph)} nodes and "
        f"{len(classes)} classes."
    )
    assert np.allclose(said.sum(axis=1), 1), f"{kind}.predict_proba does not sum to 1."
    assert (model.classes_[said.argmax(axis=1)] == predicted).all(), (
        f"{kind}.predict is not the class of highest probability."
    )
