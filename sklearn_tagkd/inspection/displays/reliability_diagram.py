"""The display of how often a model is right, beside how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.displays.style import (
    COLORS,
    axes_for,
    foreground,
    plain_frame,
)
from sklearn_tagkd.inspection.reliability import (
    Reliability,
    reliability_of,
    reliability_on,
)

__all__ = ["ReliabilityDisplay"]


class ReliabilityDisplay:
    """How often predictions are right, beside how sure they are.

    Points below the diagonal are too sure. Bars are Wilson's interval at 95%; grey
    steps tell how many predictions are as sure as that.

    Parameters
    ----------
    reliability : Reliability
        Predictions in bins.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.
    line_ : matplotlib.lines.Line2D
        The points.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection import ReliabilityDisplay
    >>> said = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
    >>> shown = ReliabilityDisplay.from_predictions(["a", "b", "b"], said, ["a", "b"])
    >>> round(shown.reliability.accuracy, 3), round(shown.reliability.error, 3)
    (0.667, 0.433)
    """

    def __init__(self, reliability: Reliability) -> None:
        self.reliability = reliability

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TextGraph,
        y: Any,
        *,
        n_bins: int = 10,
        ax: Any = None,
        **kwargs: Any,
    ) -> ReliabilityDisplay:
        """Hold a fitted model against true labels.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted. Nodes that its teacher answered about are left out.
        X : TextGraph
            Nodes with labels.
        y : array-like of shape (n_nodes,)
            True labels; unlabelled nodes are left out.
        n_bins : int, default=10
            Between 0 and 1.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the points, as ``Axes.plot`` takes them.

        Returns
        -------
        ReliabilityDisplay
            Drawn.
        """
        return cls(reliability_on(estimator, X, y, n_bins)).plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_prob: Any,
        classes: Any,
        *,
        n_bins: int = 10,
        ax: Any = None,
        **kwargs: Any,
    ) -> ReliabilityDisplay:
        """Hold probabilities against true labels.

        Parameters
        ----------
        y_true : array-like of shape (n_nodes,)
            True labels.
        y_prob : array-like of shape (n_nodes, n_classes)
            Rows sum to 1.
        classes : array-like of shape (n_classes,)
            Labels of the columns.
        n_bins : int, default=10
            Between 0 and 1.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the points, as ``Axes.plot`` takes them.

        Returns
        -------
        ReliabilityDisplay
            Drawn.
        """
        shares, names = np.asarray(y_prob, dtype=np.float64), np.asarray(classes)
        if shares.ndim != 2 or shares.shape != (len(y_true), len(names)):
            raise ValueError(
                f"y_prob has the shape {shares.shape} and needs ({len(y_true)}, "
                f"{len(names)}): a row per label of y_true, a column per class."
            )
        if not (np.isfinite(shares).all() and (shares >= 0).all()):
            raise ValueError("y_prob has to hold finite numbers, 0 or more.")
        is_right = names[shares.argmax(axis=1)] == np.asarray(y_true)
        sure = np.minimum(shares.max(axis=1), 1.0)
        return cls(reliability_of(is_right, sure, n_bins)).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> ReliabilityDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the points, as ``Axes.plot`` takes them.

        Returns
        -------
        ReliabilityDisplay
            Itself.
        """
        ax, found = axes_for(ax, 5.2, 4.8), self.reliability
        ink = foreground(ax)
        heights = found.counts / found.counts.sum()
        ax.vlines(found.confidence, 0, heights, color=ink, alpha=0.25, lw=9)
        ax.plot([0, 1], [0, 1], ":", color=ink, lw=1, label="as sure as right")
        reach = [
            np.maximum(found.right - found.low, 0),
            np.maximum(found.high - found.right, 0),
        ]
        style: dict[str, Any] = {
            "color": COLORS[0],
            "marker": "o",
            "label": "predictions",
        }
        style |= {"clip_on": False, **kwargs}  # a point at 1 is a whole one
        ax.errorbar(
            found.confidence, found.right, reach, fmt="none", ecolor=ink, alpha=0.6
        )
        (self.line_,) = ax.plot(found.confidence, found.right, **style)
        ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0), aspect="equal")
        title = f"calibration error {found.error:.3f}, {found.counts.sum():,} nodes"
        plain_frame(
            ax, "probability of the predicted class", "share that is right", title
        )
        ax.legend(loc="upper left", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
