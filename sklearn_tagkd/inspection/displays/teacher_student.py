"""The display of where a student says something else than its teacher."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.displays.style import COLORS, axes_for, foreground, short
from sklearn_tagkd.inspection.taught import taught_nodes

__all__ = ["TeacherStudentDisplay"]

_MOST_NUMBERED = 24  # classes, from which on cells hold no numbers


class TeacherStudentDisplay:
    """How often a student names each class, by what its teacher named.

    Rows are the teacher's classes, columns the student's. A fuller cell is a greater
    share of the row; numbers are nodes.

    Parameters
    ----------
    counts : ndarray of int64 of shape (n_classes, n_classes)
        Nodes.
    classes : array-like of shape (n_classes,)
        Labels of rows and columns.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.
    image_ : matplotlib.image.AxesImage
        The cells.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import TeacherStudentDisplay
    >>> shown = TeacherStudentDisplay.from_predictions(["a", "a", "b"], ["a", "b", "b"])
    >>> shown.counts.tolist()
    [[1, 1], [0, 1]]
    """

    def __init__(self, counts: Any, classes: Any) -> None:
        self.counts, self.classes = np.asarray(counts), np.asarray(classes)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: TextGraph, *, ax: Any = None, **kwargs: Any
    ) -> TeacherStudentDisplay:
        """Show a fitted model beside the answers that taught it.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted.
        X : TextGraph
            Nodes; those with an answer count. Answers are on the graph, or of the
            pipeline where it was fitted on this graph.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.imshow`` takes them.

        Returns
        -------
        TeacherStudentDisplay
            Drawn.

        Raises
        ------
        ValueError
            If no answer is at hand.
        """
        taught = taught_nodes(estimator, X)
        if taught is None:
            raise ValueError(
                "No answer about these nodes is at hand. Give the graph with them: "
                "graph.annotated(rationales=table), or the pipeline that asked."
            )
        return cls.from_predictions(taught.said, taught.predicted, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, y_teacher: Any, y_student: Any, *, ax: Any = None, **kwargs: Any
    ) -> TeacherStudentDisplay:
        """Show labels of both.

        Parameters
        ----------
        y_teacher, y_student : array-like of shape (n_nodes,)
            What each says of the same nodes.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.imshow`` takes them.

        Returns
        -------
        TeacherStudentDisplay
            Drawn.
        """
        said, heard = np.asarray(y_teacher), np.asarray(y_student)
        if said.ndim != 1 or said.shape != heard.shape or not len(said):
            raise ValueError(
                f"y_teacher and y_student need one label per node; got the shapes "
                f"{said.shape} and {heard.shape}."
            )
        classes = np.unique(np.concatenate([said, heard]))
        counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
        cells = np.searchsorted(classes, said), np.searchsorted(classes, heard)
        np.add.at(counts, cells, 1)
        return cls(counts, classes).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> TeacherStudentDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            As ``Axes.imshow`` takes them.

        Returns
        -------
        TeacherStudentDisplay
            Itself.
        """
        size = min(12.0, 3.4 + 0.36 * len(self.classes))
        ax = axes_for(ax, size, size - 0.4)
        totals = np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        shares = self.counts / totals
        ink = foreground(ax)
        style = {"cmap": _from_paper(COLORS[0]), "vmin": 0.0, "vmax": 1.0, **kwargs}
        self.image_ = ax.imshow(shares, **style)
        if len(self.classes) <= _MOST_NUMBERED:
            for row, column in np.argwhere(self.counts > 0):
                ax.text(
                    column,
                    row,
                    f"{self.counts[row, column]}",
                    ha="center",
                    va="center",
                    color="white" if shares[row, column] > 0.5 else ink,
                    fontsize=8,
                )
        names = [short(name) for name in self.classes.tolist()]
        ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
        ax.set_yticks(range(len(names)), names, fontsize=8)
        ax.set(xlabel="the student says", ylabel="the teacher said")
        alike = np.trace(self.counts) / max(1, self.counts.sum())
        ax.set_title(f"they agree on {alike:.0%} of {self.counts.sum():,} nodes")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _from_paper(color: str) -> Any:
    """Return shades of one colour that begin with what is behind, light or dark."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    ends = [to_rgba(color, 0.0), to_rgba(color, 1.0)]
    return LinearSegmentedColormap.from_list("from paper", ends)
