"""Accuracy over what was asked and what it would cost, for people who look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.utils.figures import new_figure, save_figure
from sklearn_tagkd.utils.plain_text import literal

__all__ = ["draw_costs"]

_AXES = {"requests": "requests", "dollars": "US dollars, about"}


def draw_costs(results: Results, sources: Sequence[str], path: Path) -> Path:
    """Draw accuracy over requests and over dollars, a line per source.

    Parameters
    ----------
    results : Results
        Finished cells; the last row of the last source is drawn.
    sources : sequence of str
        Whose answers.
    path : Path
        PNG file to write.

    Returns
    -------
    Path
        The same path.
    """
    row = results.rows(sources[-1])[-1]
    figure = new_figure(5.6 * len(_AXES), 5.6)
    plots = figure.subplots(1, len(_AXES), sharey=True)
    for axes, (cost, title) in zip(plots, _AXES.items(), strict=True):
        for name in sources:
            points = []
            for n in results.budgets(name):
                spent = results.summary(name, row, n, cost)
                accuracy = results.summary(name, row, n, "accuracy")
                if spent is not None and accuracy is not None:
                    points.append((spent.mean, accuracy.mean))
            if points:
                axes.plot(*zip(*points, strict=True), "o-", ms=4, label=literal(name))
        # Labels alone cost nothing, and have their place on the axis.
        axes.set_xscale("symlog", linthresh=1 if cost == "requests" else 0.01)
        axes.set_xlabel(title)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    plots[0].set_ylabel("accuracy (axis cut)")
    handles, labels = plots[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    return save_figure(figure, path)
