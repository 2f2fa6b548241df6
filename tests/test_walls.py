"""Walls of the house: who may import what, and what importing costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_tagkd

ROOT = Path(sklearn_tagkd.__file__).parent
MODULES = {
    ".".join(
        ("sklearn_tagkd", *path.relative_to(ROOT).with_suffix("").parts)
    ).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
}


def imported(path, top_level_only=False):
    """Return the dotted names that a file imports: modules, and what is in them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def callees(name, top_level_only=False):
    """Return the modules of ours that a module imports, or imports names of."""
    found = set()
    for target in imported(MODULES[name], top_level_only):
        while target not in MODULES and "." in target:
            target = target.rpartition(".")[0]
        found |= {target} & MODULES.keys()
    return found - {name}


# Which rooms a room may call, beside itself and what everyone may. A new arrow is a
# decision: write it here, and into the room's own __init__.
EVERYONE = {"utils", "exceptions"}
MAY_CALL = {
    "exceptions": set(),
    "utils": set(),
    "nn": set(),
    "graph": {"nn"},
    "rationales": {"graph"},
    "datasets": {"graph"},
    "llm": {"rationales"},
    "llm.testing": {"rationales", "graph"},
    "features": {"rationales", "graph", "nn"},
    "estimators": {"graph", "nn"},
    "learning": {"estimators", "features", "rationales", "graph", "nn"},
}
MAY_CALL["saving"] = {"learning", "features", "estimators", "graph", "nn"}
MAY_CALL["serving"] = {"saving", "features", "nn"}
MAY_CALL["bulk"] = {
    *("serving", "saving", "datasets", "features", "rationales", "graph", "nn")
}
# Whom to ask may hang on texts that are embedded in a folder.
MAY_CALL["asking"] = {"bulk", "learning", "llm", *MAY_CALL["learning"]}
MAY_CALL["inspection"] = MAY_CALL["asking"] | {"asking"}
MAY_CALL["reporting"] = MAY_CALL["inspection"] | {"inspection"}
STEPS = {
    "rationale_transformer": {"asking", "estimators", "llm", "rationales", "graph"},
    "interpreter": {"bulk", "learning", *MAY_CALL["learning"]},
    "student": {"bulk", "learning", *MAY_CALL["learning"]},
    "baselines": {"bulk", "learning", "features", "estimators"},
    "preprocessing": {"estimators", "graph"},
    "model_selection": {"estimators", "graph"},
    "selection": {"asking"},
    "encoding": {"features"},
    "persistence": {"saving", "serving"},
}
ROOMS = MAY_CALL.keys() | {"commands", "utils.estimator_checks"}
HEAVY = {"torch", "torch_geometric", "sentence_transformers", "transformers"}


def room_of(module):
    """Return the room or the file at the root that a dotted name lies in."""
    inner = module.split(".")[1:]
    for depth in (2, 1):
        if ".".join(inner[:depth]) in ROOMS:
            return ".".join(inner[:depth])
    return inner[0] if inner else ""


@pytest.mark.parametrize("name", sorted(MODULES))
def test_who_may_call_whom(name):
    room = room_of(name)
    called = {room_of(target) for target in callees(name)} - {room, ""}
    if room in ("", "__main__"):
        return  # the root names what users import, and loads it when it is wanted
    if room in ("commands", "utils.estimator_checks"):
        assert "commands" not in called, "the shell comes last"
        return
    house = {room.split(".")[0]}
    assert called - {**MAY_CALL, **STEPS}[room] - house - EVERYONE == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_heavy_libraries_stay_in_their_rooms(name):
    tops = {target.split(".")[0] for target in imported(MODULES[name])}
    room = room_of(name).split(".")[0]
    if room != "nn":
        assert not tops & HEAVY, "torch is imported in nn/ only"
    if room != "llm":
        assert "openai" not in tops, "a language model is reached from llm/ only"
    if room in ("nn", "graph"):
        assert "sklearn" not in tops


def test_what_is_measured_does_not_depend_on_how_it_is_shown():
    benchmark = "sklearn_tagkd.commands.benchmark."
    for name in MODULES:
        inner = name.removeprefix(benchmark)
        if inner != name and not inner.startswith(("reporting", "command")):
            assert not any("reporting" in target for target in callees(name))


def test_every_room_says_what_it_takes_what_it_gives_and_whom_it_may_call():
    for room in sorted(
        MAY_CALL.keys() - {"exceptions", "utils", "llm.testing"} | {"commands"}
    ):
        text = ast.get_docstring(
            ast.parse(MODULES[f"sklearn_tagkd.{room}"].read_text())
        )
        for phrase in ("Takes", "gives", "call"):
            assert phrase in text, (room, phrase)


def test_no_file_outgrows_one_sitting():
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in MODULES.items()
    }
    assert {name: n for name, n in lengths.items() if n > 350} == {}


def test_no_cycles():
    graph = {name: callees(name, top_level_only=True) for name in MODULES}
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
        "from sklearn_tagkd.inspection import *",
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
