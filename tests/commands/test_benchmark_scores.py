import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, log_loss

from sklearn_tagkd.commands.benchmark.metrics import (
    calibration_error,
    score_predictions,
)
from sklearn_tagkd.commands.benchmark.reporting.statistics import (
    paired_difference,
    summarize,
)


@st.composite
def predictions(draw):
    n_nodes, n_classes = draw(st.integers(1, 40)), draw(st.integers(2, 5))
    cells = st.floats(0.015625, 1)
    raw = draw(arrays(np.float64, (n_nodes, n_classes), elements=cells))
    true = draw(arrays(np.int64, n_nodes, elements=st.integers(0, n_classes - 1)))
    return raw / raw.sum(axis=1, keepdims=True), true


@given(predictions())
def test_scores_are_those_of_scikit_learn(case):
    probabilities, true = case
    scores = score_predictions(probabilities, true)
    predicted = probabilities.argmax(axis=1)
    occurring = np.unique(true)
    assert scores["accuracy"] == pytest.approx(accuracy_score(true, predicted))
    assert scores["macro_f1"] == pytest.approx(
        f1_score(true, predicted, labels=occurring, average="macro", zero_division=0)
    )
    everything = np.arange(probabilities.shape[1])
    assert scores["log_loss"] == pytest.approx(
        log_loss(true, probabilities, labels=everything)
    )


@given(predictions())
def test_calibration_error_bin_by_bin(case):
    probabilities, true = case
    confidence, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    expected = 0.0
    for low in range(15):
        inside = (confidence * 15 >= low) & (confidence * 15 < low + 1)
        if low == 14:
            inside |= confidence == 1
        if inside.any():
            right = (predicted == true)[inside].mean()
            expected += inside.mean() * abs(right - confidence[inside].mean())
    assert calibration_error(probabilities, true) == pytest.approx(expected)


def test_calibration_error_known_values():
    sure = np.array([[1.0, 0.0]] * 4)
    assert calibration_error(sure, np.array([0, 0, 0, 0])) == 0
    assert calibration_error(sure, np.array([0, 0, 0, 1])) == pytest.approx(0.25)
    honest = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(honest, np.array([0, 0, 0, 1])) == pytest.approx(0)


def test_a_class_ruled_out_is_not_infinitely_wrong():
    scores = score_predictions(np.array([[1.0, 0.0]]), np.array([1]))
    assert scores["log_loss"] == pytest.approx(-np.log(1e-6))
    assert scores["macro_f1"] == 0


VALUES = st.lists(
    st.tuples(st.floats(0, 1, width=16), st.floats(0, 1, width=16)), min_size=2
)


@given(VALUES)
def test_intervals_are_those_of_scipy(pairs):
    ours, theirs = (dict(enumerate(side)) for side in zip(*pairs, strict=True))
    found = paired_difference(ours, theirs)
    gaps = np.subtract(*np.transpose(pairs))
    assert found.n == len(pairs)
    assert found.mean == pytest.approx(gaps.mean())
    if np.ptp(gaps) < 1e-12:  # no spread, no interval, no claim
        assert np.isnan([found.low, found.high]).all()
        assert found.verdict == "no difference shown"
        return
    test = stats.ttest_rel(list(ours.values()), list(theirs.values()))
    expected = test.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), abs=1e-9
    )
    if abs(test.pvalue - 0.05) > 1e-6:
        is_shown = found.verdict != "no difference shown"
        assert is_shown == (test.pvalue < 0.05)


def test_only_common_subsets_are_paired():
    ours, theirs = {0: 0.9, 1: 0.7, 7: 0.1}, {0: 0.8, 1: 0.5, 3: 0.9}
    found = paired_difference(ours, theirs)
    assert found.n == 2
    assert found.mean == pytest.approx(0.15)
    assert paired_difference({1: 0.5}, {2: 0.5}) is None


def test_one_pair_shows_nothing():
    found = paired_difference({0: 0.9}, {0: 0.1})
    assert found.mean == pytest.approx(0.8)
    assert np.isnan([found.low, found.high]).all()
    assert found.verdict == "no difference shown"


def test_summary_is_of_one_subset():
    found = summarize([0.5, 0.7, 0.9])
    assert found.mean == pytest.approx(0.7)
    assert found.deviation == pytest.approx(0.2)  # with n - 1
    assert np.isnan(summarize([0.5]).deviation)
