"""Convex models of several views that teach one another."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from sklearn_tagkd.learning.committee import (
    Committee,
    Documents,
    Labelled,
    View,
    cotrain,
)
from sklearn_tagkd.learning.committee.judgement import judge_labels
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.second_opinion import _plain
from sklearn_tagkd.learning.supervision import Supervision


def blobs(n_nodes=300, n_classes=3, spread=1.0, seed=0):
    """Two parts that know the class, each with noise of its own."""
    random = np.random.default_rng(seed)
    label = random.integers(n_classes, size=n_nodes)
    parts = [
        (
            1.5 * np.eye(n_classes, 8)[label]
            + spread * random.normal(size=(n_nodes, 8))
        ).astype(np.float32)
        for _ in range(2)
    ]
    return label, parts


def test_softmax_regression_is_scikit_learns():
    label, (rows, _) = blobs()
    rows = rows.astype(np.float64)
    penalty = 0.01
    found = fit_softmax(rows, np.eye(3)[label], np.ones(300), penalty, max_iter=1000)
    theirs = LogisticRegression(C=1 / (2 * penalty * 300), max_iter=1000, tol=1e-8)
    theirs.fit(rows, label)
    assert_allclose(predict_softmax(rows, found), theirs.predict_proba(rows), atol=5e-3)


def test_weights_count_as_repetition():
    label, (rows, _) = blobs(60)
    rows, targets = rows.astype(np.float64), np.eye(3)[label]
    weights = np.ones(60)
    weights[:20] = 3
    again = np.r_[np.arange(60), np.arange(20), np.arange(20)]
    one = fit_softmax(rows, targets, weights, 0.01, max_iter=1000)
    other = fit_softmax(rows[again], targets[again], np.ones(100), 0.01, max_iter=1000)
    assert_allclose(predict_softmax(rows, one), predict_softmax(rows, other), atol=1e-3)


def test_a_view_is_the_main_directions_at_one_length(monkeypatch):
    _, parts = blobs()
    monkeypatch.setattr("sklearn_tagkd.learning.committee.views._N_COMPONENTS", 5)
    monkeypatch.setattr("sklearn_tagkd.learning.committee.views._BLOCK", 7)
    view = View.of(parts)
    theirs = PCA(5, svd_solver="full").fit_transform(np.hstack(parts))
    theirs *= 2 / np.linalg.norm(theirs, axis=1, keepdims=True)
    assert_allclose(np.abs(view.rows), np.abs(theirs), atol=1e-3)
    assert_allclose(view.reduce([part[3:5] for part in parts]), view.rows[3:5])


def test_clean_labels_are_left_as_they_are_and_noisy_ones_mended():
    label, parts = blobs(400, spread=0.2)
    rows = View.of(parts).rows
    targets = np.eye(3)[label]
    penalty, kept, _ = judge_labels(rows, targets)
    assert penalty == 3e-4
    assert kept is targets
    wrong = np.random.default_rng(1).permutation(400)[:160]
    noisy = targets.copy()
    noisy[wrong] = np.eye(3)[(label[wrong] + 1) % 3]
    penalty, mended, doubts = judge_labels(rows, noisy, np.ones(400, bool))
    assert not doubts.any()  # there are many
    assert penalty > 3e-4
    right = np.arange(400), label
    assert mended[right][wrong].mean() > noisy[right][wrong].mean() + 0.1
    assert_allclose(mended.sum(axis=1), 1)


@pytest.mark.parametrize(("n_labels", "expected"), [(60, 0.05), (90, 0.025), (120, 0)])
def test_few_plain_labels_that_others_contradict_are_doubted(n_labels, expected):
    label, (rows, _) = blobs(n_labels, spread=1.5)
    is_plain = np.arange(2 * n_labels) < n_labels
    both, twice = np.eye(3)[np.tile(label, 2)], np.tile(rows, (2, 1))
    twice += 0.1 * np.random.default_rng(0).normal(size=twice.shape)
    _, _, doubts = judge_labels(rows, both[:n_labels], is_plain[:n_labels])
    assert doubts == pytest.approx(expected)
    assert not judge_labels(rows, both[:n_labels])[2].any()  # nobody is plain
    _, _, doubts = judge_labels(twice, both, is_plain)
    assert not doubts[n_labels:].any()  # of somebody who does say how sure he is


@pytest.mark.parametrize("sure", [[1, 1], [1, 0.8], [0.8, 0.8]])
def test_who_ever_says_how_sure_he_is_is_not_plain(sure):
    said = np.array([[1, 0], [0, 1], *([one, 1 - one] for one in sure)], np.float32)
    supervision = Supervision(
        np.array(["a", "b"]), np.arange(4), said, np.ones(4, np.float32),
        np.array([True, True, False, False]),
    )  # fmt: skip
    assert _plain(supervision).tolist() == [True, True, *[min(sure) == 1] * 2]


def test_a_committee_learns_doubted_labels_and_weighs_documents_by_them_as_they_were(
    monkeypatch,
):
    judged = "sklearn_tagkd.learning.committee.cotraining.judge_labels"
    doubts = np.full(300, 0.05)
    monkeypatch.setattr(judged, lambda rows, targets, _: (3e-4, targets, doubts))
    label, parts = blobs(300)
    views = [View.of([part]) for part in parts]
    certain = np.eye(4)[label]  # nobody says that anything is of the fourth class
    committee = Committee.of(views, Labelled(np.arange(300), certain, np.ones(300)))
    assert_allclose(committee.lessons[0][1].max(axis=1), 0.95 + 0.05 / 4)
    documents = Documents([view.rows[:1] for view in views], np.eye(4)[3:], np.ones(1))
    beside = Committee.of(
        views, Labelled(np.arange(300), certain, np.ones(300)), documents=documents
    )
    weights = beside.lessons[0][2]
    assert weights[-1] / weights[0] >= 0.3  # of a class without a label


def test_members_help_one_another():
    alone, together = [], []
    for seed in range(5):
        label, parts = blobs(600, seed=seed)
        at = np.concatenate([np.flatnonzero(label == k)[:4] for k in range(3)])
        labelled = Labelled(at, np.eye(3)[label[at]], np.ones(len(at)))
        others = np.setdiff1d(np.arange(600), at)

        def accuracy(parts, label=label, labelled=labelled, others=others):
            said = cotrain([View.of([part]) for part in parts], labelled)
            assert said.dtype == np.float32
            assert_allclose(said.sum(axis=1), 1, atol=1e-5)
            return (said.argmax(axis=1) == label)[others].mean()

        alone += [accuracy([part]) for part in parts]
        together.append(accuracy(parts))
    assert np.mean(together) > np.mean(alone) + 0.05


def test_rounds_that_learn_from_a_sample(monkeypatch):
    label, parts = blobs(500, spread=0.5)
    at = np.arange(40)
    labelled = Labelled(at, np.eye(3)[label[at]], np.ones(40))
    views = [View.of([part]) for part in parts]
    whole = cotrain(views, labelled)
    assert_array_equal(whole, cotrain(views, labelled))
    monkeypatch.setattr("sklearn_tagkd.learning.committee.cotraining._MOST_TAUGHT", 100)
    sampled = cotrain(views, labelled)
    assert sampled.shape == whole.shape
    assert (sampled.argmax(axis=1) == whole.argmax(axis=1)).mean() > 0.95


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_keyword_rows_count_by_their_weight(weight):
    label, parts = blobs(200)
    views = [View.of([part]) for part in parts]
    at = np.arange(30)
    labelled = Labelled(at, np.eye(3)[label[at]], np.ones(30))
    plain = cotrain(views, labelled)
    with_keywords = cotrain(
        views,
        labelled,
        keyword_rows=[view.rows[100:110] for view in views],
        keyword_places=np.arange(10),
        keyword_weight=weight,
    )
    assert np.allclose(plain, with_keywords, atol=1e-3) == (weight == 0)
