"""What a report on a model is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.reading import Reading, read_model
from sklearn_tagkd.inspection.taught import Taught, taught_nodes

__all__ = ["Subject"]


@dataclass(frozen=True, eq=False)
class Subject:
    """A fitted model, a graph, and what the user gives beside them.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        A view.
    y : array-like of shape (n_nodes,) or None
        True labels.
    nodes : array-like or None
        Nodes to explain.
    answers : object or None
        Fresh answers, as ``agreement`` takes them.
    times : array-like of shape (n_nodes,) or None
        Time stamps of the view's nodes.
    max_rows : int
        Most rows of a table.
    draws : bool
        Whether pictures are wanted, and can be made here.
    """

    model: Any
    graph: TextGraph
    y: Any = None
    nodes: Any = None
    answers: Any = None
    times: Any = None
    max_rows: int = 100
    draws: bool = False

    @cached_property
    def reading(self) -> Reading:
        """What predicts, and what is known of its teacher."""
        return read_model(self.model, self.graph)

    @cached_property
    def taught(self) -> Taught | None:
        """What the teacher said of nodes of the view, and what the model says."""
        return taught_nodes(self.model, self.graph)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Of the view's nodes, a column per class."""
        shares: NDArray[np.float64] = self.model.predict_proba(self.graph)
        return shares

    @cached_property
    def asking(self) -> Any:
        """The step that asked, or None where the model has none."""
        model = getattr(self.model, "best_estimator_", self.model)
        steps = [step for _, step in getattr(model, "steps", [])]
        return next((s for s in steps if hasattr(s, "n_asked_")), None)
