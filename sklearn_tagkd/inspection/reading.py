"""A fitted model and a graph, as this room looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.estimators.reading import read_nodes
from sklearn_tagkd.features.digest import graph_digest
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.network_classifier import GraphNetworkClassifier
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["Reading", "positions_of", "read_model", "steps_of"]


@dataclass(frozen=True, eq=False)
class Reading:
    """What predicts, what it looks at, and what is known of its teacher.

    Parameters
    ----------
    step : GraphNetworkClassifier
        The fitted step that predicts.
    graph : TextGraph
        As that step is given it.
    inputs : NetworkInputs
        Of the whole parent.
    table : RationaleTable or None
        Reasons of the language model about nodes of this graph.
    learnt_from : ndarray of int64 of shape (n_answered,) or None
        Answered nodes that the model was fitted on; None where nobody knows.
    """

    step: GraphNetworkClassifier
    graph: TextGraph
    inputs: NetworkInputs
    table: RationaleTable | None
    learnt_from: NDArray[np.int64] | None

    @property
    def sees_links(self) -> bool:
        """Whether links are of any consequence."""
        return bool(self.step.network_.config.backbone != "mlp")

    def selected_table(self) -> RationaleTable | None:
        """Return the reasons about nodes that the view selects.

        Returns
        -------
        RationaleTable or None
            None where nothing is known.
        """
        table = self.table
        return table and table.select(np.isin(table.positions, self.graph.rows))

    def lessons(self) -> RationaleTable | None:
        """Return the answers that the model was fitted on, as far as that is known.

        Returns
        -------
        RationaleTable or None
            None where there are none, or they are not at hand.
        """
        table = self.table
        if table is None or self.step.supervision == "y":
            return None
        if self.learnt_from is not None:
            table = table.select(np.isin(table.positions, self.learnt_from))
        knows = np.isin(table.classes, self.step.classes_).any()
        return table if len(table) and knows else None


def read_model(model: Any, graph: Any) -> Reading:
    """Find out what predicts, and what it looks at.

    Parameters
    ----------
    model : Pipeline or estimator
        A fitted interpreter, student or baseline, a pipeline that ends with one, or a
        search that has found one.
    graph : TextGraph
        Nodes to look at, of the training graph or of another.

    Returns
    -------
    Reading
        Of the graph as the last step is given it.

    Raises
    ------
    TypeError
        If the model is none of these, or ``graph`` is no TextGraph.
    NotFittedError
        If the model is not fitted.
    ValueError
        If the graph is not like the one that the model was fitted on.
    """
    if not isinstance(graph, TextGraph):
        raise TypeError(
            f"graph has to be a TextGraph; got {type(graph).__name__}. An array has "
            "neither texts nor links to look at."
        )
    *before, step = steps_of(model)
    if not isinstance(step, GraphNetworkClassifier):
        raise TypeError(
            "model has to be a fitted interpreter, student or baseline, or a pipeline "
            f"that ends with one; got {type(step).__name__}."
        )
    check_is_fitted(step)
    seen: Any = graph
    for other in before:
        if other not in (None, "passthrough"):
            seen = other.transform(seen)
    if not isinstance(seen, TextGraph) or seen.identity is not graph.identity:
        raise TypeError(
            "A step of the pipeline makes something else of the graph: there are no "
            "links of its own to look at. Give the last step and what it is given."
        )
    inputs = step._known_inputs(read_nodes(step, seen), step.network_.config.input_dim)
    told: Any = next((s for s in before if hasattr(s, "answered_rows_")), None)
    table = graph.annotations.get("rationales")
    learnt_from = None
    if told is not None and _was_learnt(step, graph):
        learnt_from = told.answered_rows_
        table = table or getattr(told, "rationales_", None)
    return Reading(step, seen, inputs, table, learnt_from)


def _was_learnt(step: Any, graph: TextGraph) -> bool:
    """Tell whether the graph, or what it was extended from, is the training graph."""
    learnt, growth = getattr(step, "training_graph_", None), graph.growth
    if learnt == graph_digest(graph):
        return True
    # The nodes that were there first keep their positions.
    return growth is not None and learnt == graph_digest(growth.base)


def steps_of(model: Any) -> list[Any]:
    """Return the steps of a model, one after the other, those of pipelines in it too.

    Parameters
    ----------
    model : Pipeline or estimator
        Or a search that has found one.

    Returns
    -------
    list of estimator
        At least one; the last one predicts.
    """
    model = getattr(model, "best_estimator_", model)
    if not isinstance(model, Pipeline):
        return [model]
    return [found for _, step in model.steps for found in steps_of(step)]


def positions_of(graph: TextGraph, nodes: Any) -> NDArray[np.int64]:
    """Return where nodes stand in the parent.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    nodes : array-like of node ids, of int or of bool, node id, or TextGraph
        Ids. Integers that are no ids count the nodes of the view from 0. Truth values
        tell of each node of the view whether it is meant. A view of the same parent
        stands for its nodes.

    Returns
    -------
    ndarray of int64 of shape (n_nodes,)
        Positions in the parent.

    Raises
    ------
    ValueError
        If there is a node that the graph does not have, or none at all.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.inspection.reading import positions_of
    >>> graph = TextGraph(["a goal", "a vote"], [], node_ids=["x", "y"])
    >>> positions_of(graph, ["y"]), positions_of(graph, [1]), positions_of(graph, "x")
    (array([1]), array([1]), array([0]))
    >>> positions_of(graph, [False, True])
    array([1])
    """
    if isinstance(nodes, TextGraph):
        if nodes.identity is not graph.identity:
            raise ValueError("nodes is a view of another graph; give one of this.")
        return _some(nodes.rows)
    is_one = isinstance(nodes, str | bytes | tuple) or not isinstance(nodes, Iterable)
    wanted = [nodes] if is_one else list(nodes)
    if any(map(_is_bool, wanted)):  # True is an id wherever 1 is one
        return _some(graph.rows[_mask(wanted, len(graph))])
    found = graph.positions(wanted)
    missing = [node for node, place in zip(wanted, found, strict=True) if place < 0]
    if missing and all(isinstance(n, Integral) for n in wanted):
        places = np.array(wanted, dtype=np.int64)
        if len(missing) == len(wanted) and -1 < places.min() <= places.max() < len(
            graph
        ):
            return _some(graph.rows[places])
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(wanted)} nodes are not in the graph, the first of "
            f"type {type(missing[0]).__name__}. Give ids (graph.node_ids), or integers "
            f"from 0 to {len(graph) - 1} that count the nodes of the view."
        )
    return _some(found)


def _some(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(positions):
        raise ValueError("nodes is empty: give at least one.")
    return np.asarray(positions, dtype=np.int64)


def _mask(wanted: list[Any], n_nodes: int) -> NDArray[np.bool_]:
    if len(wanted) != n_nodes or not all(map(_is_bool, wanted)):
        raise ValueError(
            f"nodes holds truth values, and {len(wanted)} entries for {n_nodes} nodes. "
            "A mask has one truth value for each node of the view and nothing else."
        )
    return np.array(wanted, dtype=bool)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)
