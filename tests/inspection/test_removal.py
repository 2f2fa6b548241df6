"""What is said of a thing taken away is what is predicted without it."""

import numpy as np
import pytest

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.inspection import explain
from sklearn_tagkd.inspection.explanation.phrases import text_phrases, without
from sklearn_tagkd.inspection.explanation.what_if import NodeChanges, embed_changed
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.inspection.removal.heard import HeardField
from sklearn_tagkd.nn.config import BACKBONES
from tests.conftest import fast
from tests.inspection.conftest import margin_of, without_links

PASS = [name for name in BACKBONES if name != "mlp"]
NODES = [0, 5]


def check(model, graph, parts, reach=2):
    """Hold every effect against a prediction on a graph made anew."""
    n_held = 0
    for item in explain(model, graph, NODES, 20, parts=parts, reach=reach):
        node = int(graph.positions([item.node])[0])
        for link in item.links[:4] + item.links[-1:]:
            a, b = graph.positions(link.what).tolist()
            gone = {(a, b) if graph.directed else (min(a, b), max(a, b))}
            left = without_links(graph, gone)
            anew = margin_of(model, left, node, item.label, item.runner_up)
            assert item.margin - link.effect == pytest.approx(anew, abs=2e-4)
            n_held += 1
        for neighbor in item.neighbors[:2]:
            other = int(graph.positions([neighbor.what])[0])
            cells = graph.adjacency.tocoo()
            ends = zip(cells.row.tolist(), cells.col.tolist(), strict=True)
            gone = {
                pair if graph.directed else tuple(sorted(pair))
                for pair in ends
                if other in pair
            }
            left = without_links(graph, gone)
            anew = margin_of(model, left, node, item.label, item.runner_up)
            assert item.margin - neighbor.effect == pytest.approx(anew, abs=2e-4)
            n_held += 1
    assert n_held > 3


@pytest.mark.parametrize("backbone", PASS)
def test_links_and_neighbors_are_gone_as_if_they_had_never_been(
    backbone, fit_both, toy, annotated
):
    interpreter, student = fit_both(backbone)
    check(student, toy.graph, ["links", "neighbors"])
    check(interpreter, annotated, ["links"])  # key messages go with their links


@pytest.mark.parametrize("keywords", ["replace", "concat", None])
def test_an_interpreter_that_uses_keywords_otherwise(keywords, fit_both, annotated):
    model = fit_both("decoupled", keywords=keywords, passed_over_weight=0.5)[0]
    check(model, annotated, ["links"], reach=1)


@pytest.mark.parametrize("backbone", ["decoupled", "gcn"])
@pytest.mark.parametrize("directed", [True, False])
def test_directed_and_weighted_links(backbone, directed, toy):
    cells = toy.graph.adjacency.tocoo()
    random = np.random.default_rng(0)
    some = (random.random(cells.nnz) < 0.6) & (directed | (cells.row < cells.col))
    ends = np.column_stack([cells.row, cells.col])[some]
    graph = TextGraph(
        toy.graph.texts,
        ends,
        directed=directed,
        weights=random.uniform(0.2, 3, len(ends)),
    )
    model = DistilledStudentClassifier(backbone, **fast()).fit(graph, toy.target)
    check(model, graph, ["links", "neighbors"])


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_text_without_a_phrase_is_embedded_and_weighs_its_links_anew(
    backbone, fit_both, toy, annotated
):
    interpreter, student = fit_both(backbone)
    assert backbone == "mlp" or student.link_scorer_ is not None
    for model, graph in ((student, toy.graph), (interpreter, annotated)):
        for item in explain(model, graph, NODES, 20, parts=["words"]):
            node = int(graph.positions([item.node])[0])
            texts = graph.texts
            of_words = {p.words: p for p in text_phrases(texts[node])}
            assert item.words
            for word in item.words[:3]:
                changed = list(texts)
                changed[node] = without(texts[node], [of_words[word.what]])
                left = without_links(graph, set(), changed)
                anew = margin_of(model, left, node, item.label, item.runner_up)
                assert item.margin - word.effect == pytest.approx(anew, abs=2e-4)


def test_a_link_that_outweighs_all_others(toy):
    graph = TextGraph(
        toy.graph.texts,
        [(0, i) for i in range(1, 30)] + [(i, i + 1) for i in range(1, 50)],
        weights=[1e9] + [1.0] * 28 + [1e-3, 1e4] * 24 + [2.0],
    )
    model = DistilledStudentClassifier(**fast()).fit(graph, toy.target)
    check(model, graph, ["links", "neighbors"])
    for a, b in ((0, 1), (31, 32), (0, 2)):
        field = NodeChanges(read_model(model, graph), a)
        logits = field.field.outcomes([field.cut(np.array([[a, b]]))])[0]
        anew = model.predict_log_proba(without_links(graph, {(a, b)})[[a]])[0]
        np.testing.assert_allclose(
            logits - logits.mean(), anew - anew.mean(), rtol=0, atol=2e-4
        )


@pytest.mark.parametrize("backbone", ["decoupled", "sage"])
def test_many_links_and_another_text_at_once(backbone, fit_both, toy):
    student, graph, node = fit_both(backbone)[1], toy.graph, 5
    reading = read_model(student, graph)
    changes = NodeChanges(reading, node)
    links = graph.adjacency
    near = links.indices[links.indptr[node] : links.indptr[node + 1]][:2]
    pairs = np.array([[node, other] for other in near], dtype=np.int64)
    texts = graph.texts
    texts[node] = "opera chord"
    row = embed_changed(reading, ["opera chord"], np.array([node]))[0]
    logits = changes.field.outcomes([changes.cut(pairs, row)])[0]
    left = without_links(graph, {tuple(sorted(pair)) for pair in pairs.tolist()}, texts)
    anew = student.predict_log_proba(left[[node]])[0]
    np.testing.assert_allclose(
        logits - logits.mean(), anew - anew.mean(), rtol=0, atol=2e-4
    )


def test_a_node_that_hears_more_than_is_looked_at_says_so(fit_both, toy, monkeypatch):
    student = fit_both("decoupled")[1]
    monkeypatch.setattr("sklearn_tagkd.inspection.removal.heard._MOST_NODES", 10)
    field = HeardField(student.network_, student._inputs(toy.graph), 0)
    assert field.share < 1
    (item,) = explain(student, toy.graph, [0], parts=["links"])
    assert any("hears more than are looked at" in note for note in item.notes)
    assert item.links


def test_what_promises_most_is_what_carries_most(fit_both, toy):
    student, graph = fit_both("decoupled")[1], toy.graph
    wide = explain(student, graph, range(40), 60, parts=["links"])
    narrow = explain(student, graph, range(40), 2, parts=["links"])
    hits = [
        wide_item.links[0].what == narrow_item.links[0].what
        for wide_item, narrow_item in zip(wide, narrow, strict=True)
        if wide_item.links
    ]
    assert np.mean(hits) > 0.9
