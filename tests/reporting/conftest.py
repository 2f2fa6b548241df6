"""A graph whose texts, ids and classes are markup, and a model of it."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    report,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale, write_answers
from tests.conftest import fast, make_toy

RUNS = "<script>window.ran = true</script>"
EVIL = {
    "cooking": f'cooking{RUNS}"><img src=x onerror=window.ran=true>',
    "music": "music|[a](javascript:window.ran=true)`x`",
    "space": "space' onmouseover='window.ran=true' ${7*7} </title></style></pre>",
}


@pytest.fixture(scope="session")
def evil(tmp_path_factory):
    """Return the toy graph, made of what a page could take for its own."""
    folder = tmp_path_factory.mktemp("evil")
    toy = make_toy(folder)
    ids = [f"{node}{RUNS}" for node in toy.graph.node_ids]
    name = dict(zip(toy.graph.node_ids, ids, strict=True))
    cells = toy.graph.adjacency.tocoo()
    once = cells.row < cells.col
    links = [
        (ids[a], ids[b]) for a, b in zip(cells.row[once], cells.col[once], strict=True)
    ]
    texts = [f"{text} {RUNS} </pre><h1>big</h1>" for text in toy.graph.texts]
    graph = TextGraph(texts, links, ids)
    target = np.array([EVIL[label] for label in toy.target])
    said = [
        Rationale(
            node=name[record.node],
            probabilities={EVIL[k]: p for k, p in record.probabilities.items()},
            shown=tuple(name[node] for node in record.shown),
            keywords=record.keywords,
            explanation=f"Because {RUNS}",
        )
        for record in toy.records
    ]
    path = folder / "evil.jsonl"
    write_answers(path, said)
    return graph, target, path


@pytest.fixture(scope="session")
def evil_model(evil):
    graph, _, answers = evil
    return make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(answers)),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    ).fit(graph)


@pytest.fixture(scope="session")
def evil_report(evil, evil_model):
    graph, target, answers = evil
    return report(evil_model, graph, target, path=None, answers=answers)
