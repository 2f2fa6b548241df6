"""Walls of the house: who may import what, and what importing costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_tagkd

ROOT = Path(sklearn_tagkd.__file__).parent
MODULES = {
    ".".join(("sklearn_tagkd", *path.relative_to(ROOT).with_suffix("").parts)): path
    for path in ROOT.rglob("*.py")
}


def imports(path, top_level_only=False):
    """Return the dotted names that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(node.module)
    return found


def lies_in(name, *folders):
    return any(name == f"sklearn_tagkd.{f}" or f".{f}." in f"{name}." for f in folders)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_walls(name):
    tops = {imported.split(".")[0] for imported in imports(MODULES[name])}
    ours = {i for i in imports(MODULES[name]) if i.startswith("sklearn_tagkd")}
    if not lies_in(name, "nn"):
        heavy = {"torch", "torch_geometric", "sentence_transformers", "transformers"}
        assert not tops & heavy, "torch is imported in nn/ only"
    else:
        inner = ("sklearn_tagkd.nn", "sklearn_tagkd.exceptions", "sklearn_tagkd.utils")
        assert all(imported.startswith(inner) for imported in ours), (
            "nn/ knows neither TextGraph nor estimators"
        )
        assert "sklearn" not in tops
    if not lies_in(name, "llm"):
        assert "openai" not in tops, "a language model is reached from llm/ only"
    steps = {
        "interpreter",
        "student",
        "baselines",
        "rationale_transformer",
        "preprocessing",
    }
    if name.split(".")[1:2] and name.split(".")[1] in steps:
        others = {f"sklearn_tagkd.{step}" for step in steps} - {name}
        assert not ours & others, "estimators meet only in an annotated TextGraph"
    if not lies_in(name, "benchmark", "showcase", "cli", "__main__"):
        shows = ("sklearn_tagkd.benchmark", "sklearn_tagkd.showcase")
        assert not any(i.startswith(shows) for i in ours), "commands come last"
    if lies_in(name, "benchmark"):
        assert not any("reporting" in i for i in ours) or lies_in(
            name, "reporting", "command"
        ), "what is measured does not depend on how it is shown"
    if lies_in(name, "graph"):
        allowed = (
            "sklearn_tagkd.graph",
            "sklearn_tagkd.exceptions",
            "sklearn_tagkd.nn",
        )
        assert all(imported.startswith(allowed) for imported in ours)
        assert "sklearn" not in tops


def test_no_file_outgrows_one_sitting():
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in MODULES.items()
    }
    assert {name: n for name, n in lengths.items() if n > 350} == {}


def test_no_cycles():
    def targets(name):
        found = imports(MODULES[name], top_level_only=True)
        return {m for m in found if m in MODULES and m != name}

    graph = {name: targets(name) for name in MODULES}
    state = {}

    def visit(name, trail):
        if state.get(name) == "done":
            return
        assert state.get(name) != "open", f"a cycle: {[*trail, name]}"
        state[name] = "open"
        for target in graph[name]:
            visit(target, [*trail, name])
        state[name] = "done"

    for name in graph:
        visit(name, [])


@pytest.mark.parametrize(
    "statement",
    [
        "import sklearn_tagkd",
        "from sklearn_tagkd import TextGraph, LLMRationaleTransformer, datasets",
        "from sklearn_tagkd import InterpreterGNNClassifier",
        "from sklearn_tagkd import DistilledStudentClassifier",
        "from sklearn_tagkd.llm import RecordedAnswers",
        "from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier",
        "from sklearn_tagkd import model_selection, preprocessing",
        "from sklearn_tagkd.utils import estimator_checks",
    ],
)
def test_importing_does_not_load_torch(statement):
    heavy = "{'torch', 'torch_geometric', 'openai', 'matplotlib'}"
    code = f"import sys; {statement}; print({heavy} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_the_public_names_are_there():
    assert set(sklearn_tagkd.__all__) <= set(dir(sklearn_tagkd))
    for name in sklearn_tagkd.__all__:
        assert getattr(sklearn_tagkd, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sklearn_tagkd.nothing
