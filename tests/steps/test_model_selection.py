"""Splitters and scorers that know of unlabelled nodes."""

import pickle

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    check_cv,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import DistilledStudentClassifier, LLMRationaleTransformer
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.model_selection import (
    LabelledKFold,
    PerClassShuffleSplit,
    make_labelled_scorer,
)
from sklearn_tagkd.preprocessing import InducedSubgraph
from tests.conftest import fast


def half_labelled(toy):
    y = toy.target.copy()
    y[1::2] = ""
    return y


SPLITTERS = [
    LabelledKFold(3),
    LabelledKFold(3, shuffle=True, random_state=0),
    PerClassShuffleSplit(3, n_per_class=2, random_state=0),
    PerClassShuffleSplit(3, n_per_class=2, test_size=5, random_state=0),
]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
@given(
    seed=st.integers(0, 99), unlabelled=st.integers(0, 40), kind=st.sampled_from("iUO")
)
def test_unlabelled_nodes_always_train(splitter, seed, unlabelled, kind):
    codes = np.random.default_rng(seed).permutation(np.arange(60) % 3)
    codes = np.concatenate([codes, np.zeros(unlabelled, dtype=int)])
    y = {"i": codes, "U": np.array(["a", "b", "c"])[codes]}.get(kind)
    y = codes.astype(str).astype(object) if y is None else y.copy()
    y[60:] = {"i": -1, "U": "", "O": -1}[kind]
    X = np.zeros(len(y))
    splits = list(splitter.split(X, y))
    assert len(splits) == splitter.get_n_splits(X, y) == 3
    tested = np.concatenate([test for _, test in splits])
    for train, test in splits:
        assert set(range(60, len(y))) <= set(train)
        assert len(test)
        assert test.max() < 60
        assert not set(train) & set(test)
        assert set(codes[train[train < 60]]) == {0, 1, 2}
    if isinstance(splitter, LabelledKFold):
        assert sorted(tested) == list(range(60))
        for train, test in splits:
            assert len(train) + len(test) == len(y)
            assert np.ptp(np.bincount(codes[test])) <= 1  # stratified
    else:
        for train, test in splits:
            assert (np.bincount(codes[train[train < 60]]) == 2).all()
            assert len(test) == (splitter.test_size or 54)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_the_splitter_protocol(splitter, toy):
    assert check_cv(splitter) is splitter
    assert eval(repr(splitter)).__dict__ == splitter.__dict__
    assert hasattr(splitter, "get_metadata_routing")
    y = half_labelled(toy)
    first, second = ([*splitter.split(toy.graph, y)] for _ in range(2))
    for one, two in zip(first, second, strict=True):
        assert all((a == b).all() for a, b in zip(one, two, strict=True))
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPClassifier(**fast())
        search = GridSearchCV(model, {"hidden_dim": [8, 16]}, cv=splitter)
        assert search.fit(toy.graph, y).best_score_ > 0.6


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_groups_are_ignored_as_scikit_learn_ignores_them(splitter, toy):
    groups = np.arange(60) % 4
    plain = list(splitter.split(toy.graph, toy.target))
    with pytest.warns(UserWarning, match="groups parameter is ignored by"):
        grouped = list(splitter.split(toy.graph, toy.target, groups))
    for one, two in zip(plain, grouped, strict=True):
        assert all((a == b).all() for a, b in zip(one, two, strict=True))
    with sklearn.config_context(enable_metadata_routing=True):
        assert not hasattr(splitter, "set_split_request")
        with pytest.raises(TypeError, match="groups"):
            cross_validate(
                MLPClassifier(**fast()),
                toy.graph,
                toy.target,
                cv=splitter,
                params={"groups": groups},
            )


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_a_search_with_them_is_cloned_and_saved(splitter, toy):
    scorer = make_labelled_scorer("neg_log_loss")
    model = MLPClassifier(**fast(max_iter=5))
    search = GridSearchCV(model, {"hidden_dim": [8, 16]}, cv=splitter, scoring=scorer)
    y = half_labelled(toy)
    expected = search.fit(toy.graph, y).cv_results_["mean_test_score"]
    for copy in (clone(search), pickle.loads(pickle.dumps(clone(search)))):
        assert repr(copy) == repr(search)
        assert copy.cv.__dict__ == splitter.__dict__
        found = copy.fit(toy.graph, y).cv_results_["mean_test_score"]
        assert (found == expected).all()


def test_weights_are_routed_to_the_scorer_within(toy):
    y = half_labelled(toy)
    weight = np.random.default_rng(0).random(60)
    model = MLPClassifier(**fast(max_iter=3))
    with sklearn.config_context(enable_metadata_routing=True):
        inner = make_scorer(log_loss, response_method="predict_proba")
        scorer = make_labelled_scorer(inner.set_score_request(sample_weight=True))
        result = cross_validate(
            model,
            toy.graph,
            y,
            cv=LabelledKFold(2),
            scoring=scorer,
            params={"sample_weight": weight},
            return_estimator=True,
            return_indices=True,
        )
    for fold in range(2):
        test = result["indices"]["test"][fold]
        said = result["estimator"][fold].predict_proba(toy.graph[test])
        expected = log_loss(y[test], said, sample_weight=weight[test])
        assert result["test_score"][fold] == pytest.approx(expected)


def test_what_cannot_be_split_is_refused(toy):
    y = half_labelled(toy)
    with pytest.raises(ValueError, match="at least one train/test split"):
        LabelledKFold(1)
    with pytest.raises(ValueError, match="needs y"):
        next(LabelledKFold(3).split(toy.graph))
    with pytest.raises(ValueError, match="y has no label"):
        next(LabelledKFold(3).split(toy.graph, np.full(60, -1)))
    with pytest.raises(ValueError, match=r"cooking has 10 .* Set n_per_class to 9"):
        next(PerClassShuffleSplit(n_per_class=10).split(toy.graph, y))
    with pytest.raises(ValueError, match="n_per_class must be an integer"):
        PerClassShuffleSplit(n_per_class=0)


def test_scores_of_labelled_nodes_alone(toy):
    y = half_labelled(toy)
    labelled = np.flatnonzero(y != "")
    model = MLPClassifier(**fast(max_iter=5)).fit(toy.graph[:40], toy.target[:40])
    said = model.predict_proba(toy.graph)[labelled]
    weight = np.random.default_rng(0).random(60)
    accuracy, loss = (make_labelled_scorer(n) for n in ("accuracy", "neg_log_loss"))
    expected = accuracy_score(y[labelled], model.predict(toy.graph)[labelled])
    assert accuracy(model, toy.graph, y) == pytest.approx(expected)
    assert loss(model, toy.graph, y) == pytest.approx(-log_loss(y[labelled], said))
    weighted = loss(model, toy.graph, y, sample_weight=weight)
    expected = -log_loss(y[labelled], said, sample_weight=weight[labelled])
    assert weighted == pytest.approx(expected)
    mixed = y.astype(object)
    mixed[y == ""] = -1
    assert loss(model, toy.graph, mixed) == pytest.approx(-log_loss(y[labelled], said))
    with pytest.raises(ValueError, match="y has no label"):
        loss(model, toy.graph, np.full(60, ""))


def test_minus_one_is_a_class_of_an_array():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = np.where(X[:, 0] > 0, 1, -1)
    model = MLPClassifier(**fast(max_iter=60)).fit(X, y)
    scorer = make_labelled_scorer("accuracy")
    assert scorer(model, X, y) == (model.predict(X) == y).mean()


def test_scikit_learn_takes_them_together(toy):
    y = half_labelled(toy)
    scoring = {
        "accuracy": make_labelled_scorer("accuracy"),
        "loss": make_labelled_scorer(
            make_scorer(log_loss, response_method="predict_proba")
        ),
    }
    model = MLPClassifier(**fast())
    for routing in (False, True):
        with sklearn.config_context(enable_metadata_routing=routing):
            scores = cross_validate(
                model, toy.graph, y, cv=LabelledKFold(3), scoring=scoring
            )
        assert scores["test_accuracy"].min() > 0.6
        assert (scores["test_loss"] > 0).all()
    plain = cross_val_score(model, toy.graph, y, cv=3, scoring="accuracy")
    assert plain.max() < 0.6  # what unlabelled nodes do to scikit-learn's own


class Witness(MLPClassifier):
    """Remembers how large the graph was that it was trained on."""

    def fit(self, X, y=None):
        self.n_seen_ = len(X.parent)
        self.n_links_ = X.report.n_links
        return super().fit(X, y)


def test_test_nodes_are_cut_out_of_the_training_graph(toy):
    model = make_pipeline(InducedSubgraph(), Witness(**fast()))
    result = cross_validate(
        model,
        toy.graph,
        half_labelled(toy),
        cv=LabelledKFold(3),
        return_estimator=True,
        return_indices=True,
    )
    for fitted, train in zip(
        result["estimator"], result["indices"]["train"], strict=True
    ):
        inside = toy.graph[train].induced()
        assert fitted[-1].n_seen_ == len(train) == len(inside.parent) < 60
        assert fitted[-1].n_links_ == inside.report.n_links < toy.graph.report.n_links
        # Predicting sees the whole graph again.
        assert fitted.predict(toy.graph).shape == (60,)
    assert result["test_score"].min() > 0.6


def test_rationales_survive_the_cut(toy):
    model = make_pipeline(
        LLMRationaleTransformer(llm=RecordedAnswers(toy.answers)),
        InducedSubgraph(),
        DistilledStudentClassifier(**fast()),
    )
    rows = np.r_[0:40, 3, 3]  # repeated nodes stay repeated
    fitted = clone(model).fit(toy.graph[rows])
    assert fitted.score(toy.graph[40:], toy.target[40:]) > 0.8
    cut = fitted[:-1].fit_transform(toy.graph[rows])
    assert (len(cut), len(cut.parent)) == (42, 40)
    assert cut.texts == toy.graph[rows].texts
    assert set(cut.annotations["rationales"].positions) == set(range(0, 40, 2))


def test_induced_subgraph_passes_arrays_and_refuses_mixtures(toy):
    X = np.eye(3)
    step = InducedSubgraph().fit(X)
    assert (step.transform(X) == X).all()
    with pytest.raises(TypeError, match="fitted on an array and is now given"):
        step.transform(toy.graph)
