"""The display of a node, those linked to it, and what they say for its label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.displays.style import (
    axes_for,
    foreground,
    mark_of,
    short,
)
from sklearn_tagkd.inspection.explanation.explain import explain
from sklearn_tagkd.inspection.explanation.result import Explanation

__all__ = ["EgoNetworkDisplay"]

_MOST_LINKED = 24  # nodes around one


class EgoNetworkDisplay:
    """A node, the nodes linked to it, and how much each says for its label.

    Colour and marker are the predicted class; a wider link is a greater effect, a
    dotted one no effect that was named.

    Parameters
    ----------
    explanation : Explanation
        Of the node.
    linked : list of hashable
        Ids of linked nodes.
    labels : list of object of length n_linked
        Their predicted classes.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import EgoNetworkDisplay
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0).fit(docs.graph, docs.target)
    >>> shown = EgoNetworkDisplay.from_estimator(
    ...     student, docs.graph, "scipy.stats.norm")
    >>> shown.explanation.label, "scipy.stats.rv_continuous" in shown.linked
    ('scipy.stats', True)
    """

    def __init__(
        self, explanation: Explanation, linked: list[Any], labels: list[Any]
    ) -> None:
        self.explanation, self.linked, self.labels = explanation, linked, labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TextGraph,
        node: Any,
        *,
        budget: int = 10,
        ax: Any = None,
        **kwargs: Any,
    ) -> EgoNetworkDisplay:
        """Explain a node by those linked to it.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted.
        X : TextGraph
            The graph.
        node : node id, or int
            Which one.
        budget : int, default=10
            Most linked nodes to name.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EgoNetworkDisplay
            Drawn.
        """
        found = explain(estimator, X, [node], budget, parts=("neighbors",))
        return cls.from_predictions(found[0], X, estimator, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        explanation: Explanation,
        X: TextGraph,
        estimator: Any,
        *,
        ax: Any = None,
        **kwargs: Any,
    ) -> EgoNetworkDisplay:
        """Show an explanation that there is.

        Parameters
        ----------
        explanation : Explanation
            Of :func:`~sklearn_tagkd.inspection.explain`.
        X : TextGraph
            The graph.
        estimator : Pipeline or estimator
            Fitted; predicts the classes of linked nodes.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EgoNetworkDisplay
            Drawn.
        """
        around = _linked(X, explanation)
        view = X.parent[around]
        labels = estimator.predict(view).tolist() if len(around) else []
        return cls(explanation, view.node_ids.tolist(), labels).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> EgoNetworkDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.scatter`` takes them.

        Returns
        -------
        EgoNetworkDisplay
            Itself.
        """
        ax = axes_for(ax, 7.4, 5.6)
        ink, told = foreground(ax), self.explanation
        effects = {item.what: item.effect for item in told.neighbors}
        most = max([*effects.values(), 1e-9])
        turns = 2 * np.pi * np.arange(len(self.linked)) / max(1, len(self.linked))
        points = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        for number, (node, (x, y)) in enumerate(zip(self.linked, points, strict=True)):
            effect = max(0.0, effects.get(node, 0.0))
            style = {"lw": 1 + 5 * effect / most} if effect else {"lw": 1, "ls": ":"}
            ax.plot([0, x], [0, y], color=ink, alpha=0.55, zorder=1, **style)
            name = short(node) + (f"\n{effect:+.2g}" if effect else "")
            # Names at the top and at the bottom would run into one another.
            away = 1.1 + 0.16 * (number % 2) * abs(y)
            side = "left" if x > 0.2 else "right" if x < -0.2 else "center"
            up = "bottom" if y > 0.2 else "top" if y < -0.2 else "center"
            ax.annotate(
                name, (away * x, away * y), ha=side, va=up, fontsize=8, color=ink
            )
        everyone = [told.label, *self.labels]
        places = np.concatenate([np.zeros((1, 2)), points])
        for number, label in enumerate(sorted(set(everyone), key=str)):
            color, marker = mark_of(number)
            members = np.array([one == label for one in everyone])
            sizes = np.where(np.arange(len(places)) == 0, 220, 90)[members]
            style = {"color": color, "marker": marker, "zorder": 2, "edgecolors": ink}
            style |= {"linewidths": 0.8, **kwargs}
            ax.scatter(*places[members].T, s=sizes, label=short(label), **style)
        height = np.abs(points[:, 1]).max(initial=0.0) + 0.5  # two lie on a line
        ax.set(xlim=(-2.1, 2.1), ylim=(-height, height))
        ax.axis("off")
        ax.set_title(
            f"{short(told.node)}: {short(told.label)} ({told.probability:.2f}), not "
            f"{short(told.runner_up)}"
        )
        ax.legend(loc="lower left", fontsize=8, frameon=False, markerscale=0.7)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _linked(graph: TextGraph, explanation: Explanation) -> NDArray[np.int64]:
    """Return nodes to show: named ones, then those linked the most."""
    (place,) = graph.positions([explanation.node])
    links = graph.adjacency
    both = (links[[place], :] + links[:, [place]].T).tocoo()
    heaviest = both.col[np.argsort(-both.data, kind="stable")]
    named = graph.positions([item.what for item in explanation.neighbors])
    around = dict.fromkeys([*named.tolist(), *heaviest.tolist()])
    around.pop(int(place), None)
    return np.array(list(around)[:_MOST_LINKED], dtype=np.int64)
