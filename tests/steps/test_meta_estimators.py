"""Whatever of scikit-learn passes X through, on a real graph; and what cannot."""

import numpy as np
import pytest
import sklearn
from joblib.externals.loky.backend import queues
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.preprocessing import TextSelector
from tests.conftest import fast

GRID = {"student__structural_weight": [0, 1]}
FOLDS = StratifiedKFold(2, shuffle=True, random_state=0)
OPTIONS = fast(max_iter=15, hidden_dim=32, n_hops=3)


@pytest.fixture(scope="module")
def rows(docs):
    """Up to 24 nodes of each class."""
    places = [np.flatnonzero(docs.target == name)[:24] for name in docs.target_names]
    return np.sort(np.concatenate(places))


@pytest.fixture(scope="module")
def data(docs, rows):
    """Those nodes, and the links among them."""
    return docs.graph[rows].induced(), docs.target[rows]


@pytest.fixture(scope="module")
def names(docs):
    return docs.target_names


def steps(docs, **options):
    llm = RecordedAnswers(docs.answers)
    return Pipeline(
        [
            ("rationales", LLMRationaleTransformer(llm=llm, classes=docs.target_names)),
            (
                "interpreter",
                InterpreterGNNClassifier(consistency_weight=0, **OPTIONS),
            ),
            ("student", DistilledStudentClassifier(**OPTIONS)),
        ],
        **options,
    )


def text_model():
    return make_pipeline(TextSelector(), TfidfVectorizer(), LogisticRegression())


class LengthOfTexts(TransformerMixin, BaseEstimator):
    """Graph in, table out: a step that does heed ``set_output``."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        lengths = np.array([len(text) for text in X.texts])
        return np.column_stack([lengths, X.adjacency.sum(axis=1)[X.rows]])

    def get_feature_names_out(self, input_features=None):
        return np.array(["length", "links"])


@pytest.fixture
def model(docs):
    return steps(docs)


def is_good(model, data, least=0.6):
    graph, y = data
    assert model.score(graph, y) > least
    assert (
        model.predict(graph[[5, 2]]).tolist() == model.predict(graph)[[5, 2]].tolist()
    )
    return True


def test_searches(model, data):
    graph, y = data
    for search in (
        GridSearchCV(model, GRID, cv=FOLDS),
        RandomizedSearchCV(model, GRID, n_iter=2, cv=FOLDS, random_state=0),
        HalvingGridSearchCV(
            model, GRID, cv=FOLDS, random_state=0, min_resources=200, factor=2
        ),
        HalvingGridSearchCV(
            model,
            GRID,
            cv=FOLDS,
            factor=2,
            resource="student__max_iter",
            max_resources=16,
            min_resources=8,
        ),
    ):
        assert is_good(search.fit(graph, y), data)
        assert not np.isnan(search.cv_results_["mean_test_score"]).any()


def test_cross_validation(model, data, names):
    graph, y = data
    scores = cross_validate(
        model,
        graph,
        y,
        cv=FOLDS,
        scoring=["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"],
        return_train_score=True,
    )
    assert scores["test_accuracy"].min() > 0.6
    assert scores["test_roc_auc_ovr"].min() > 0.8
    predicted = cross_val_predict(model, graph, y, cv=FOLDS)
    assert (predicted == y).mean() > 0.6
    said = cross_val_predict(model, graph, y, cv=FOLDS, method="predict_proba")
    assert said.shape == (len(y), len(names))
    assert (np.array(names)[said.argmax(axis=1)] == predicted).all()
    logarithms = cross_val_predict(
        model, graph, y, cv=FOLDS, method="predict_log_proba"
    )
    assert np.allclose(np.exp(logarithms), said)
    with pytest.raises(AttributeError, match="decision_function"):
        cross_val_predict(model, graph, y, cv=FOLDS, method="decision_function")


def test_curves(data):
    graph, y = data
    student = DistilledStudentClassifier(**OPTIONS)
    _, _, by_size = learning_curve(
        student,
        graph,
        y,
        cv=FOLDS,
        train_sizes=[0.2, 1.0],
        shuffle=True,
        random_state=0,
    )
    assert by_size[1].mean() > by_size[0].mean()
    _, by_steps = validation_curve(
        student, graph, y, param_name="max_iter", param_range=[1, 15], cv=FOLDS
    )
    assert by_steps[1].mean() > by_steps[0].mean()
    score, permuted, _ = permutation_test_score(
        student, graph, y, cv=FOLDS, n_permutations=2, random_state=0
    )
    assert score > permuted.max() + 0.3


def test_ensembles(model, data, names):
    graph, y = data
    members = [("student", model), ("text", text_model())]
    voting = VotingClassifier(members, voting="soft").fit(graph, y)
    assert is_good(voting, data, 0.8)
    assert voting.predict_proba(graph).shape == (len(y), len(names))
    stacking = StackingClassifier(members, LogisticRegression(), cv=FOLDS)
    assert is_good(stacking.fit(graph, y), data, 0.8)


def test_calibration_and_frozen_models(model, data):
    graph, y = data
    train, held, y_train, y_held = train_test_split(
        graph, y, stratify=y, random_state=0
    )
    calibrated = CalibratedClassifierCV(model, cv=FOLDS).fit(train, y_train)
    assert calibrated.score(held, y_held) > 0.6
    frozen = FrozenEstimator(model.fit(train, y_train))
    before = frozen.predict_proba(held)
    calibrated = CalibratedClassifierCV(frozen, cv=FOLDS).fit(held, y_held)
    assert is_good(calibrated, data)
    assert (frozen.predict_proba(held) == before).all()


def test_binary_only(docs, data):
    graph, y = data
    is_stats = np.where(y == "scipy.stats", "stats", "other")
    student = DistilledStudentClassifier(**OPTIONS)
    tuned = TunedThresholdClassifierCV(student, cv=FOLDS).fit(graph, is_stats)
    assert get_scorer("balanced_accuracy")(tuned, graph, is_stats) > 0.8
    few = np.isin(y, ["scipy.stats", "scipy.signal", "sklearn.cluster"])
    one_by_one = OneVsRestClassifier(student).fit(graph[few], y[few])
    assert one_by_one.score(graph[few], y[few]) > 0.8
    assert DummyClassifier().fit(graph, y).predict(graph).shape == (len(y),)


def test_metadata_routing(model, data):
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(model, GRID, cv=FOLDS).fit(*data)
        assert is_good(search, data)
        assert is_good(CalibratedClassifierCV(model, cv=FOLDS).fit(*data), data)
    # Weights reach the scores only where they are asked for.
    graph, y = data
    weight = (y == y[0]).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        student = DistilledStudentClassifier(**OPTIONS).set_score_request(
            sample_weight=True
        )
        weighted = cross_validate(
            student, graph, y, cv=FOLDS, params={"sample_weight": weight}
        )
    plain = cross_validate(DistilledStudentClassifier(**OPTIONS), graph, y, cv=FOLDS)
    assert (weighted["test_score"] != plain["test_score"]).any()


def test_output_of_transformers_stays_a_graph(model, data):
    with sklearn.config_context(transform_output="pandas"):
        model.fit(*data)
        assert model[:-1].transform(data[0]) is data[0]
    # Asked of every step, of those that can make tables too.
    table = Pipeline([*model.steps[:-1], ("facts", LengthOfTexts())])
    table.set_output(transform="pandas").fit(*data)
    assert model[:-1].set_output(transform="pandas").transform(data[0]) is data[0]
    assert list(table.transform(data[0]).columns) == ["length", "links"]
    with pytest.raises(ValueError, match="transform must be one of"):
        model.set_output(transform="table")
    text = TextSelector()
    assert text.fit_transform(data[0]) == data[0].texts
    assert text.transform(["bare", "texts"]) == ["bare", "texts"]


def test_memory_and_workers(docs, rows, tmp_path, fresh_workers, monkeypatch):
    sent, dumps = [], queues.dumps

    def recorded(task, *args, **kwargs):
        sent.append(bytes(dumps(task, *args, **kwargs)))
        return sent[-1]

    monkeypatch.setattr(queues, "dumps", recorded)
    data = docs.graph[rows], docs.target[rows]  # a view: the whole graph in sight
    model = steps(docs, memory=str(tmp_path))
    search = GridSearchCV(model, GRID, cv=FOLDS, n_jobs=2).fit(*data)
    assert is_good(search, data)
    assert search.cv_results_["mean_test_score"].min() > 0.6
    assert any(tmp_path.iterdir())
    # Workers map the texts into memory; no task brings them along.
    assert len(sent) >= 4
    texts = [text.encode() for text in docs.graph.texts]
    assert max(map(len, sent)) < sum(map(len, texts)) / 2
    assert not any(text in task for task in sent for text in texts[::100])


@pytest.mark.parametrize(
    "fit",
    [
        lambda model, X, y: BaggingClassifier(model, 2).fit(X, y),
        lambda model, X, y: AdaBoostClassifier(model, n_estimators=2).fit(X, y),
        lambda model, X, y: SelfTrainingClassifier(model).fit(X, y),
        lambda model, X, y: permutation_importance(model.fit(X, y), X, y),
        lambda model, X, y: LogisticRegression().fit(X, y),
        lambda model, X, y: StackingClassifier(
            [("model", model)], passthrough=True, cv=FOLDS
        ).fit(X, y),
    ],
    ids=[
        "bagging",
        "boosting",
        "self-training",
        "permutation",
        "linear",
        "passthrough",
    ],
)
def test_what_would_lose_the_links_says_so(fit, toy):
    student = DistilledStudentClassifier(**OPTIONS)
    with pytest.raises(TypeError, match=r"not an array: turning it into one would"):
        fit(student, toy.graph, toy.target)


def test_a_text_selector_takes_no_numbers():
    with pytest.raises(TypeError, match="in which there is no text"):
        TextSelector().fit(np.eye(3))
    with pytest.raises(TypeError, match="an iterable of strings; got str"):
        TextSelector().transform("one text")
