"""The report for people who would rather look: learning curves and ablations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.commands.benchmark.methods.ablations import PARTS, Ablation
from sklearn_tagkd.commands.benchmark.methods.rows import METHODS
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.utils.figures import new_figure, save_figure, spread_of_shares

__all__ = ["draw_ablations", "draw_curves"]

# One hue per family: ours stand out, and a text-only one is dotted.
_STYLES: dict[str, tuple[str, str]] = {
    "mlp": ("#7f7f7f", ":"),
    "gcn": ("#1f77b4", "-"),
    "sage": ("#1f77b4", "--"),
    "gat": ("#1f77b4", "-."),
    "tfidf": ("#bdbdbd", ":"),
    "softmax": ("#2ca02c", "-"),
    "softmax-words": ("#2ca02c", "--"),
    "self-training": ("#9467bd", ":"),
    "label-spreading": ("#9467bd", "--"),
    "label-propagation": ("#8c564b", "-"),
    "correct-and-smooth": ("#8c564b", "--"),
    "interpreter": ("#ff7f0e", "-"),
    "student": ("#d62728", "-"),
    "student-mlp": ("#d62728", ":"),
    "student-gcn": ("#d62728", "--"),
    "student-sage": ("#d62728", "-."),
}
_VERDICT_COLORS = {
    "better": "#2ca02c",
    "worse": "#d62728",
    "no difference shown": "#7f7f7f",
}


def draw_curves(
    results: Results, panels: Mapping[str, tuple[str, Sequence[str]]], path: Path
) -> Path:
    """Draw accuracy over the number of answers, a panel per kind of answers.

    Parameters
    ----------
    results : Results
        Finished cells.
    panels : mapping of str to (str, sequence of str)
        Title to source and names of rows.
    path : Path
        PNG file to write.

    Returns
    -------
    Path
        The same path.
    """
    figure = new_figure(5.2 * len(panels), 6.4)
    plots = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    shown: dict[str, Any] = {}
    for axes, (title, (source, rows)) in zip(plots, panels.items(), strict=True):
        for row in rows:
            method = row.partition(":")[0]
            if (line := _draw_curve(axes, results, source, row, method)) is not None:
                shown[METHODS[method]] = line
        budgets = results.budgets(source)
        axes.set_xscale("log")
        axes.set_xticks(budgets, [str(n) for n in budgets])
        axes.minorticks_off()
        axes.set_title(title)
        axes.set_xlabel("answers learnt from")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    low, high = plots[0].get_ylim()
    plots[0].set_ylim(max(0.0, low), min(1.0, high))  # a margin is no accuracy
    plots[0].set_ylabel("accuracy on unanswered nodes (axis cut)")
    figure.legend(
        shown.values(),
        shown.keys(),
        loc="outside lower center",
        ncols=2 * len(panels),
        fontsize=9,
    )
    figure.suptitle("mean over random subsets; band: ± one standard deviation")
    return save_figure(figure, path)


def _draw_curve(axes: Any, results: Results, source: str, row: str, method: str) -> Any:
    found = {
        n: summary
        for n in results.budgets(source)
        if (summary := results.summary(source, row, n, "accuracy")) is not None
    }
    if not found:
        return None
    means = np.array([summary.mean for summary in found.values()])
    below, above = spread_of_shares(
        means, [summary.deviation for summary in found.values()]
    )
    color, style = _STYLES[method]
    (line,) = axes.plot(list(found), means, style, color=color, marker="o", ms=3)
    if len(found) == 1:  # a point has no band
        axes.errorbar(
            list(found), means, [below, above], color=color, capsize=3, alpha=0.5
        )
    axes.fill_between(
        list(found), means - below, means + above, color=color, alpha=0.08, lw=0
    )
    return line


def draw_ablations(results: Results, ablations: Sequence[Ablation], path: Path) -> Path:
    """Draw what each part adds, with intervals.

    Parameters
    ----------
    results : Results
        Finished cells.
    ablations : sequence of Ablation
        What to show; a panel per kind and number of answers.
    path : Path
        PNG file to write.

    Returns
    -------
    Path
        The same path.
    """
    budgets = [
        n
        for n in results.budgets("recorded")
        if results.values("recorded", ablations[0].without_it.name, n, "accuracy")
    ]
    kinds = list(dict.fromkeys(one.kind for one in ablations))
    figure = new_figure(6.5 * len(budgets), 4.6 * len(kinds))
    plots = figure.subplots(len(kinds), len(budgets), squeeze=False, sharex=True)
    for kind, line in zip(kinds, plots, strict=True):
        of_kind = [one for one in ablations if one.kind == kind]
        for answers, axes in zip(budgets, line, strict=True):
            _draw_forest(axes, results, of_kind, answers)
            axes.set_title(f"{kind}, {answers} answers")
    figure.supxlabel(
        "accuracy with the part minus without it, points; 95% interval, paired"
    )
    return save_figure(figure, path)


def _draw_forest(
    axes: Any, results: Results, ablations: Sequence[Ablation], answers: int
) -> None:
    names = []
    for place, one in enumerate(ablations):
        names.append(f"{PARTS[one.part].partition(' (')[0]} ({one.method})")
        found = results.difference(
            "recorded", one.with_it.name, one.without_it.name, answers
        )
        if found is not None:
            reach = 100 * np.nan_to_num(found.high - found.mean)
            axes.errorbar(
                100 * found.mean,
                place,
                xerr=reach,
                fmt="o",
                capsize=3,
                color=_VERDICT_COLORS[found.verdict],
            )
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
