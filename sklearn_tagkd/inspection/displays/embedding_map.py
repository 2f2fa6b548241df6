"""The display of a model's embeddings: classes, asked nodes, disagreement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.displays.flat import flatten
from sklearn_tagkd.inspection.displays.style import (
    axes_for,
    few_classes,
    foreground,
    mark_of,
    short,
)
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.inspection.taught import taught_nodes
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["EmbeddingMapDisplay"]


class EmbeddingMapDisplay:
    """A map of nodes: near ones are alike to the model.

    Each class has a colour and a marker, and of more than twenty the rarest share one;
    asked nodes have a rim, nodes where the
    teacher, or a true label, says something else, a cross.

    Parameters
    ----------
    points : ndarray of shape (n_nodes, 2)
        Where nodes lie.
    labels : ndarray of shape (n_nodes,)
        Their classes.
    asked, disagrees : ndarray of bool of shape (n_nodes,), default=None
        What is marked; None marks nothing.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection import EmbeddingMapDisplay
    >>> rows = np.random.RandomState(0).normal(size=(20, 5))
    >>> shown = EmbeddingMapDisplay.from_predictions(
    ...     rows, ["a", "b"] * 10, method="pca")
    >>> shown.points.shape
    (20, 2)
    """

    def __init__(
        self, points: Any, labels: Any, *, asked: Any = None, disagrees: Any = None
    ) -> None:
        self.points, self.labels = np.asarray(points), np.asarray(labels)
        nothing = np.zeros(len(self.labels), dtype=bool)
        self.asked = nothing if asked is None else np.asarray(asked, bool)
        self.disagrees = nothing if disagrees is None else np.asarray(disagrees, bool)
        lengths = {len(self.labels), len(self.asked), len(self.disagrees)}
        if self.points.shape != (len(self.labels), 2) or len(lengths) > 1:
            raise ValueError(
                f"points, labels, asked and disagrees are of different nodes: "
                f"{len(self.points)} points, and lengths of {sorted(lengths)}."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TextGraph,
        y: Any = None,
        *,
        method: str = "tsne",
        max_nodes: int = 2000,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> EmbeddingMapDisplay:
        """Show how a fitted model sees a graph.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted.
        X : TextGraph
            Nodes to show.
        y : array-like of shape (n_nodes,), default=None
            True labels: nodes of which the model says something else get a cross. None
            crosses nodes of which the teacher said something else.
        method : {'tsne', 'pca'}, default='tsne'
            How embeddings are laid out.
        max_nodes : int, default=2000
            Most nodes to show: asked ones first, then a sample of the others.
        random_state : int, RandomState instance or None, default=0
            Draws the sample.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EmbeddingMapDisplay
            Drawn.
        """
        reading = read_model(estimator, X)
        taught = taught_nodes(estimator, X)
        of_teacher = np.empty(0, np.int64) if taught is None else taught.positions
        is_asked = np.isin(X.rows, of_teacher)
        rows = _sample(is_asked, max_nodes, random_state)
        view = X[rows]
        labels = estimator.predict(view)
        disagrees = np.zeros(len(rows), dtype=bool)
        if y is not None:
            true, is_known = labelled_rows(y, len(X))
            pairs = zip(true[rows].tolist(), labels.tolist(), strict=True)
            disagrees = is_known[rows] & np.array([a != b for a, b in pairs], bool)
        elif taught is not None:
            wrong = taught.positions[taught.said != taught.predicted]
            disagrees = np.isin(view.rows, wrong)
        points = flatten(reading.step.embed(reading.graph[rows]), method)
        shown = cls(points, labels, asked=is_asked[rows], disagrees=disagrees)
        return shown.plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        embeddings: Any,
        labels: Any,
        *,
        asked: Any = None,
        disagrees: Any = None,
        method: str = "tsne",
        ax: Any = None,
        **kwargs: Any,
    ) -> EmbeddingMapDisplay:
        """Show embeddings.

        Parameters
        ----------
        embeddings : array-like of shape (n_nodes, n_columns)
            Of ``embed``, say.
        labels : array-like of shape (n_nodes,)
            Their classes.
        asked, disagrees : array-like of bool of shape (n_nodes,), default=None
            What is marked.
        method : {'tsne', 'pca'}, default='tsne'
            How embeddings are laid out.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EmbeddingMapDisplay
            Drawn.
        """
        points = flatten(np.asarray(embeddings, dtype=np.float32), method)
        return cls(points, labels, asked=asked, disagrees=disagrees).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> EmbeddingMapDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EmbeddingMapDisplay
            Itself.
        """
        ax = axes_for(ax, 8.4, 5.4)
        ink = foreground(ax)
        for number, (label, members) in enumerate(few_classes(self.labels)):
            color, marker = mark_of(number)
            style = {"s": 14, "color": color, "marker": marker, "linewidths": 0}
            style.update(kwargs)
            ax.scatter(*self.points[members].T, label=short(label), **style)
        if self.asked.any():
            ax.scatter(
                *self.points[self.asked].T,
                s=42,
                facecolors="none",
                edgecolors=ink,
                linewidths=0.9,
                label=f"asked ({self.asked.sum():,})",
            )
        if self.disagrees.any():
            ax.scatter(
                *self.points[self.disagrees].T,
                s=34,
                marker="x",
                color=ink,
                linewidths=1.2,
                label=f"something else is said ({self.disagrees.sum():,})",
            )
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_title(f"{len(self.labels):,} nodes; near ones are alike to the model")
        ax.legend(
            loc="center left",
            bbox_to_anchor=(1, 0.5),
            fontsize=8,
            frameon=False,
            markerscale=1.5,
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _sample(
    is_asked: NDArray[np.bool_], max_nodes: int, random_state: Any
) -> NDArray[np.int64]:
    """Return rows to show, ascending: more are slow to lay out and hard to read."""
    if isinstance(max_nodes, bool) or not isinstance(max_nodes, int) or max_nodes < 2:
        raise ValueError(f"max_nodes={max_nodes!r} is to be a whole number, 2 or more.")
    order = private_stream(random_state, "a map").permutation(len(is_asked))
    first = order[np.argsort(~is_asked[order], kind="stable")][:max_nodes]
    return np.sort(first)
