"""The display of how a network was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.inspection.displays.style import axes_for, mark_of, plain_frame

__all__ = ["TrainingHistoryDisplay"]

_LINES = ("-", "--", "-.", ":")


class TrainingHistoryDisplay:
    """What a network had to match, and how well it did, step by step.

    Parameters
    ----------
    history : sequence of mapping of str to float
        ``history_`` of a fitted step: ``'step'``, and loss by name.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.
    lines_ : dict of str to matplotlib.lines.Line2D
        One per loss.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import TrainingHistoryDisplay
    >>> history = [{"step": 10, "labels": 0.9}, {"step": 20, "labels": 0.4}]
    >>> shown = TrainingHistoryDisplay.from_predictions(history)
    >>> list(shown.lines_), float(shown.ax_.get_ylim()[0])
    (['labels'], 0.0)
    """

    def __init__(self, history: Sequence[Mapping[str, float]]) -> None:
        if not len(history) or any("step" not in look for look in history):
            raise ValueError(
                "history is to be what a fitted step has as history_: a list of "
                "{'step': ..., name: loss}, with one entry or more."
            )
        self.history = list(history)

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, **kwargs: Any
    ) -> TrainingHistoryDisplay:
        """Show how the last step of a model was trained.

        Parameters
        ----------
        estimator : Pipeline or estimator
            Fitted: an interpreter, a student, a baseline, or a pipeline or search that
            ends with one.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the lines, as ``Axes.plot`` takes them.

        Returns
        -------
        TrainingHistoryDisplay
            Drawn.
        """
        model = getattr(estimator, "best_estimator_", estimator)
        step = model[-1] if hasattr(model, "steps") else model
        check_is_fitted(step)
        if not hasattr(step, "history_"):
            raise TypeError(
                f"{type(step).__name__} has no history_: give a fitted interpreter, "
                "student or baseline, or a pipeline that ends with one."
            )
        return cls(step.history_).plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, history: Sequence[Mapping[str, float]], *, ax: Any = None, **kwargs: Any
    ) -> TrainingHistoryDisplay:
        """Show a history.

        Parameters
        ----------
        history : sequence of mapping of str to float
            As above.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the lines, as ``Axes.plot`` takes them.

        Returns
        -------
        TrainingHistoryDisplay
            Drawn.
        """
        return cls(history).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> TrainingHistoryDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the lines, as ``Axes.plot`` takes them.

        Returns
        -------
        TrainingHistoryDisplay
            Itself.
        """
        ax = axes_for(ax)
        names = dict.fromkeys(name for look in self.history for name in look)
        self.lines_ = {}
        for number, name in enumerate(name for name in names if name != "step"):
            looks = [look for look in self.history if name in look]
            color, marker = mark_of(number)
            style = {
                "color": color,
                "marker": marker,
                "markersize": 4,
                "linestyle": _LINES[number % len(_LINES)],
                "label": name.replace("_", " "),
                **kwargs,
            }
            (self.lines_[name],) = ax.plot(
                [look["step"] for look in looks],
                [look[name] for look in looks],
                **style,
            )
        ax.set_xlim(left=0)
        ax.set_ylim(bottom=0.0)
        plain_frame(ax, "step", "loss", None)
        if self.lines_:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
