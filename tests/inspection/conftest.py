"""Models of the toy graph, and graphs with something taken away."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.llm import RecordedAnswers
from tests.conftest import fast
from tests.inspection.communities import Community, make_community


@pytest.fixture(scope="session")
def pipeline(toy):
    return make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(toy.answers)),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    ).fit(toy.graph)


@pytest.fixture(scope="session")
def fit_both(annotated):
    """Fit an interpreter and a student of a backbone, once."""
    known = {}

    def fit(backbone, **options):
        key = (backbone, *options.items())
        if key not in known:
            interpreter = InterpreterGNNClassifier(backbone, **fast(), **options)
            taught = interpreter.fit_transform(annotated)
            wanted = {"semantic_weight": 0, "structural_weight": 0}
            student = DistilledStudentClassifier(backbone, **fast(), **wanted)
            known[key] = interpreter, student.fit(taught)
        return known[key]

    return fit


@pytest.fixture(scope="session")
def community():
    """Communities with a student of some of their labels."""
    graph, target = make_community()
    order = np.random.RandomState(0).permutation(len(graph))
    train, rest = order[:90], order[90:]
    student = DistilledStudentClassifier(**fast())
    student.fit(graph[train], target[train])
    return Community(graph, target, student, train, rest)


def without_links(graph, gone, texts=None):
    """Make the graph anew without links, its rationales without what they said."""
    cells = graph.adjacency.tocoo()
    once = np.ones(cells.nnz, bool) if graph.directed else cells.row < cells.col
    ids = graph.parent.node_ids
    edges, weights = [], []
    for a, b, weight in zip(
        cells.row[once], cells.col[once], cells.data[once], strict=True
    ):
        pair = (a, b) if graph.directed else (min(a, b), max(a, b))
        if pair not in gone:
            edges.append((ids[a], ids[b]))
            weights.append(float(weight))
    made = TextGraph(
        graph.parent.texts if texts is None else texts,
        edges,
        ids,
        graph.parent.features,
        directed=graph.directed,
        weights=weights if graph.weighted else None,
    )
    table = graph.annotations.get("rationales")
    return made if table is None else made.annotated(rationales=_cut(table, gone))


def _cut(table, gone):
    def kept(rows, nodes):
        ends = zip(table.positions[rows], nodes, strict=True)
        return np.array([tuple(sorted(pair)) not in gone for pair in ends], bool)

    shown = kept(table.shown_row, table.shown_node)
    key = kept(table.key_row, table.key_node)
    return replace(
        table,
        shown_row=table.shown_row[shown],
        shown_node=table.shown_node[shown],
        key_row=table.key_row[key],
        key_node=table.key_node[key],
        messages=table.messages.take(np.flatnonzero(key)),
    )


def margin_of(model, graph, position, label, runner_up):
    """Return the margin that a model predicts anew."""
    said = model.predict_log_proba(graph.parent[[position]])[0]
    labels = list(model.classes_)
    return said[labels.index(label)] - said[labels.index(runner_up)]
