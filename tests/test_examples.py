"""The examples of the documentation run; `make docs` runs all of them.

The one that is a notebook, too, is run by `test_notebook.py`.
"""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


# The search takes long, and the reports' code stands in the guide, which is run.
RUN = ["plot_1_main_job", "plot_4_own_estimator", "plot_5_trust", "plot_6_pictures"]


@pytest.mark.parametrize("name", RUN)
def test_an_example_runs(name, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    found = runpy.run_path(str(EXAMPLES / f"{name}.py"))
    axes = found["figure"].axes
    assert axes
    assert all(one.has_data() for one in axes)
    matplotlib.pyplot.close("all")
