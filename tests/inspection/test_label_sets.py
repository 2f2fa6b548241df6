"""Label sets hold the true label as often as was asked for."""

import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.exceptions import ExchangeabilityWarning
from sklearn_tagkd.inspection import predict_set
from sklearn_tagkd.inspection.conformity import (
    mean_of_linked,
    score_classes,
    smooth,
    threshold,
)
from sklearn_tagkd.llm import RecordedAnswers
from tests.conftest import fast
from tests.inspection.communities import make_community


def split(community, seed, n_held=200):
    order = np.random.RandomState(seed).permutation(community.rest)
    return order[:n_held], order[n_held:]


def sets_of(community, seed=0, level=0.9, n_held=200, **options):
    held, rest = split(community, seed, n_held)
    graph, target = community.graph, community.target
    calibration = (graph[held], target[held])
    found = predict_set(
        community.student, graph[rest], level, calibration=calibration, **options
    )
    columns = np.searchsorted(found.classes, target[rest])
    return found, found.sets[np.arange(len(rest)), columns].mean()


@pytest.mark.parametrize("score", ["lac", "aps", "raps"])
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_coverage_is_what_was_asked_for(community, score, level):
    covered = [
        sets_of(community, seed, level, conformity_score=score, random_state=seed)[1]
        for seed in range(12)
    ]
    assert np.mean(covered) == pytest.approx(level, abs=0.025)


def test_smoothing_over_links_makes_sets_smaller(community):
    sizes = {
        smoothing: np.mean(
            [
                sets_of(community, seed, smoothing=smoothing, conformity_score="aps")[
                    0
                ].sizes.mean()
                for seed in range(6)
            ]
        )
        for smoothing in (0.0, "auto")
    }
    assert sizes["auto"] < sizes[0.0] - 0.02


def test_scores_by_hand():
    probabilities = np.array([[0.5, 0.2, 0.3]])
    draws = np.array([0.5])
    lac, aps, raps = (
        score_classes(probabilities, kind, draws) for kind in ("lac", "aps", "raps")
    )
    np.testing.assert_allclose(lac, [[0.5, 0.8, 0.7]])
    np.testing.assert_allclose(aps, [[0.25, 0.9, 0.65]])
    np.testing.assert_allclose(raps, [[0.25, 1.1, 0.75]])


def test_smoothing_by_hand_and_alone_nodes_keep_their_scores():
    graph = TextGraph(["a", "b", "c", "d"], [(0, 1), (0, 2)], weights=[3.0, 1.0])
    scores = np.array([[0.0], [1.0], [2.0], [5.0]])
    mixed = smooth(scores, mean_of_linked(graph), 0.5)
    np.testing.assert_allclose(mixed.ravel(), [0.625, 0.5, 1.0, 5.0])
    one_way = TextGraph(["a", "b"], [(0, 1)], directed=True)
    assert mean_of_linked(one_way).toarray().tolist() == [[0, 1], [1, 0]]


def test_the_threshold_counts_the_node_that_is_to_come():
    scores = np.arange(1.0, 20.0)  # of 19, the 18th is the first that reaches 0.9 of 20
    assert threshold(scores, 0.9) == 18.0
    assert threshold(scores[:9], 0.9) == 9.0
    assert threshold(scores[:8], 0.9) == np.inf


def test_without_true_labels_it_refuses_and_says_why(community):
    with pytest.raises(ValueError, match="would cover what the teacher says"):
        predict_set(community.student, community.graph)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence_level": 1.0}, "above 0 and below 1"),
        ({"confidence_level": float("nan")}, "above 0 and below 1"),
        ({"conformity_score": "top_k"}, "Take one of"),
        ({"smoothing": 1.0}, "from 0 to below 1"),
        ({"smoothing": "much"}, "'auto'"),
        ({"smoothing": None}, "'auto'"),
        ({"confidence_level": [0.9]}, "above 0 and below 1"),
        ({"confidence_level": "0.9"}, "above 0 and below 1"),
        ({"calibration": 3}, "pair"),
        ({"confidence_level": 0.999}, "takes at least 999"),
    ],
)
def test_options_are_checked(community, options, message):
    held, _ = split(community, 0)
    graph, target = community.graph, community.target
    options = {"calibration": (graph[held], target[held]), **options}
    with pytest.raises(ValueError, match=message):
        predict_set(community.student, graph, **options)


def test_labels_that_the_model_does_not_know(community):
    held, _ = split(community, 0)
    graph, target = community.graph, community.target[held].astype(object)
    known = predict_set(community.student, graph, calibration=(graph[held], target))
    strange = target.copy()
    strange[:30] = "news"  # in no set: the others' scores have to make up for it
    wider = predict_set(community.student, graph, calibration=(graph[held], strange))
    assert wider.threshold > known.threshold
    with pytest.raises(ValueError, match="none of which is among"):
        predict_set(
            community.student, graph, calibration=(graph[held], ["news", "law"] * 100)
        )


def test_another_graph_gets_a_warning_and_the_same_one_none(community):
    held, _ = split(community, 0)
    graph, target = community.graph, community.target
    calibration = (graph[held], target[held])
    other, labels = make_community(300, seed=1)
    with pytest.warns(ExchangeabilityWarning, match="another graph"):
        sets = predict_set(community.student, other, calibration=calibration)
    columns = np.searchsorted(sets.classes, labels)
    assert 0.8 < sets.sets[np.arange(300), columns].mean() < 0.98
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predict_set(community.student, graph, calibration=calibration)


def test_empty_sets_can_be_forbidden(community):
    bare, _ = sets_of(community, level=0.3)
    full, _ = sets_of(community, level=0.3, allow_empty=False)
    assert bare.sizes.min() == 0
    assert full.sizes.min() == 1
    is_empty = bare.sizes == 0
    best = np.searchsorted(full.classes, full.predictions)
    assert full.sets[np.flatnonzero(is_empty), best[is_empty]].all()


def test_the_same_seed_gives_the_same_sets_and_few_labels_do(community):
    options = {"conformity_score": "aps", "random_state": 3}
    first, _ = sets_of(community, **options)
    second, _ = sets_of(community, **options)
    np.testing.assert_array_equal(first.sets, second.sets)
    few, _ = sets_of(community, n_held=20)
    assert (few.n_calibration, few.smoothing) == (20, 0.1)


def test_of_many_labels_some_choose_the_smoothing_and_do_not_calibrate(
    community, monkeypatch
):
    monkeypatch.setattr("sklearn_tagkd.inspection.label_sets._FEWEST_TUNED", 30)
    found = [
        sets_of(community, seed, conformity_score="aps", random_state=seed)
        for seed in range(12)
    ]
    assert {sets.n_calibration for sets, _ in found} == {140}
    assert len({sets.smoothing for sets, _ in found}) > 1
    assert np.mean([covered for _, covered in found]) == pytest.approx(0.9, abs=0.025)


def test_answered_and_repeated_nodes_do_not_calibrate(toy):
    model = make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(toy.answers)),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    ).fit(toy.graph)
    everyone = toy.graph[np.r_[0:60, 0:60]]
    y = np.r_[toy.target, toy.target]
    sets = predict_set(model, toy.graph, calibration=(everyone, y))
    assert sets.n_calibration == 30  # of 60, the teacher answered about 30


def test_how_sets_are_shown(community):
    sets, _ = sets_of(community)
    assert repr(sets).startswith("LabelSets(nodes=310, confidence_level=0.9, mean_size")
    frame = sets.to_frame()
    assert frame.columns.tolist() == ["node", "prediction", "labels", "size"]
    assert [len(labels) for labels in frame["labels"]] == sets.sizes.tolist()
    assert "<table>" in sets._repr_html_()


def test_mapie_makes_the_same_sets_of_the_same_scores(community):
    """Given rows for nodes; it refuses a TextGraph, which is no array."""
    classification = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    held, rest = split(community, 0)
    student, graph, target = community.student, community.graph, community.target
    smoothed = 1 - smooth(1 - student.predict_proba(graph), mean_of_linked(graph), 0.3)

    class OfRows(ClassifierMixin, BaseEstimator):
        classes_ = student.classes_
        fitted_ = True

        def fit(self, X, y):
            return self

        def predict_proba(self, X):
            return smoothed[np.asarray(X, dtype=int).ravel()]

        def predict(self, X):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]

    theirs = classification.SplitConformalClassifier(
        OfRows(), confidence_level=0.9, conformity_score="lac", prefit=True
    ).conformalize(held[:, None], target[held])
    _, expected = theirs.predict_set(rest[:, None])
    ours = predict_set(
        student,
        graph[rest],
        calibration=(graph[held], target[held]),
        smoothing=0.3,
    )
    np.testing.assert_array_equal(ours.sets, expected[:, :, 0])
