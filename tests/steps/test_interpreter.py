import numpy as np
import pytest

from sklearn_tagkd import InterpreterGNNClassifier
from tests.conftest import fast

BACKBONES = ["decoupled", "gcn"]


def inputs_of(graph, **options):
    model = InterpreterGNNClassifier(**fast(max_iter=1, **options)).fit(graph)
    return model._inputs(graph)


def test_it_looks_at_the_graph_as_the_rationales_have_it(annotated, toy):
    raw = inputs_of(
        annotated, keywords=None, passed_over_weight=1.0, key_messages=False
    )
    table = annotated.annotations["rationales"]
    texts = inputs_of(
        annotated, keywords="replace", passed_over_weight=1.0, key_messages=False
    )
    changed = (raw.embeddings != texts.embeddings).any(axis=1)
    assert set(np.flatnonzero(changed)) <= set(table.positions)
    assert changed.sum() > 20
    links = inputs_of(
        annotated, keywords=None, passed_over_weight=0.0, key_messages=False
    )
    assert raw.links.nnz - links.links.nnz == len(table.passed_over[0])
    told = inputs_of(
        annotated, keywords=None, passed_over_weight=1.0, key_messages=True
    )
    assert len(told.message_sender) == len(table.key_node)
    assert len(told.embeddings) == 60 + len(table.key_node)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("keywords", ["replace", "mean", "concat", None])
def test_every_way_to_use_keywords_learns(backbone, keywords, annotated, toy):
    model = InterpreterGNNClassifier(backbone, keywords=keywords, **fast())
    model.fit(annotated)
    assert model.score(toy.graph, toy.target) > 0.8  # without rationales
    assert model.score(annotated, toy.target) > 0.8


def test_teaching_signals_cover_every_node_of_the_parent(annotated):
    view = annotated[[1, 2, 4, 6, 8]]
    taught = InterpreterGNNClassifier(**fast()).fit_transform(view)
    assert taught.rows.tolist() == view.rows.tolist()
    signals = taught.annotations["teacher"]
    assert signals.probabilities.shape == (60, 3)
    positions = annotated.annotations["rationales"].positions
    for taught_embeddings in (signals.text, signals.neighborhood):
        n_taught = len(taught_embeddings.rows)
        assert 0 < n_taught < 60
        assert taught_embeddings.values.shape == (n_taught, 256)
        assert (taught_embeddings.weights > 0).all()
        assert set(taught_embeddings.rows) <= set(positions)
    assert "secret" not in repr(signals)


def test_transform_passes_through(annotated, toy):
    model = InterpreterGNNClassifier(**fast()).fit(annotated)
    assert model.transform(toy.graph) is toy.graph
    X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    on_array = InterpreterGNNClassifier(**fast())
    assert (on_array.fit_transform(X, np.arange(30) % 2) == X).all()


def test_signals_follow_a_cut(annotated):
    taught = InterpreterGNNClassifier(**fast()).fit_transform(annotated)
    whole = taught.annotations["teacher"]
    silent = np.setdiff1d(np.arange(60), whole.text.rows)[0]
    kept = np.array([whole.text.rows[1], silent, whole.text.rows[0]])
    cut = taught[kept].induced().annotations["teacher"]
    assert (cut.probabilities == whole.probabilities[kept]).all()
    assert cut.text.rows.tolist() == [0, 2]
    assert (cut.text.values == whole.text.values[[1, 0]]).all()
    assert (cut.text.weights == whole.text.weights[[1, 0]]).all()
    for place, node in enumerate(kept):
        assert (place in cut.neighborhood.rows) == (node in whole.neighborhood.rows)


def test_without_rationales_it_teaches_from_raw_inputs(toy):
    model = InterpreterGNNClassifier(**fast())
    signals = model.fit_transform(toy.graph, toy.target).annotations["teacher"]
    assert signals.text is None
    assert signals.neighborhood is None
