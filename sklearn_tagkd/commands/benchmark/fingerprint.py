"""What decides a result: code, versions, graph, answers, encoder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sklearn_tagkd
from sklearn_tagkd.commands.benchmark.problem import Problem
from sklearn_tagkd.commands.benchmark.sources import RecordedSource

__all__ = ["describe_setup", "digest_setup"]

_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "torch-geometric",
    "sentence-transformers",
)
# What shows results or asks models: it decides none.
_NO_CONSEQUENCE = {
    *("llm", "jobs", "reporting", "showcase", "utils"),
    *("cli.py", "command.py", "options.py", "outcome.py", "terminal.py"),
}


def describe_setup(problem: Problem, encoder: str) -> dict[str, Any]:
    """Return what a reader needs to get the same figures.

    Parameters
    ----------
    problem : Problem
        What is measured on.
    encoder : str
        What embeds texts.

    Returns
    -------
    dict of str to object
        Plain values; nothing of the machine but its Python.
    """
    recorded = problem.sources["recorded"]
    assert isinstance(recorded, RecordedSource)
    is_known = problem.true[recorded.table.positions] >= 0
    top = recorded.table.probabilities.argmax(axis=1)
    is_right = top == problem.true[recorded.table.positions]
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {
        "graph": problem.name,
        "nodes": len(problem.graph),
        "links": int(problem.graph.adjacency.nnz) // (1 + (not problem.graph.directed)),
        "classes": len(problem.classes),
        "answers": len(recorded.table),
        "answers_right": float(is_right[is_known].mean()),
        "test_nodes": len(recorded.test_rows),
        "encoder": encoder,
        "sklearn_tagkd": sklearn_tagkd.__version__,
        "code": _digest_code(),
        "data": _digest_data(problem),
        "python": platform.python_version(),
        "versions": versions,
    }


def digest_setup(setup: dict[str, Any]) -> str:
    """Return a short digest of a setup.

    Parameters
    ----------
    setup : dict of str to object
        Of :func:`describe_setup`.

    Returns
    -------
    str
        Equal for equal setups.
    """
    text = json.dumps(setup, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _digest_code() -> str:
    root = Path(sklearn_tagkd.__file__).parent
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if _NO_CONSEQUENCE & {*place.parts}:
            continue
        digest.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _digest_data(problem: Problem) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for text in problem.graph.texts:
        digest.update(text.encode() + b"\0")
    links = problem.graph.adjacency
    for array in (links.indptr, links.indices, problem.true):
        digest.update(array.astype("int64").tobytes())
    if problem.graph.weighted:
        digest.update(links.data.tobytes())
    for source in problem.sources.values():
        table = source.table
        for array in (table.positions, table.probabilities, table.key_node):
            digest.update(array.tobytes())
        for texts in (table.keywords.joined(), table.messages.joined()):
            digest.update("\0".join(texts).encode())
    if problem.profiles is not None:
        for profile in problem.profiles.to_records():
            digest.update(json.dumps(asdict(profile)).encode())
    return digest.hexdigest()
