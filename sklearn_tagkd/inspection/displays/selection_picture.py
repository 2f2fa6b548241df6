"""The display of who was asked, and why these."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.quick_model import margin
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.displays.style import (
    COLORS,
    axes_for,
    foreground,
    plain_frame,
)
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["SelectionDisplay"]


class SelectionDisplay:
    """Nodes by how far they are from an answer, and how much the model doubts them.

    An answer is worth most at the upper right: nothing near it was asked, and the model
    does not know. Asked nodes are filled, and lie by the answer that is nearest of the
    others.

    Parameters
    ----------
    distance : ndarray of shape (n_nodes,)
        From the nearest asked node, from 0 to 2: 1 less the cosine of the model's
        embeddings.
    doubt : ndarray of shape (n_nodes,)
        From 0 to 1, how near the second class is to the first.
    asked : ndarray of bool of shape (n_nodes,)
        Whether the teacher was asked.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import SelectionDisplay
    >>> shown = SelectionDisplay.from_predictions([0.1, 0.9], [0.2, 0.8], [True, False])
    >>> shown.asked.tolist()
    [True, False]
    """

    def __init__(self, distance: Any, doubt: Any, asked: Any) -> None:
        self.distance = np.asarray(distance, dtype=np.float64)
        self.doubt = np.asarray(doubt, dtype=np.float64)
        self.asked = np.asarray(asked, dtype=bool)
        shapes = {self.distance.shape, self.doubt.shape, self.asked.shape}
        if len(shapes) > 1 or self.asked.ndim != 1:
            raise ValueError("distance, doubt and asked need one entry per node.")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TextGraph,
        *,
        max_nodes: int = 3000,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> SelectionDisplay:
        """Show whom a fitted pipeline asked about.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted.
        X : TextGraph
            Nodes. Answers are on the graph, or of the pipeline where it was fitted on
            this graph.
        max_nodes : int, default=3000
            Most asked nodes, and most others, to show: of more a sample.
        random_state : int, RandomState instance or None, default=0
            Draws the sample.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        SelectionDisplay
            Drawn.

        Raises
        ------
        ValueError
            If nobody knows who was asked.
        """
        reading = read_model(estimator, X)
        table = reading.selected_table()
        if table is None or not len(table):
            raise ValueError(
                "Nobody knows who was asked. Give the graph with the answers: "
                "graph.annotated(rationales=table), or the pipeline that asked."
            )
        stream = private_stream(random_state, "a picture of a selection")
        others = np.setdiff1d(X.rows, table.positions)
        others = np.sort(stream.permutation(others)[:max_nodes])
        told = np.sort(stream.permutation(table.positions)[:max_nodes])
        at = np.concatenate([told, others])
        rows = reading.step.embed(reading.graph.parent[at])
        doubt = 1 - margin(estimator.predict_proba(X.parent[at]))
        distance = _distance(rows, len(told))
        asked = np.arange(len(at)) < len(told)
        return cls(distance, doubt, asked).plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, distance: Any, doubt: Any, asked: Any, *, ax: Any = None, **kwargs: Any
    ) -> SelectionDisplay:
        """Show distances and doubts that were measured.

        Parameters
        ----------
        distance, doubt, asked : array-like of shape (n_nodes,)
            As above.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        SelectionDisplay
            Drawn.
        """
        return cls(distance, doubt, asked).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> SelectionDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        SelectionDisplay
            Itself.
        """
        ax = axes_for(ax)
        ink = foreground(ax)
        for members, style in (
            (~self.asked, {"marker": "o", "facecolors": "none", "edgecolors": ink}),
            (self.asked, {"marker": "D", "color": COLORS[3], "edgecolors": ink}),
        ):
            name = "asked" if style["marker"] == "D" else "not asked"
            style = {"s": 16, "linewidths": 0.5, "alpha": 0.8, **style, **kwargs}
            label = f"{name} ({members.sum():,})"
            ax.scatter(
                self.distance[members], self.doubt[members], label=label, **style
            )
        ax.set_ylim(0.0, 1.0)
        ax.set_xlim(0.0, min(2.0, max(0.05, 1.05 * self.distance.max(initial=0.0))))
        plain_frame(
            ax,
            "distance from the nearest asked node (1 - cosine)",
            "doubt of the model",
            "an answer is worth most at the upper right",
        )
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _distance(rows: NDArray[np.float32], n_asked: int) -> NDArray[np.float64]:
    """Return how far each row is from the nearest of the first ones that is another."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.maximum(lengths, 1e-12)
    alike = unit @ unit[:n_asked].T
    np.fill_diagonal(alike[:n_asked], -1.0)
    apart: NDArray[np.float64] = 1 - alike.max(axis=1).astype(np.float64)
    return np.clip(apart, 0.0, 2.0)
