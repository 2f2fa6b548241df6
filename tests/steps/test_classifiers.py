"""What interpreter, student and baselines share: fitting and predicting."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.nn.config import BACKBONES
from tests.conftest import fast

EVERY = [
    *(InterpreterGNNClassifier(backbone, **fast()) for backbone in BACKBONES),
    *(DistilledStudentClassifier(backbone, **fast()) for backbone in BACKBONES),
    GCNClassifier(**fast()),
    MLPClassifier(**fast()),
]
FEW = [EVERY[0], EVERY[5], EVERY[-2], EVERY[-1]]


@pytest.mark.parametrize("model", EVERY, ids=str)
def test_true_labels_alone_teach(model, toy):
    train, test = toy.graph[::2], toy.graph[1::2]
    fitted = clone(model).fit(train, toy.target[::2])
    assert fitted.score(test, toy.target[1::2]) > 0.8
    assert fitted.classes_.tolist() == ["cooking", "music", "space"]
    assert fitted.n_iter_ == 30
    assert fitted.history_[-1]["labels"] < fitted.history_[0]["labels"]


@pytest.mark.parametrize("model", EVERY, ids=str)
def test_answers_alone_teach(model, annotated, toy):
    fitted = clone(model).fit(annotated)
    assert fitted.score(toy.graph[1::2], toy.target[1::2]) > 0.8


@pytest.mark.parametrize("model", EVERY, ids=str)
def test_a_view_is_predicted_as_among_all(model, annotated, toy):
    fitted = clone(model).fit(annotated)
    rows = [5, 0, 33, 5]
    whole, part = (fitted.predict_proba(g) for g in (toy.graph, toy.graph[rows]))
    assert whole.shape == (60, 3)
    assert np.allclose(whole.sum(axis=1), 1)
    assert np.allclose(whole[rows], part, atol=1e-5)
    best = fitted.classes_[whole.argmax(axis=1)]
    assert (fitted.predict(toy.graph) == best).all()
    assert fitted.embed(toy.graph[rows]).shape == (4, model.hidden_dim)


@pytest.mark.parametrize("model", EVERY, ids=str)
def test_the_same_seed_gives_the_same_bits_on_a_cpu(model, annotated, toy):
    model = clone(model).set_params(device="cpu")
    first, second = (
        clone(model).fit(annotated).predict_proba(toy.graph) for _ in range(2)
    )
    assert (first == second).all()
    other = clone(model).set_params(random_state=1).fit(annotated)
    assert (first != other.predict_proba(toy.graph)).any()


@pytest.mark.parametrize("model", FEW, ids=str)
def test_order_and_names_of_nodes_do_not_matter_to_predictions(model, annotated, toy):
    fitted = clone(model).fit(annotated)
    order = np.random.default_rng(0).permutation(60)
    coordinates = toy.graph.adjacency.tocoo()
    rank = np.argsort(order)
    shuffled = TextGraph(
        [toy.graph.texts[i] for i in order],
        [
            (int(rank[u]), int(rank[v]))
            for u, v in zip(coordinates.row, coordinates.col, strict=True)
        ],
    )
    expected = fitted.predict_proba(toy.graph)[order]
    assert np.allclose(fitted.predict_proba(shuffled), expected, atol=1e-5)


@pytest.mark.parametrize("model", FEW, ids=str)
def test_a_fitted_model_is_small_and_knows_no_text(model, annotated, toy):
    fitted = clone(model).set_params(hidden_dim=8).fit(annotated)
    blob = pickle.dumps(fitted)
    assert len(blob) < 120_000
    for text in toy.graph.texts:
        assert text.encode() not in blob
    again = pickle.loads(blob)
    expected = fitted.predict_proba(toy.graph)
    assert (again.predict_proba(toy.graph) == expected).all()


@pytest.mark.parametrize("model", FEW, ids=str)
def test_a_graph_never_seen_is_predicted(model, annotated):
    fitted = clone(model).fit(annotated)
    new = TextGraph(
        ["rocket orbit lunar", "garlic soup oven", ""], [("a", "b")], ["a", "b", "c"]
    )
    if model.__class__ is MLPClassifier:
        assert fitted.predict(new)[:2].tolist() == ["space", "cooking"]
    assert fitted.predict_proba(new).shape == (3, 3)
    alone = TextGraph(["rocket orbit lunar"], [])
    assert fitted.predict(alone).tolist() == ["space"]


@pytest.mark.parametrize("model", FEW, ids=str)
def test_arrays_and_graphs_are_not_confused(model, annotated, toy):
    X, y = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 2
    on_graph, on_array = clone(model).fit(annotated), clone(model).fit(X, y)
    with pytest.raises(TypeError, match="fitted on a TextGraph and is now given"):
        on_graph.predict(X)
    with pytest.raises(TypeError, match="fitted on an array and is now given"):
        on_array.predict(toy.graph)
    with pytest.raises(ValueError, match="requires y to be passed"):
        clone(model).fit(X)


@pytest.mark.parametrize("model", FEW, ids=str)
def test_unlabelled_rows_neither_teach_nor_count(model, toy):
    y = toy.target.copy()
    y[::3] = ""
    fitted = clone(model).fit(toy.graph, y)
    assert fitted.classes_.tolist() == sorted(set(toy.target[y != ""]))
    expected = (fitted.predict(toy.graph) == toy.target)[y != ""].mean()
    assert fitted.score(toy.graph, y) == pytest.approx(expected)


def test_integer_labels_with_minus_one(toy):
    codes = np.unique(toy.target, return_inverse=True)[1]
    codes[::2] = -1
    fitted = MLPClassifier(**fast()).fit(toy.graph, codes)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.predict(toy.graph).dtype == codes.dtype
    assert fitted.score(toy.graph, codes) > 0.8


def test_strings_with_minus_one_among_them(toy):
    y = toy.target.astype(object)
    y[::2] = -1
    fitted = MLPClassifier(**fast()).fit(toy.graph, y)
    assert fitted.classes_.tolist() == ["cooking", "music", "space"]
    assert fitted.score(toy.graph, y) > 0.8


def test_features_stand_beside_texts(toy):
    codes = np.unique(toy.target, return_inverse=True)[1]
    mixed = TextGraph(["the same text"] * 60, [], features=np.eye(3)[codes])
    fitted = MLPClassifier(**fast(max_iter=100)).fit(mixed, toy.target)
    assert fitted.score(mixed, toy.target) == 1
    assert fitted.n_features_in_ == 3
    with pytest.raises(ValueError, match="X has 2 features"):
        fitted.predict(TextGraph(["a"], [], features=[[1, 2]]))
    with pytest.raises(ValueError, match="feature"):
        fitted.predict(toy.graph)


def test_another_encoder_at_prediction_is_refused(toy):
    fitted = MLPClassifier(**fast()).fit(toy.graph, toy.target)

    class Narrow:
        def encode(self, texts):
            return np.ones((len(texts), 3))

    with pytest.raises(ValueError, match="have 3 columns"):
        fitted.set_params(encoder=Narrow()).predict(toy.graph)


def test_early_stopping_uses_pseudo_labels(annotated):
    fitted = MLPClassifier(
        **fast(max_iter=400, early_stopping=True, n_iter_no_change=20)
    ).fit(annotated)
    assert "held_out" in fitted.history_[0]
    assert fitted.n_iter_ < 400


def test_an_empty_view_and_a_view_without_labels_are_refused(toy):
    with pytest.raises(ValueError, match="selects no node"):
        MLPClassifier(**fast()).fit(toy.graph[[]])
    with pytest.raises(ValueError, match="nothing to learn from"):
        MLPClassifier(**fast()).fit(toy.graph)


def test_fit_changes_neither_graph_nor_labels(annotated, toy):
    import joblib

    y = toy.target.copy()
    before = joblib.hash((annotated, y))
    DistilledStudentClassifier(**fast()).fit(annotated, y)
    assert joblib.hash((annotated, y)) == before


def test_progress_can_be_switched_on_and_off(annotated, capsys):
    MLPClassifier(**fast(progress=False)).fit(annotated)
    assert capsys.readouterr().err == ""
    MLPClassifier(**fast(progress=True)).fit(annotated)
    assert "train MLPClassifier" in capsys.readouterr().err
