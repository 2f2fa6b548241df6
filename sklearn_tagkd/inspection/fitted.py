"""What of a fitted model this room looks at, be it a pipeline or a step."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.features.digest import graph_digest
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.network_classifier import GraphNetworkClassifier
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["classifier_of", "rationales_of", "steps_of"]


def steps_of(model: Any) -> list[Any]:
    """Return the steps of a pipeline, or the one step.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted or not.

    Returns
    -------
    list
        In order.
    """
    steps = getattr(model, "steps", None)
    return [model] if steps is None else [step for _, step in steps]


def classifier_of(model: Any, graph: Any) -> GraphNetworkClassifier:
    """Return the step that predicts, once it is sure that it knows graphs.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        What it is to be asked about.

    Returns
    -------
    GraphNetworkClassifier
        The last step.

    Raises
    ------
    TypeError
        If the last step is none of this package's classifiers, was fitted on an array,
        or ``graph`` is none.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    step = steps_of(model)[-1]
    if not isinstance(step, GraphNetworkClassifier):
        raise TypeError(
            f"This needs a classifier of sklearn_tagkd, or a Pipeline that ends in "
            f"one; got {type(step).__name__}."
        )
    check_is_fitted(step)
    if not isinstance(graph, TextGraph):
        raise TypeError(
            f"This needs a TextGraph, got {type(graph).__name__}. Make one: "
            "TextGraph(texts, edges)."
        )
    if not step.fitted_on_graph_:
        raise TypeError(
            f"This {type(step).__name__} was fitted on an array, which has neither "
            "texts nor links to look at. Fit it on a TextGraph."
        )
    return step


def rationales_of(model: Any, graph: TextGraph) -> RationaleTable | None:
    """Return what the teacher said of a view's nodes.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        A view. Rationales on it come first; those of a fitted pipeline count where it
        was fitted on this very graph.

    Returns
    -------
    RationaleTable or None
        Of selected nodes; None where nothing is known.
    """
    table: RationaleTable | None = graph.annotations.get("rationales")
    if table is None:
        steps = steps_of(model)
        known = [getattr(step, "rationales_", None) for step in steps]
        table = next((found for found in known if found is not None), None)
        digest = getattr(steps[-1], "training_graph_", None)
        if table is None or digest != graph_digest(graph):
            return None
    return table.select(np.isin(table.positions, graph.rows))
