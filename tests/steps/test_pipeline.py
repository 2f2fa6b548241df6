"""The three steps as scikit-learn runs them."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.llm import RationaleClient, RecordedAnswers
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from tests.conftest import fast
from tests.llm.helpers import KEY, make_client


class CountingClient(RationaleClient):
    """Passes questions on and keeps the ids."""

    def __init__(self, answers):
        self.recorded = RecordedAnswers(answers)
        self.answerable_nodes = self.recorded.answerable_nodes
        self.classes = self.recorded.classes
        self.asked = []

    def ask(self, questions):
        self.asked += [question.node for question in questions]
        return self.recorded.ask(questions)


@pytest.fixture
def client(toy):
    return CountingClient(toy.answers)


def pipeline(client, **options):
    return Pipeline(
        [
            ("rationales", LLMRationaleTransformer(llm=client)),
            ("interpreter", InterpreterGNNClassifier(**fast())),
            ("student", DistilledStudentClassifier(**fast())),
        ],
        **options,
    )


def test_label_free_and_no_question_at_prediction(client, toy):
    model = pipeline(client).fit(toy.graph)
    asked = list(client.asked)
    assert sorted(asked) == sorted(record.node for record in toy.records)
    assert model.score(toy.graph, toy.target) > 0.9
    model.predict_proba(toy.graph[[3, 1]])
    assert client.asked == asked
    assert "structural" in model[-1].history_[-1]


def test_true_labels_are_used_where_there_are_any(client, toy):
    y = np.full(60, "", dtype=object)
    y[1::6] = toy.target[1::6]
    model = pipeline(client).fit(toy.graph, y)
    assert model.score(toy.graph, toy.target) > 0.9
    assert model.classes_.tolist() == ["cooking", "music", "space"]


def test_a_search_asks_for_each_node_once(client, toy):
    grid = {
        "student__structural_weight": [0, 1],
        "interpreter__backbone": ["gcn", "decoupled"],
    }
    search = GridSearchCV(pipeline(client), grid, cv=3).fit(toy.graph, toy.target)
    assert sorted(client.asked) == sorted(record.node for record in toy.records)
    assert search.best_score_ > 0.9
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()
    assert search.predict(toy.graph[[0]]).shape == (1,)


def test_scoring_against_y_while_training_label_free(client, toy):
    options = {"interpreter__supervision": "llm", "student__supervision": "llm"}
    model = pipeline(client).set_params(**options)
    wrong = np.roll(toy.target, 1)  # nothing of it may be learnt
    scores = cross_validate(model, toy.graph, wrong, cv=3)["test_score"]
    assert scores.max() < 0.1


def test_cross_val_predict(client, toy):
    predicted = cross_val_predict(pipeline(client), toy.graph, toy.target, cv=3)
    assert (predicted == toy.target).mean() > 0.9
    # scikit-learn encodes the labels as 0, 1, 2 for this method: the names are gone.
    with pytest.raises(ValueError, match="Give y as those names"):
        cross_val_predict(
            pipeline(client), toy.graph, toy.target, cv=3, method="predict_proba"
        )


def test_two_workers_give_what_one_gives(toy, fresh_workers):
    model = pipeline(RecordedAnswers(toy.answers))
    grid = {"student__structural_weight": [0, 1]}
    one, two = (
        GridSearchCV(model, grid, cv=2, n_jobs=n).fit(toy.graph, toy.target)
        for n in (1, 2)
    )
    key = "mean_test_score"
    assert np.allclose(one.cv_results_[key], two.cv_results_[key], atol=0.04)


def test_two_workers_share_what_is_paid_for(toy, tmp_path, fresh_workers):
    respond = recorded_answers(toy.graph, toy.records)
    with LocalServer(respond, latency=0.02) as server:
        model = pipeline(make_client(server, tmp_path))
        model.set_params(rationales__classes=sorted(set(toy.target)))
        search = GridSearchCV(
            model, {"student__structural_weight": [0, 1]}, cv=2, n_jobs=2
        )
        search.fit(toy.graph, toy.target)
    assert server.log.n_requests == len(toy.graph)
    assert set(server.log.paid.values()) == {1}
    assert search.best_score_ > 0.8


def test_no_key_and_no_text_in_what_a_fitted_pipeline_shows(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with LocalServer(recorded_answers(toy.graph, toy.records)) as server:
        model = pipeline(make_client(server, tmp_path)).fit(toy.graph, toy.target)
    shown = [repr(model), model._repr_html_(), repr(vars(model["rationales"]))]
    shown.append(pickle.dumps(model).decode("latin-1"))
    for text in (KEY, *toy.graph.texts):
        assert not any(text in place for place in shown)


def test_clone_and_pickle_before_and_after_fit(client, toy):
    model = pipeline(client)
    assert clone(model)[0].llm is client
    model = clone(pipeline(RecordedAnswers(toy.answers))).fit(toy.graph)
    again = pickle.loads(pickle.dumps(model))
    expected = model.predict_proba(toy.graph)
    assert (again.predict_proba(toy.graph) == expected).all()
    assert clone(model).fit(toy.graph).predict_proba(toy.graph).shape == (60, 3)


def test_memory_saves_the_steps_before_the_last(client, toy, tmp_path):
    model = pipeline(client, memory=str(tmp_path))
    first = model.fit(toy.graph).predict_proba(toy.graph)
    asked = len(client.asked)
    model = clone(model).set_params(student__structural_weight=0.5).fit(toy.graph)
    assert len(client.asked) == asked
    second = clone(model).set_params(student__structural_weight=1.0).fit(toy.graph)
    assert (second.predict_proba(toy.graph) == first).all()


def test_nothing_saved_or_shown_holds_a_text(toy):
    model = pipeline(RecordedAnswers(toy.answers)).fit(toy.graph)
    shown = [repr(model), model._repr_html_(), repr(vars(model[-1]))]
    blob = pickle.dumps(model)
    for text in toy.graph.texts:
        assert text.encode() not in blob
        assert not any(text in output for output in shown)
