"""The display of what answers bring, against their number and against dollars."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.inspection.displays.style import COLORS, axes_for, plain_frame
from sklearn_tagkd.utils.figures import spread_of_shares

__all__ = ["AnswerCurveDisplay"]

_OUTLOOK = 50  # answers that the cost of an outlook is about


class AnswerCurveDisplay:
    """How good a model is, against the answers that it took, or their price.

    Parameters
    ----------
    n_answers : array-like of shape (n_points,)
        Answers, ascending.
    scores : array-like of shape (n_points,)
        Shares from 0 to 1: accuracy, or agreement.
    dollars : array-like of shape (n_points,), default=None
        What they cost together; None where nobody knows.
    deviations : array-like of shape (n_points,), default=None
        Standard deviations, drawn as a band.
    score_name : str, default='accuracy'
        What ``scores`` are.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on.
    figure_ : matplotlib.figure.Figure
        Of ``ax_``.
    line_ : matplotlib.lines.Line2D
        The curve.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import AnswerCurveDisplay
    >>> shown = AnswerCurveDisplay.from_predictions(
    ...     [20, 80, 320], [0.7, 0.85, 0.9], dollars=[0.01, 0.04, 0.16],
    ...     against="dollars")
    >>> shown.ax_.get_xlabel()
    'US dollars'
    """

    def __init__(
        self,
        n_answers: Any,
        scores: Any,
        *,
        dollars: Any = None,
        deviations: Any = None,
        score_name: str = "accuracy",
    ) -> None:
        self.n_answers = np.asarray(n_answers, dtype=np.float64)
        self.scores = np.asarray(scores, dtype=np.float64)
        self.dollars = None if dollars is None else np.asarray(dollars, np.float64)
        self.deviations = (
            None if deviations is None else np.asarray(deviations, np.float64)
        )
        self.score_name = score_name
        parts = (self.scores, self.dollars, self.deviations)
        if self.n_answers.ndim != 1 or not len(self.n_answers):
            raise ValueError("n_answers has to be a list of one number or more.")
        if any(p is not None and p.shape != self.n_answers.shape for p in parts):
            raise ValueError(
                f"scores, dollars and deviations need {len(self.n_answers)} numbers "
                "each, as n_answers has."
            )

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, against: str = "answers", ax: Any = None, **kwargs: Any
    ) -> AnswerCurveDisplay:
        """Show what rounds of asking brought: agreement with the teacher.

        Parameters
        ----------
        estimator : Pipeline or LLMRationaleTransformer
            Fitted with ``stop=``, which looks ahead after each round.
        against : {'answers', 'dollars'}, default='answers'
            What lies across.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the curve, as ``Axes.plot`` takes them.

        Returns
        -------
        AnswerCurveDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there was no round that tells.
        """
        model = getattr(estimator, "best_estimator_", estimator)
        steps = [step for _, step in getattr(model, "steps", [("", model)])]
        looks = [
            look
            for step in steps
            for look in getattr(step, "outlook_", [])
            if np.isfinite(look["agreement"])
        ]
        if not looks:
            raise ValueError(
                "No step has an outlook_ that tells: fit LLMRationaleTransformer(stop="
                "'auto') with enough answers, or give scores: from_predictions."
            )
        n_answers = [look["n_answered"] for look in looks]
        prices = [look["cost"] for look in looks]
        dollars = (
            None
            if None in prices
            else np.array(prices, np.float64) / _OUTLOOK * np.array(n_answers)
        )
        shown = cls(
            n_answers,
            [look["agreement"] for look in looks],
            dollars=dollars,
            score_name="expected agreement with the teacher",
        )
        return shown.plot(ax, against=against, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        n_answers: Any,
        scores: Any,
        *,
        dollars: Any = None,
        deviations: Any = None,
        score_name: str = "accuracy",
        against: str = "answers",
        ax: Any = None,
        **kwargs: Any,
    ) -> AnswerCurveDisplay:
        """Show scores that were measured.

        Parameters
        ----------
        n_answers, scores, dollars, deviations, score_name : object
            As above.
        against : {'answers', 'dollars'}, default='answers'
            What lies across.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : object
            For the curve, as ``Axes.plot`` takes them.

        Returns
        -------
        AnswerCurveDisplay
            Drawn.
        """
        shown = cls(
            n_answers,
            scores,
            dollars=dollars,
            deviations=deviations,
            score_name=score_name,
        )
        return shown.plot(ax, against=against, **kwargs)

    def plot(
        self, ax: Any = None, *, against: str = "answers", **kwargs: Any
    ) -> AnswerCurveDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        against : {'answers', 'dollars'}, default='answers'
            What lies across.
        **kwargs : object
            For the curve, as ``Axes.plot`` takes them.

        Returns
        -------
        AnswerCurveDisplay
            Itself.
        """
        if against not in ("answers", "dollars"):
            raise ValueError(f"against={against!r} is to be 'answers' or 'dollars'.")
        across = self.n_answers if against == "answers" else self.dollars
        if across is None:
            raise ValueError("What the answers cost is not known: give dollars=.")
        ax = axes_for(ax)
        style = {"color": COLORS[0], "marker": "o", **kwargs}
        (self.line_,) = ax.plot(across, self.scores, **style)
        if self.deviations is not None:
            below, above = spread_of_shares(self.scores, self.deviations)
            color = self.line_.get_color()
            ends = self.scores - below, self.scores + above
            ax.fill_between(across, *ends, color=color, alpha=0.2, lw=0)
        low, high = ax.get_ylim()
        ax.set_ylim(max(0.0, low), min(1.0, high))  # a margin is no share
        ax.set_xlim(left=0)
        is_cut = " (axis cut)" if ax.get_ylim()[0] > 0 else ""
        name = "answers learnt from" if against == "answers" else "US dollars"
        plain_frame(ax, name, f"{self.score_name}{is_cut}", None)
        ax.grid(alpha=0.25)
        self.ax_, self.figure_ = ax, ax.figure
        return self
