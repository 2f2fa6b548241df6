"""Labels, numbers and times as careless users give them."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from sklearn_tagkd import DistilledStudentClassifier
from sklearn_tagkd.inspection import (
    agreement,
    explain,
    explanation_scores,
    label_issues,
    next_questions,
    predict_set,
)
from sklearn_tagkd.inspection.time_stamps import read_times
from tests.conftest import fast
from tests.inspection.communities import make_community

GRAPH, NAMES = make_community(120)
CODES = np.unique(NAMES, return_inverse=True)[1]
KINDS = {"strings": NAMES, "numbers": CODES, "truth values": CODES > 0}


@pytest.fixture(scope="module")
def models():
    fitted = {}
    for kind, y in KINDS.items():
        student = DistilledStudentClassifier(**fast(max_iter=5))
        fitted[kind] = student.fit(GRAPH[:60], y[:60])
    return fitted


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", KINDS)
def test_labels_of_another_kind_are_refused(models, kind, given):
    model, y = models[kind], KINDS[given]
    asked = [
        lambda: label_issues(model, GRAPH, y),
        lambda: agreement(model, GRAPH, y),
        lambda: predict_set(model, GRAPH, 0.5, calibration=(GRAPH, y)),
        lambda: next_questions(model, GRAPH, 3, y=np.where(GRAPH.node_ids < 9, y, y)),
    ]
    for ask in asked:
        if kind == given:
            ask()
            continue
        with pytest.raises(ValueError, match=f"y holds {given}.*classes are {kind}"):
            ask()


def test_whole_numbers_may_have_become_floats(models):
    model, floats = models["numbers"], CODES.astype(float)
    floats[::5] = np.nan
    issues = label_issues(model, GRAPH, floats)
    assert set(issues.given.tolist()) == {0, 1, 2}
    assert agreement(model, GRAPH, floats).now.n == np.isfinite(floats).sum()


def test_answers_of_which_none_can_agree_are_no_drift(models):
    with pytest.raises(ValueError, match="No answer names a class of the model"):
        agreement(models["strings"], GRAPH, np.char.upper(NAMES))
    some = np.where(np.arange(120) % 2, NAMES, "news")
    assert agreement(models["strings"], GRAPH, some).by_class["news"].share == 0


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([2019, None, 2021], [2019.0, np.nan, 2021.0]),
        (["2026-05", "", None], ["2026-05-01", "NaT", "NaT"]),
        (
            [date(2026, 5, 1), None, datetime(2026, 5, 2)],
            ["2026-05-01", "NaT", "2026-05-02"],
        ),
        (
            ["2026-05-01T02:00:00+02:00", "2026-05-01T00:00:00Z", "2026-05-01"],
            ["2026-05-01"] * 3,
        ),
        (
            [datetime(2026, 5, 1, tzinfo=UTC), "2026-05-01T01", np.datetime64("2026")],
            ["2026-05-01T00", "2026-05-01T01", "2026-01-01"],
        ),
    ],
)
def test_times_as_tables_have_them(times, expected):
    wanted = np.array(expected)
    if wanted.dtype.kind == "U":
        wanted = wanted.astype("datetime64[s]")
    read = read_times(times, 3)
    assert read.dtype.kind == wanted.dtype.kind
    np.testing.assert_array_equal(read, wanted)


@pytest.mark.parametrize(
    "times",
    [
        [1, "2026-01-01", 3],
        ["soon"] * 3,
        [True] * 3,
        [1j] * 3,
        ["05/01/2026"] * 3,
        [[1], 2, 3],
    ],
)
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ValueError, match="times"):
        read_times(np.array(times, dtype=object), 3)


@pytest.mark.parametrize("n_periods", [0, -1, 2.5, None, "4", True])
def test_periods_are_counted(models, n_periods):
    with pytest.raises(ValueError, match="n_periods"):
        agreement(models["strings"], GRAPH, NAMES, n_periods=n_periods)
    with pytest.raises(TypeError, match="earlier Agreement"):
        agreement(models["strings"], GRAPH, NAMES, before=0.9)


@pytest.mark.parametrize(
    "options",
    [
        {"budgets": 3},
        {"budgets": ()},
        {"budgets": "12"},
        {"kinds": [["links"]]},
        {"kinds": None},
        {"budget": None},
        {"n_random": 1.5},
    ],
)
def test_options_of_scores_are_checked(models, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        explanation_scores(models["strings"], GRAPH, [0], **options)
    with pytest.raises(ValueError, match="parts"):
        explain(models["strings"], GRAPH, [0], parts=None)


def test_a_random_state_may_be_an_instance(models):
    chosen = {"budgets": (1,), "kinds": ["words"], "n_random": 1}
    ours, theirs = (
        explanation_scores(
            models["strings"], GRAPH, [0, 1], random_state=state, **chosen
        )
        for state in (3, np.random.RandomState(3))
    )
    assert ours.to_frame().equals(theirs.to_frame())
