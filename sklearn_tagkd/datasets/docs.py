"""The ``docs`` graph, built without a download from what is installed anyway."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sklearn_tagkd.graph import TextGraph

__all__ = ["docs_answers_path", "docs_profiles_path", "load_docs"]

_MODULES = {
    "scipy": [
        "stats",
        "signal",
        "optimize",
        "linalg",
        "sparse",
        "special",
        "ndimage",
        "interpolate",
        "fft",
        "integrate",
    ],
    "sklearn": [
        "cluster",
        "linear_model",
        "metrics",
        "preprocessing",
        "model_selection",
        "datasets",
    ],
}
# There only once another module was imported: the graph must not depend on that.
_EXPERIMENTAL = {"HalvingGridSearchCV", "HalvingRandomSearchCV"}
_MIN_CHARACTERS = 80
_MAX_WORDS = 200
_MIN_NAME = 2  # `f` and `t` are distributions of scipy.stats, but rarely meant
_LEFT_OUT = {"See Also", "References", "Examples"}
_SECTION = re.compile(r"^(\S[^\n]*)\n[-=]{3,}\s*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_BACKTICKS = re.compile(r"`+~?([A-Za-z_][\w.]*)`+")


def docs_answers_path() -> Path:
    """Return the file of recorded answers about the ``docs`` graph.

    Returns
    -------
    Path
        What a large language model said about 320 of its nodes.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> datasets.docs_answers_path().name
    'docs_answers.jsonl'
    """
    return Path(__file__).parent / "data" / "docs_answers.jsonl"


def docs_profiles_path() -> Path:
    """Return the file of class profiles of the ``docs`` graph.

    Returns
    -------
    Path
        What a large language model knew of its 16 classes before it saw a node.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> datasets.docs_profiles_path().name
    'docs_class_profiles.jsonl'
    """
    return Path(__file__).parent / "data" / "docs_class_profiles.jsonl"


def load_docs() -> Bunch:
    """Load the ``docs`` graph.

    A node is a function or class of SciPy or scikit-learn, its text the docstring
    without signature, see-also list, references and examples, its label the module
    it lives in. A link joins two nodes of which one mentions the other. With SciPy
    1.17.1 and scikit-learn 1.9.1 there are 1,494 nodes, 2,809 links and 16 classes;
    other versions give a slightly different graph.

    Returns
    -------
    Bunch
        ``graph`` (:class:`~sklearn_tagkd.TextGraph`), ``target`` (ndarray of str of
        shape (n_nodes,)), ``target_names`` (list of str), ``answers`` (Path of the
        recorded answers of a language model about 320 nodes), ``class_profiles`` (Path
        of what it knew of the classes), ``DESCR``.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> docs = datasets.load_docs()
    >>> len(docs.graph) == len(docs.target), len(docs.target_names)
    (True, 16)
    """
    texts, edges, node_ids, target = _build()
    return Bunch(
        graph=TextGraph(texts, edges, node_ids),
        target=np.array(target),
        target_names=sorted(set(target)),
        answers=docs_answers_path(),
        class_profiles=docs_profiles_path(),
        DESCR=inspect.cleandoc(load_docs.__doc__ or ""),
    )


@lru_cache(maxsize=1)
def _build() -> tuple[list[str], list[tuple[str, str]], list[str], list[str]]:
    docstrings: dict[str, str] = {}
    for package, modules in _MODULES.items():
        for name in modules:
            module = f"{package}.{name}"
            for member, docstring in _members(module):
                docstrings[f"{module}.{member}"] = docstring
    texts = [_text(docstring) for docstring in docstrings.values()]
    return texts, _edges(docstrings), list(docstrings), [_module(i) for i in docstrings]


def _members(module_name: str) -> list[tuple[str, str]]:
    module = importlib.import_module(module_name)
    members = []
    for name in sorted(module.__all__):
        if name in _EXPERIMENTAL:
            continue
        member: Any = getattr(module, name, None)
        is_exception = inspect.isclass(member) and issubclass(member, BaseException)
        if not callable(member) or is_exception:
            continue
        docstring = inspect.getdoc(member) or ""
        if len(docstring) >= _MIN_CHARACTERS:
            members.append((name, docstring))
    return members


def _module(node_id: str) -> str:
    return node_id.rpartition(".")[0]


def _sections(docstring: str) -> list[tuple[str, str]]:
    """Split a numpydoc docstring into (title, body); the first has no title."""
    marks = list(_SECTION.finditer(docstring))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(docstring)]
    titles = ["", *(mark.group(1).strip() for mark in marks)]
    bodies = [docstring[start:end] for start, end in zip(starts, ends, strict=True)]
    return list(zip(titles, bodies, strict=True))


def _text(docstring: str) -> str:
    lines = docstring.split("\n")
    if re.match(r"^[\w.]+\(.*\)", lines[0]):  # a signature, as compiled functions have
        docstring = "\n".join(lines[1:])
    kept = [
        f"{title}\n{body}"
        for title, body in _sections(docstring)
        if title not in _LEFT_OUT
    ]
    return " ".join(" ".join(kept).split()[:_MAX_WORDS])


def _edges(docstrings: dict[str, str]) -> list[tuple[str, str]]:
    """Link two nodes where one names the other in See Also or in backticks."""
    bearers: dict[str, list[str]] = {}
    for node in docstrings:
        bearers.setdefault(node.rpartition(".")[2], []).append(node)
    edges = set()
    for node, docstring in docstrings.items():
        for mention in _mentions(docstring):
            for other in _resolve(mention, node, docstrings, bearers):
                if other != node:
                    edges.add((min(node, other), max(node, other)))
    return sorted(edges)


def _mentions(docstring: str) -> set[str]:
    names = set(_BACKTICKS.findall(docstring))
    for title, body in _sections(docstring):
        if title == "See Also":
            names.update(_NAME.findall(body))
    return names


def _resolve(
    mention: str, node: str, docstrings: dict[str, str], bearers: dict[str, list[str]]
) -> list[str]:
    if "." in mention:  # numpy.mean is not ndimage.mean
        spelled_out = [mention, *(f"{package}.{mention}" for package in _MODULES)]
        return [name for name in spelled_out if name in docstrings]
    if len(mention) < _MIN_NAME:
        return []
    candidates = bearers.get(mention, [])
    if len(candidates) > 1:  # a name of several modules counts within the same one
        return [other for other in candidates if _module(other) == _module(node)]
    return candidates
