"""What a teacher said of nodes, beside what its student says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.reading import read_model

__all__ = ["Taught", "taught_nodes"]


@dataclass(frozen=True, eq=False)
class Taught:
    """Nodes that a teacher answered about.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_answers,)
        In the parent, ascending.
    said : ndarray of shape (n_answers,)
        The class that the teacher found most probable.
    share : ndarray of float64 of shape (n_answers,)
        Its probability.
    predicted : ndarray of shape (n_answers,)
        What the model predicts.
    """

    positions: NDArray[np.int64]
    said: NDArray[Any]
    share: NDArray[np.float64]
    predicted: NDArray[Any]


def taught_nodes(model: Any, graph: TextGraph) -> Taught | None:
    """Find what the teacher said of a graph's nodes, and what the model says.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        A view. Answers are those of ``'rationales'`` on it, or of the fitted pipeline
        where it was fitted on this graph.

    Returns
    -------
    Taught or None
        None where no answer is at hand.
    """
    table = read_model(model, graph).selected_table()
    if table is None or not len(table):
        return None
    return Taught(
        positions=table.positions,
        said=table.classes[table.probabilities.argmax(axis=1)],
        share=table.probabilities.max(axis=1),
        predicted=model.predict(graph.parent[table.positions]),
    )
