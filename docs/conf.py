"""How Sphinx builds the documentation; `make docs` calls it."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

from rooms import draw_rooms

import sklearn_tagkd

project = "sklearn_tagkd"
author = "the authors of sklearn_tagkd"
release = version = sklearn_tagkd.__version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"  # light and dark, as the reader's system is
html_static_path = ["_static"]
html_css_files = ["dark.css", "narrow.css"]
html_title = f"sklearn_tagkd {release}"
exclude_patterns = ["_build", "gallery/**/*.ipynb", "gallery/**/*.py", "examples/**"]
templates_path = ["_templates"]
html_show_copyright = False

myst_heading_anchors = 3
# Pages that are read in the repository too have links that hold there.
ROOT_PAGES = {
    "index": "README.md",
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
    "security": "SECURITY.md",
}

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings have them
numpydoc_show_class_members = False  # the template lists them
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": str(HERE / "examples"),
    "gallery_dirs": "gallery",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "show_memory": False,
    "remove_config_comments": True,
    "download_all_examples": False,
    "write_computation_times": False,  # a page that loads scripts from elsewhere
    "plot_gallery": True,
}
suppress_warnings = ["config.cache"]  # the gallery's settings hold functions

# The index of the API, by task. A module stands for whatever its `__all__` has and no
# other entry names. Every name gets a page, and it is that to which
# `estimators/doc_links.py` links an estimator.
TASKS = {
    "A graph": ["sklearn_tagkd.TextGraph", "sklearn_tagkd.datasets"],
    "Graphs that memory does not hold": ["sklearn_tagkd.bulk"],
    "The pipeline": [
        "sklearn_tagkd.LLMRationaleTransformer",
        "sklearn_tagkd.InterpreterGNNClassifier",
        "sklearn_tagkd.DistilledStudentClassifier",
    ],
    "Who answers": [
        "sklearn_tagkd.llm.OpenAIClient",
        "sklearn_tagkd.llm.CallableClient",
        "sklearn_tagkd.llm.RecordedAnswers",
        "sklearn_tagkd.llm.RationaleClient",
        "sklearn_tagkd.llm.as_client",
        "sklearn_tagkd.llm.ask_once",
    ],
    "What asking costs, and what is kept": [
        "sklearn_tagkd.llm.Plan",
        "sklearn_tagkd.llm.Usage",
        "sklearn_tagkd.llm.Price",
        "sklearn_tagkd.llm.AnswerStore",
    ],
    "Questions and prompts": [
        "sklearn_tagkd.llm.Question",
        "sklearn_tagkd.llm.ClassQuestion",
        "sklearn_tagkd.llm.Answers",
        "sklearn_tagkd.llm.PromptTemplates",
    ],
    "What a model said": ["sklearn_tagkd.rationales"],
    "Which nodes to ask": ["sklearn_tagkd.selection"],
    "Texts to vectors": ["sklearn_tagkd.encoding"],
    "Splitting, scoring, steps before": [
        "sklearn_tagkd.model_selection",
        "sklearn_tagkd.preprocessing",
    ],
    "Models as files, and without torch": [
        "sklearn_tagkd.save",
        "sklearn_tagkd.load",
        "sklearn_tagkd.model_card",
        "sklearn_tagkd.export_onnx",
        "sklearn_tagkd.persistence",
        "sklearn_tagkd.serving",
    ],
    "Reports": ["sklearn_tagkd.GraphReport", "sklearn_tagkd.report"],
    "Pictures": [
        "sklearn_tagkd.inspection.AnswerCurveDisplay",
        "sklearn_tagkd.inspection.EgoNetworkDisplay",
        "sklearn_tagkd.inspection.EmbeddingMapDisplay",
        "sklearn_tagkd.inspection.ReliabilityDisplay",
        "sklearn_tagkd.inspection.SelectionDisplay",
        "sklearn_tagkd.inspection.TeacherStudentDisplay",
        "sklearn_tagkd.inspection.TrainingHistoryDisplay",
    ],
    "Why a label, how sure, what to review": ["sklearn_tagkd.inspection"],
    "What one would otherwise do": ["sklearn_tagkd.baselines"],
    "Errors and warnings": ["sklearn_tagkd.exceptions", "sklearn_tagkd.llm"],
    "Testing your own code": [
        "sklearn_tagkd.llm.testing",
        "sklearn_tagkd.utils.estimator_checks",
    ],
}


def names_by_task() -> dict[str, list[str]]:
    """Return what every task lists: dotted public names, each object once."""
    seen = {id(_find(name)) for names in TASKS.values() for name in names}
    listed: dict[str, list[str]] = {}
    for task, entries in TASKS.items():
        listed[task] = []
        for entry in entries:
            if not inspect.ismodule(_find(entry)):
                listed[task].append(entry)
                continue
            for name in _find(entry).__all__:
                member = _find(f"{entry}.{name}")
                if not inspect.ismodule(member) and id(member) not in seen:
                    seen.add(id(member))
                    listed[task].append(f"{entry}.{name}")
    return listed


def _find(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        home, _, member = name.rpartition(".")
        return getattr(importlib.import_module(home), member)


def write_api_index(app: Any, config: Any) -> None:
    """List everything public by task, for autosummary to make pages of."""
    lines = ["API, by task", "============", ""]
    for task, names in names_by_task().items():
        lines += [task, "-" * len(task), "", ".. autosummary::", "   :toctree: api", ""]
        lines += [f"   ~{name}" for name in names] + [""]
    page = HERE / "api.rst"
    text = "\n".join(lines)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def write_map(app: Any, config: Any) -> None:
    """Draw the rooms, for the page on the architecture."""
    (HERE / "_build").mkdir(exist_ok=True)
    (HERE / "_build" / "rooms.svg").write_text(draw_rooms(), encoding="utf-8")


def read_root_pages(app: Any, name: str, source: list[str]) -> None:
    """Put pages of the root in place of their stubs, and let links hold here."""
    if name in ROOT_PAGES:
        page = (ROOT / ROOT_PAGES[name]).read_text(encoding="utf-8")
        source[0] = f"{page}\n{source[0]}"
    for here, there in (
        ("](docs/", "]("),
        ("](CONTRIBUTING.md", "](contributing.md"),
        ("](CHANGELOG.md", "](changelog.md"),
        ("](SECURITY.md", "](security.md"),
        ("](../README.md", "](index.md"),
    ):
        source[0] = source[0].replace(here, there)


def setup(app: Any) -> None:
    """Connect those above."""
    app.connect("config-inited", write_api_index)
    app.connect("config-inited", write_map)
    app.connect("source-read", read_root_pages)
