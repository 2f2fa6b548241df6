"""Callbacks of scikit-learn 1.9, and validation data, on every kind of fit."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.fixes import parse_version

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.model_selection import make_labelled_scorer
from tests.conftest import fast

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")
with_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason="callbacks came with scikit-learn 1.9"
)
STOPPING = {"early_stopping": True, "n_iter_no_change": 10}


def steps(toy, **options):
    return Pipeline(
        [
            ("rationales", LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))),
            ("interpreter", InterpreterGNNClassifier(**fast(**options))),
            ("student", DistilledStudentClassifier(**fast(**options))),
        ]
    )


@with_callbacks
@pytest.mark.parametrize(
    "kind", [DistilledStudentClassifier, GCNClassifier, InterpreterGNNClassifier]
)
def test_a_scoring_monitor_sees_the_network_learn(kind, toy):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="neg_log_loss")
    model = kind(**fast(max_iter=40)).set_callbacks(monitor)
    model.fit(toy.graph, toy.target)
    scores = [row["neg_log_loss"] for row in monitor.get_logs().data]
    assert len(scores) == 4  # a look every ten steps
    assert scores[0] < scores[-1]
    loss = log_loss(toy.target, model.predict_proba(toy.graph))
    # An interpreter is calibrated after the last look.
    assert scores[-1] == pytest.approx(-loss, abs=1e-6)


@with_callbacks
def test_a_scoring_monitor_of_the_labelled_nodes_alone(toy):
    from sklearn.callback import ScoringMonitor

    y = toy.target.copy()
    y[::2] = ""
    monitor = ScoringMonitor(scoring={"accuracy": make_labelled_scorer("accuracy")})
    model = MLPClassifier(**fast()).set_callbacks(monitor).fit(toy.graph, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data]
    assert scores[-1] == model.score(toy.graph, y)
    assert scores[-1] > 0.9


@with_callbacks
def test_callbacks_leave_no_trace(toy):
    from sklearn.callback import ScoringMonitor

    plain = MLPClassifier(**fast()).fit(toy.graph, toy.target)
    watched = MLPClassifier(**fast()).set_callbacks(ScoringMonitor(scoring="accuracy"))
    watched.fit(toy.graph, toy.target)
    expected = plain.predict_proba(toy.graph)
    assert (watched.predict_proba(toy.graph) == expected).all()


@with_callbacks
def test_a_callback_can_stop_the_training(toy):
    class Enough:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            return context.task_name == "steps" and context.task_id == 1

    model = MLPClassifier(**fast()).set_callbacks(Enough()).fit(toy.graph, toy.target)
    assert model.n_iter_ == 20


@with_callbacks
def test_a_progress_bar_of_scikit_learn_sees_every_step_of_a_search(
    toy, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    grid = {"student__structural_weight": [0, 1]}
    search = GridSearchCV(steps(toy), grid, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None))
    search.fit(toy.graph, toy.target)
    shown = capsys.readouterr().out
    for part in ("GridSearchCV", "InterpreterGNNClassifier", "Distilled"):
        assert part in shown
    assert "100%" in shown


def test_validation_data_stop_the_training(toy):
    train, held = toy.graph[::2], toy.graph[1::2]
    model = GCNClassifier(**fast(max_iter=400, **STOPPING))
    model.fit(train, toy.target[::2], X_val=held, y_val=toy.target[1::2])
    assert model.n_iter_ < 400
    losses = [look["held_out"] for look in model.history_]
    # The best weights are back, and they say of the nodes what predict says.
    said = model.predict_proba(held)
    codes = np.searchsorted(model.classes_, toy.target[1::2])
    loss = -np.log(said[np.arange(len(codes)), codes]).mean()
    assert loss == pytest.approx(min(losses), abs=1e-5)


def test_validation_nodes_of_another_graph(toy):
    other = TextGraph(toy.graph[1::2].texts, [(0, 3), (1, 4)])
    y_val = toy.target[1::2].astype(object)
    y_val[:10] = -1
    model = DistilledStudentClassifier(**fast(max_iter=100, **STOPPING))
    model.fit(toy.graph[::2], toy.target[::2], X_val=other, y_val=y_val)
    codes = np.searchsorted(model.classes_, toy.target[1::2][10:])
    said = model.predict_proba(other)[10:]
    loss = -np.log(said[np.arange(len(codes)), codes]).mean()
    assert loss == pytest.approx(min(n["held_out"] for n in model.history_), abs=1e-5)


def test_validation_data_in_arrays():
    X = np.random.default_rng(0).normal(size=(60, 4))
    y = np.where(X[:, 0] > 0, 1, -1)  # -1 is an ordinary class here
    model = MLPClassifier(**fast(max_iter=100, **STOPPING))
    model.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    assert "held_out" in model.history_[0]
    assert model.score(X[40:], y[40:]) > 0.8


def test_validation_data_go_through_a_pipeline(toy):
    train, held = toy.graph[::2], toy.graph[1::2]
    data = (train, toy.target[::2])
    model = steps(toy, **STOPPING)
    given = {
        f"{step}__{name}": value
        for step in ("interpreter", "student")
        for name, value in (("X_val", held), ("y_val", toy.target[1::2]))
    }
    plain = clone(model).fit(*data, **given)
    assert "held_out" in plain[1].history_[0]
    with sklearn.config_context(enable_metadata_routing=True):
        routed = clone(model).set_params(transform_input=["X_val"])
        for step in routed[1:]:
            step.set_fit_request(X_val=True, y_val=True)
        routed.fit(*data, X_val=held, y_val=toy.target[1::2])
    expected = plain.predict_proba(held)
    assert (routed.predict_proba(held) == expected).all()


def test_validation_data_of_no_use_are_refused(toy):
    graph, y = toy.graph, toy.target
    with pytest.raises(ValueError, match="Set early_stopping=True"):
        MLPClassifier(**fast()).fit(graph, y, X_val=graph, y_val=y)
    model = MLPClassifier(**fast(**STOPPING))
    with pytest.raises(ValueError, match="X_val is given without y_val"):
        model.fit(graph, y, X_val=graph)
    with pytest.raises(ValueError, match="y_val holds the class 'jazz'"):
        model.fit(graph, y, X_val=graph[:1], y_val=["jazz"])
    with pytest.raises(ValueError, match="y_val holds no label"):
        model.fit(graph, y, X_val=graph[:1], y_val=[""])
    with pytest.raises(TypeError, match="fitted on a TextGraph and is now given"):
        model.fit(graph, y, X_val=np.eye(3), y_val=y[:3])
