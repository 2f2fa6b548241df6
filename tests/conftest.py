"""Fixtures: a toy graph whose classes can be read off its texts, and real data."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

# Before anything is imported: tests neither read nor fill the user's cache, and
# fork-happy tokenizers stay quiet.
os.environ["SKLEARN_TAGKD_CACHE"] = tempfile.mkdtemp(prefix="tagkd-tests-")
atexit.register(shutil.rmtree, os.environ["SKLEARN_TAGKD_CACHE"], ignore_errors=True)
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# The networks here are tiny: threads would wait for one another most of the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from joblib.externals.loky import get_reusable_executor
from sklearn.feature_extraction.text import HashingVectorizer

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    datasets,
)
from sklearn_tagkd.baselines import (
    GATClassifier,
    GCNClassifier,
    MLPClassifier,
    SAGEClassifier,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.preprocessing import InducedSubgraph, TextSelector
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, write_answers

# A change shall fail there on its own account; elsewhere new examples are searched.
# How long an example takes tells of the machine, and of whoever else uses it.
patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, **patient)
settings.register_profile("search", **patient)
settings.load_profile("ci" if os.environ.get("CI") else "search")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# Every public estimator: tests/estimators/test_sklearn_contract.py looks for others.
ESTIMATORS = [
    DistilledStudentClassifier(),
    GATClassifier(),
    GCNClassifier(),
    InducedSubgraph(),
    InterpreterGNNClassifier(),
    LLMRationaleTransformer(),
    MLPClassifier(),
    SAGEClassifier(),
    TextSelector(),
]

VOCABULARY = {
    "cooking": ["soup", "butter", "oven", "garlic", "dough", "simmer", "recipe"],
    "music": ["violin", "rhythm", "chord", "opera", "melody", "drummer", "tune"],
    "space": ["planet", "orbit", "rocket", "comet", "galaxy", "lunar", "probe"],
}


class Toy(NamedTuple):
    """A graph of 60 nodes in three classes, with answers for 30 of them."""

    graph: TextGraph
    target: np.ndarray
    answers: Path
    records: list[Rationale]


def make_toy(folder: Path, n_nodes: int = 60, seed: int = 0) -> Toy:
    """Build the toy graph; its ids say nothing of the classes."""
    random = np.random.default_rng(seed)
    names = sorted(VOCABULARY)
    target = np.array([names[i % 3] for i in range(n_nodes)])
    ids = [f"n{i}" for i in random.permutation(n_nodes)]
    texts = [" ".join(random.choice(VOCABULARY[c], 5, replace=False)) for c in target]
    edges = []
    for i in range(n_nodes - 2):  # the last two nodes stay isolated
        friends = [j for j in range(n_nodes - 2) if target[j] == target[i] and j != i]
        edges += [(ids[i], ids[j]) for j in random.choice(friends, 2, replace=False)]
        if i % 5 == 0:
            edges.append((ids[i], ids[(i + 1) % (n_nodes - 2)]))
    graph = TextGraph(texts, edges, ids)
    records = [_answer(graph, target, i, random) for i in range(0, n_nodes, 2)]
    path = folder / "answers.jsonl"
    write_answers(path, records)
    return Toy(graph, target, path, records)


def _answer(graph: TextGraph, target: np.ndarray, i: int, random) -> Rationale:
    links = graph.adjacency
    linked = links.indices[links.indptr[i] : links.indptr[i + 1]][:4]
    ids, texts = graph.node_ids, graph.texts
    key = [j for j in linked if target[j] == target[i]]
    others = {name: 0.05 for name in sorted(VOCABULARY) if name != target[i]}
    return Rationale(
        node=ids[i],
        probabilities={target[i]: 0.9, **others},
        shown=tuple(ids[j] for j in linked),
        keywords=tuple(texts[i].split()[:2]),
        neighbors=tuple(KeyNeighbor(ids[j], (texts[j].split()[0],)) for j in key),
        explanation="It says so.",
    )


class SmallEncoder:
    """Words hashed into a few columns: networks on it train in a blink."""

    def encode(self, texts):
        return HashingVectorizer(n_features=32).transform(texts).toarray()


def write_folder(toy: Toy, folder: Path) -> Path:
    """Write the toy graph, its labels and answers, as a folder of tables."""
    import pandas as pd

    ids, links = toy.graph.node_ids, toy.graph.adjacency.tocoo()
    nodes = pd.DataFrame({"node": ids, "text": toy.graph.texts, "label": toy.target})
    nodes.to_parquet(folder / "nodes.parquet")
    once = links.row < links.col
    edges = {"source": ids[links.row[once]], "target": ids[links.col[once]]}
    pd.DataFrame(edges).to_parquet(folder / "edges.parquet")
    (folder / "answers.jsonl").write_bytes(toy.answers.read_bytes())
    return folder


@pytest.fixture(scope="session")
def toy(tmp_path_factory) -> Toy:
    return make_toy(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def annotated(toy):
    """The toy graph with its rationales."""
    from sklearn_tagkd import LLMRationaleTransformer

    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))
    return step.fit_transform(toy.graph)


@pytest.fixture(scope="session")
def docs():
    return datasets.load_docs()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared research data are not on this machine")
    return SHARED_DATA


@pytest.fixture
def fresh_workers():
    """Let joblib start new workers: one that loads torch late counts as leaking."""
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)


def fast(**options):
    """Options under which a network trains in a blink."""
    return {"encoder": "hashing", "max_iter": 30, "random_state": 0, **options}
