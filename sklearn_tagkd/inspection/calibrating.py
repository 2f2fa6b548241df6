"""Labels to calibrate sets by, and the scores of a graph's nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.conformity import (
    mean_of_linked,
    score_classes,
    smooth,
    threshold,
)
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.inspection.told_labels import read_labels

__all__ = ["ScoredNodes", "read_calibration", "smallest_sets"]

_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_UNKNOWN = -1  # of a class that the model has not learnt


@dataclass(frozen=True, eq=False)
class ScoredNodes:
    """All nodes of a graph with their scores, and who is linked to whom.

    Parameters
    ----------
    probabilities : ndarray of float64 of shape (n_parent_nodes, n_classes)
        What the model says.
    scores : ndarray of float64 of shape (n_parent_nodes, n_classes)
        How strange each class is, before smoothing.
    linked : csr_array of shape (n_parent_nodes, n_parent_nodes)
        What makes means over linked nodes.
    """

    probabilities: NDArray[np.float64]
    scores: NDArray[np.float64]
    linked: csr_array

    @classmethod
    def of(
        cls, model: Any, graph: TextGraph, kind: str, stream: np.random.RandomState
    ) -> ScoredNodes:
        """Score the nodes of a graph.

        Parameters
        ----------
        model : Pipeline or estimator
            Fitted.
        graph : TextGraph
            Any view; all nodes of the parent are scored.
        kind : str
            A conformity score.
        stream : RandomState
            Draws its random part.

        Returns
        -------
        ScoredNodes
            Aligned to the parent.
        """
        probabilities = model.predict_proba(graph.parent)
        draws = stream.uniform(size=len(probabilities))
        scores = score_classes(probabilities, kind, draws)
        return cls(probabilities, scores, mean_of_linked(graph))

    def smoothed(self, weight: float) -> NDArray[np.float64]:
        """Return scores mixed with those of linked nodes.

        Parameters
        ----------
        weight : float
            Share of linked nodes.

        Returns
        -------
        ndarray of float64 of shape (n_parent_nodes, n_classes)
            Higher is stranger.
        """
        return smooth(self.scores, self.linked, weight)

    def limit(
        self,
        weight: float,
        at: NDArray[np.int64],
        codes: NDArray[np.int64],
        confidence_level: float,
    ) -> float:
        """Return the greatest score of a class that is in a set.

        Parameters
        ----------
        weight : float
            Share of linked nodes.
        at : ndarray of int64 of shape (n_calibration,)
            Labelled nodes.
        codes : ndarray of int64 of shape (n_calibration,)
            Their classes.
        confidence_level : float
            Share of sets that hold the true class.

        Returns
        -------
        float
            Infinite where all classes have to be in.
        """
        of_true = self.smoothed(weight)[at, codes]
        # A class that the model does not know is in no set: nothing is stranger.
        of_true[codes == _UNKNOWN] = math.inf
        return threshold(of_true, confidence_level)


def smallest_sets(
    known: ScoredNodes,
    at: NDArray[np.int64],
    codes: NDArray[np.int64],
    asked: ScoredNodes,
    rows: NDArray[np.int64],
    confidence_level: float,
) -> float:
    """Return the smoothing with the smallest sets, the least one among equals.

    Parameters
    ----------
    known : ScoredNodes
        Of the labelled graph.
    at, codes : ndarray of int64 of shape (n_tuned,)
        Nodes with labels that calibrate nothing afterwards, and their classes.
    asked : ScoredNodes
        Of the graph to predict.
    rows : ndarray of int64 of shape (n_nodes,)
        Nodes to predict.
    confidence_level : float
        Share of sets that hold the true class.

    Returns
    -------
    float
        Share of linked nodes.
    """
    sizes = []
    for weight in _WEIGHTS:
        limit = known.limit(weight, at, codes, confidence_level)
        sizes.append(float((asked.smoothed(weight)[rows] <= limit).mean()))
    return _WEIGHTS[int(np.argmin(sizes))]


def read_calibration(
    model: Any, graph: TextGraph, y: Any
) -> tuple[TextGraph, NDArray[np.int64]]:
    """Return the nodes to calibrate by, each once, and their classes.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted; nodes that its teacher answered about are left out.
    graph : TextGraph
        A view.
    y : array-like of shape (n_nodes,)
        True labels.

    Returns
    -------
    graph : TextGraph
        A view of those nodes.
    codes : ndarray of int64 of shape (n_calibration,)
        Their classes; -1 for one that the model does not know.

    Raises
    ------
    ValueError
        If the model knows none of the labels, or they are of another kind.
    """
    reading = read_model(model, graph)
    classes = reading.step.classes_
    if y is None:
        raise ValueError("calibration has no labels: give (graph, y).")
    labels, is_used = read_labels(y, len(graph), classes)
    if reading.learnt_from is not None:
        is_used = is_used & ~np.isin(graph.rows, reading.learnt_from)
    rows = np.flatnonzero(is_used)
    _, once = np.unique(graph.rows[rows], return_index=True)
    used = labels[rows[once]].tolist()
    column = {label: code for code, label in enumerate(classes.tolist())}
    codes = np.array([column.get(label, _UNKNOWN) for label in used], dtype=np.int64)
    if used and (codes == _UNKNOWN).all():
        raise ValueError(
            f"calibration has labels such as {used[0]!r}, none of which is among the "
            f"model's classes, {list(column)}."
        )
    return graph[rows[once]], codes
