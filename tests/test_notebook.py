"""The notebook in the repository is the example, run: same cells, same words below."""

import json
import re
import runpy
import signal
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "docs" / "notebook.py"
SCRIPT = '''"""
A title
=======

Some ``words``.
"""

import math

# %%
# Part
# ----
# A word.

print(1)
# a remark

# %%
# The end.
'''


@pytest.fixture(scope="module")
def tool():
    pytest.importorskip("matplotlib").use("agg")
    return runpy.run_path(str(TOOL))


def printed(cell):
    """Return what a cell printed, numbers aside: they depend on who comes first."""
    texts = ["".join(output.get("text", "")) for output in cell.get("outputs", [])]
    return re.sub(r"\d[\d.,]*", "0", "".join(texts))


@pytest.fixture
def interruptible():
    """Let Ctrl-C be heard: a shell's background jobs are told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_notebook_is_the_example_and_runs(tool, monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")  # of other tests, which would be drawn too
    kept = json.loads(tool["NOTEBOOK"].read_text(encoding="utf-8"))
    made = tool["notebook_of"](tool["EXAMPLE"].read_text(encoding="utf-8"))
    told = "python docs/notebook.py writes it anew"
    assert [cell["source"] for cell in kept["cells"]] == [
        cell["source"] for cell in made["cells"]
    ], told
    for one, other in zip(kept["cells"], made["cells"], strict=True):
        assert printed(one) == printed(other), told
    drawn = [output for cell in made["cells"] for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in drawn) == 1


def test_cells_of_an_example(tool):
    assert list(tool["cells_of"](SCRIPT)) == [
        ("markdown", "# A title\n\nSome `words`."),
        ("code", "import math"),
        ("markdown", "## Part\n\nA word."),
        ("code", "print(1)\n# a remark"),
        ("markdown", "The end."),
    ]
