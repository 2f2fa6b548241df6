"""A model card says what is known, and nothing of the texts."""

import numpy as np
import pandas as pd
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier
from sklearn_tagkd.baselines import MLPClassifier
from tests.conftest import fast


def test_what_a_card_says(fitted_pipeline, toy, tmp_path):
    card = sklearn_tagkd.model_card(fitted_pipeline)
    head, _, body = card.removeprefix("---\n").partition("\n---\n")
    assert "library_name: sklearn_tagkd" in head.splitlines()
    assert "pipeline_tag: text-classification" in head.splitlines()
    for part in ("Classes", "Teacher", "Accuracy", "Limits", "How it was made"):
        assert f"## {part}" in body
    assert "- `cooking`\n- `music`\n- `space`" in body
    assert "`RecordedAnswers`" in body
    assert "asked about 30 nodes; of 30 the answer passed" in body
    assert "estimated to be right in" in body
    assert "Not measured: no label was given" in body
    assert not any(text in card for text in toy.graph.texts)
    sklearn_tagkd.save(fitted_pipeline, tmp_path / "model.safetensors", card=True)
    written = (tmp_path / "model.md").read_text()
    assert written.splitlines()[:9] == card.splitlines()[:9]
    loaded = sklearn_tagkd.load(tmp_path / "model.safetensors")
    assert "`RecordedAnswers`" in sklearn_tagkd.model_card(loaded)


def test_the_unanswered_accuracy(fitted_pipeline, toy):
    card = sklearn_tagkd.model_card(fitted_pipeline, toy.graph, toy.target)
    answered = fitted_pipeline[0].answered_rows_
    rest = np.setdiff1d(np.arange(60), answered)
    assert len(rest) == 30
    expected = fitted_pipeline.score(toy.graph[rest], toy.target[rest])
    assert f"{expected:.3f} on 30 labelled nodes, without an answer" in card
    assert f"value: {expected:.4f}" in card
    some = np.where(np.arange(60) % 4 == 1, toy.target, "")
    card = sklearn_tagkd.model_card(fitted_pipeline, toy.graph[::-1], some[::-1])
    known = np.setdiff1d(np.flatnonzero(some != ""), answered)
    assert f"on {len(known)} labelled nodes, without an answer" in card
    elsewhere = toy.graph[:40].induced()
    card = sklearn_tagkd.model_card(fitted_pipeline, elsewhere, toy.target[:40])
    assert "on 40 labelled nodes, as given" in card


def test_a_card_beside_the_model_with_a_score(fitted_pipeline, toy, tmp_path):
    path, beside = tmp_path / "model.safetensors", tmp_path / "model.md"
    given = {"X": toy.graph, "y": toy.target}
    sklearn_tagkd.save(fitted_pipeline, path, card=True, **given)
    scored = sklearn_tagkd.model_card(fitted_pipeline, **given).partition("## Accuracy")
    assert beside.read_text().endswith(scored[2])
    assert "on 30 labelled nodes, without an answer" in scored[2]
    # Labels are told by the rules of fit: a missing one is none.
    some = pd.Series(np.where(np.arange(60) % 4 == 1, toy.target, None))
    sklearn_tagkd.save(fitted_pipeline, path, card=True, X=toy.graph, y=some)
    assert "on 15 labelled nodes, without an answer" in beside.read_text()
    none_left = np.where(np.arange(60) % 2 == 0, toy.target, "")
    sklearn_tagkd.save(fitted_pipeline, path, card=True, X=toy.graph, y=none_left)
    assert "Not measured: no label was given" in beside.read_text()


def test_wrong_labels_do_not_cost_the_model(fitted_pipeline, toy, tmp_path):
    path, beside = tmp_path / "model.safetensors", tmp_path / "model.md"
    for given in ({"X": toy.graph}, {"y": toy.target}):
        with pytest.raises(ValueError, match="give both or none"):
            sklearn_tagkd.save(fitted_pipeline, path, card=True, **given)
    with pytest.raises(ValueError, match="give card=True too"):
        sklearn_tagkd.save(fitted_pipeline, path, X=toy.graph, y=toy.target)
    with pytest.raises(ValueError, match="name the model otherwise"):
        sklearn_tagkd.save(fitted_pipeline, beside, card=True)
    assert not any(tmp_path.iterdir())
    with pytest.raises(ValueError, match="60"):
        sklearn_tagkd.save(
            fitted_pipeline, path, card=True, X=toy.graph, y=toy.target[:7]
        )
    assert sklearn_tagkd.load(path).predict(["soup"]).shape == (1,)
    assert not beside.exists()


def test_labels_alone(toy):
    model = MLPClassifier(**fast(max_iter=2)).fit(np.eye(6), [0, 1] * 3)
    card = sklearn_tagkd.model_card(model, np.eye(6), [0, 1] * 3)
    assert "No language model was asked" in card
    assert "on 6 labelled nodes, as given" in card
    with pytest.raises(ValueError, match="give both or none"):
        sklearn_tagkd.model_card(model, np.eye(6))


def test_a_label_cannot_break_out(toy):
    labels = np.where(toy.target == "music", "a`b\n# Title\n---", toy.target)
    model = DistilledStudentClassifier(**fast(max_iter=2)).fit(toy.graph, labels)
    card = sklearn_tagkd.model_card(model)
    assert "- `a'b # Title ---`" in card
    assert card.count("\n---\n") == 1
