"""No axis and no bar of a picture goes beyond what can be."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_tagkd.commands.benchmark.cells import Cell, Result
from sklearn_tagkd.commands.benchmark.methods.rows import choose_rows
from sklearn_tagkd.commands.benchmark.reporting import picture as curves
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.showcase.picture import _draw_bars
from sklearn_tagkd.utils.figures import new_figure, spread_of_shares


def reach(axes):
    """Return the lowest and the highest point that is drawn as data."""
    ends = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) > 1]
    for drawn in axes.collections:
        ends += [path.vertices[:, 1] for path in drawn.get_paths()]
    flat = np.concatenate([np.ravel(end) for end in ends])
    return float(flat.min()), float(flat.max())


@pytest.mark.parametrize(
    "accuracy", [[[1.0, 1.0], [0.98, 1.0]], [[0.0, 0.01], [0.02, 0.0]], [[0.5], [0.97]]]
)
def test_bars_end_where_shares_do(accuracy):
    methods = [
        SimpleNamespace(name=f"method {number}", accuracy=scores)
        for number, scores in enumerate(accuracy)
    ]
    axes = new_figure(4, 3).subplots()
    _draw_bars(axes, SimpleNamespace(methods=methods))
    low, high = axes.get_ylim()
    assert 0 <= low < high <= 1
    assert all(0 <= end <= 1 for end in reach(axes))
    assert len(axes.texts) == 2


@pytest.mark.parametrize("scores", [(1.0, 0.9), (0.0, 0.1)])
def test_curves_end_where_shares_do(scores, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        curves, "save_figure", lambda figure, path: drawn.append(figure)
    )
    rows = [row.name for row in choose_rows()][:2]
    found = {
        (cell := Cell("recorded", row, n, subset)): Result(
            cell, {"accuracy": scores[subset]}, 1.0, 1
        )
        for row in rows
        for n in (10, 30)
        for subset in (0, 1)
    }
    results = Results(found, {"recorded": 30})
    curves.draw_curves(results, {"all": ("recorded", rows)}, tmp_path / "none.png")
    (axes,) = drawn[0].axes
    low, high = axes.get_ylim()
    assert 0 <= low < high <= 1
    assert all(0 <= end <= 1 for end in reach(axes))


def test_a_deviation_that_nobody_knows_is_no_bar():
    assert spread_of_shares([0.5, 1.0], [np.nan, 0.2]).tolist() == [[0, 0.2], [0, 0]]
