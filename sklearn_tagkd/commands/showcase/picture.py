"""The comparison for people who would rather look than read."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.showcase.comparison import Comparison
from sklearn_tagkd.inspection.displays.flat import flatten
from sklearn_tagkd.utils.figures import new_figure, save_figure, spread_of_shares
from sklearn_tagkd.utils.plain_text import literal

__all__ = ["draw_comparison"]

_BAR, _STUDENT = "#9db4c8", "#d1495b"
_LONGEST = 40  # signs of a class in the legend


def draw_comparison(
    comparison: Comparison, target: NDArray[np.str_], title: str, path: Path
) -> Path:
    """Draw accuracy bars and a map of the student's embeddings.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    target : ndarray of str of shape (n_nodes,)
        True labels; they colour the map.
    title : str
        Name of the graph.
    path : Path
        PNG file to write.

    Returns
    -------
    Path
        The same path.
    """
    figure = new_figure(14, 6.2)
    bars, chart = figure.subplots(1, 2, width_ratios=[1, 1.9])
    _draw_bars(bars, comparison)
    _draw_map(chart, comparison, target)
    figure.suptitle(
        f"{literal(title)}: {comparison.n_answers} nodes explained by an LLM, "
        f"{len(comparison.test_rows)} labelled without it"
    )
    return save_figure(figure, path)


def _draw_bars(axes, comparison: Comparison) -> None:  # type: ignore[no-untyped-def]
    names = [method.name for method in comparison.methods]
    means = [float(np.mean(method.accuracy)) for method in comparison.methods]
    reach = spread_of_shares(
        means, [np.std(method.accuracy) for method in comparison.methods]
    )
    colors = [_STUDENT if name == "student" else _BAR for name in names]
    titles = [textwrap.fill(name, 12) for name in names]
    axes.bar(titles, means, yerr=reach, capsize=4, color=colors)
    for place, (mean, above) in enumerate(zip(means, reach[1], strict=True)):
        axes.text(place, mean + above + 0.003, f"{mean:.3f}", ha="center")
    lowest = min(means)
    room = max(0.02, 0.5 * (1 - lowest))
    axes.set_ylim(max(0.0, lowest - room), min(1.0, max(means) + 0.06))
    axes.set_ylabel("accuracy on unanswered nodes (axis cut)")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_map(  # type: ignore[no-untyped-def]
    axes, comparison: Comparison, target: NDArray[np.str_]
) -> None:
    from matplotlib import colormaps

    rows = comparison.test_rows
    if len(rows) > 3000:  # a map of more points is slow to make and hard to read
        rows = np.random.default_rng(0).choice(rows, 3000, replace=False)
    embedded = comparison.student.embed(comparison.annotated.parent[rows])
    flat = flatten(embedded)
    palette = colormaps["tab20"]
    for number, label in enumerate(sorted(set(target[rows].tolist()))):
        members = target[rows] == label
        color, shown = palette(number % 20), _shortened(literal(label))
        axes.scatter(*flat[members].T, s=9, color=color, label=shown, linewidths=0)
    axes.set_title("student embeddings, coloured by true class")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8, markerscale=2)


def _shortened(name: str) -> str:
    # A dollar sign is never parted from the backslash before it.
    return name if len(name) <= _LONGEST else name[:_LONGEST].rstrip("\\") + "..."
