"""How Sphinx builds the documentation; `make docs` calls it."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

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
html_title = f"sklearn_tagkd {release}"
exclude_patterns = ["_build", "gallery/**/*.ipynb", "gallery/**/*.py", "examples/**"]
templates_path = ["_templates"]
html_show_copyright = False

myst_heading_anchors = 3
# Pages that are read in the repository too have links that hold there.
ROOT_PAGES = {"index": "README.md", "contributing": "CONTRIBUTING.md"}

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
    "plot_gallery": True,
}
suppress_warnings = ["config.cache"]  # the gallery's settings hold functions

# What users import from; everything in an `__all__` gets a page, and its name is what
# `estimators/doc_links.py` links an estimator to.
PUBLIC = {
    "sklearn_tagkd": "The pipeline",
    "sklearn_tagkd.persistence": "Saved models",
    "sklearn_tagkd.serving": "Without torch",
    "sklearn_tagkd.bulk": "Graphs that memory does not hold",
    "sklearn_tagkd.baselines": "What a user would otherwise do",
    "sklearn_tagkd.inspection": "Why a label, and how sure",
    "sklearn_tagkd.preprocessing": "Steps before an estimator",
    "sklearn_tagkd.model_selection": "Splitters and scorers",
    "sklearn_tagkd.datasets": "Graphs",
    "sklearn_tagkd.llm": "The language model",
    "sklearn_tagkd.llm.testing": "A local server for tests",
    "sklearn_tagkd.rationales": "Rationales",
    "sklearn_tagkd.selection": "Whom to ask",
    "sklearn_tagkd.encoding": "Texts to vectors",
    "sklearn_tagkd.exceptions": "Errors and warnings",
    "sklearn_tagkd.utils.estimator_checks": "Our contract, as checks",
}


def write_api_index(app: Any, config: Any) -> None:
    """List everything public by module, for autosummary to make pages of."""
    lines = ["API", "===", ""]
    for module, title in PUBLIC.items():
        home = importlib.import_module(module)
        members = [n for n in home.__all__ if not inspect.ismodule(getattr(home, n))]
        title = f"{title}: ``{module}``"
        lines += [title, "-" * len(title), "", f".. currentmodule:: {module}", ""]
        lines += [".. autosummary::", "   :toctree: api", ""]
        lines += [f"   {name}" for name in members] + [""]
    page = HERE / "api.rst"
    text = "\n".join(lines)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def read_root_pages(app: Any, name: str, source: list[str]) -> None:
    """Put pages of the root in place of their stubs, and let links hold here."""
    if name in ROOT_PAGES:
        page = (ROOT / ROOT_PAGES[name]).read_text(encoding="utf-8")
        source[0] = f"{page}\n{source[0]}"
    for here, there in (
        ("](docs/", "]("),
        ("](CONTRIBUTING.md", "](contributing.md"),
        ("](../README.md", "](index.md"),
    ):
        source[0] = source[0].replace(here, there)


def setup(app: Any) -> None:
    """Connect the two above."""
    app.connect("config-inited", write_api_index)
    app.connect("source-read", read_root_pages)
