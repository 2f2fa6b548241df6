"""The examples of the documentation run; `make docs` runs the slow ones too.

The one that is a notebook is run by `test_notebook.py`.
"""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


# Of the first, the second and the last the guide runs what they have of their own.
@pytest.mark.parametrize(
    "name", ["plot_4_own_estimator", "plot_5_trust", "plot_6_pictures"]
)
def test_an_example_runs(name, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    found = runpy.run_path(str(EXAMPLES / f"{name}.py"))
    axes = found["figure"].axes
    assert axes
    assert all(one.has_data() for one in axes)
    matplotlib.pyplot.close("all")
