"""A model that always doubts in favour of one class does not teach that class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    datasets,
)
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.learning import network_classifier
from sklearn_tagkd.learning.answer_doubts import (
    as_sure_as_agreed,
    sharpened_to,
    without_lean,
)
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.rationales import Rationale, check_rationales


def supervised(distributions, n_true=0):
    """Return so many labels, and answers after them."""
    n_rows, n_classes = distributions.shape
    return Supervision(
        classes=np.arange(n_classes),
        rows=np.arange(n_rows),
        distributions=distributions.astype(np.float32),
        weights=np.ones(n_rows, np.float32),
        is_true=np.arange(n_rows) < n_true,
    )


def honest(n_answers=90, n_classes=3, sure=0.8):
    """Return answers that doubt in favour of all other classes alike."""
    named = np.eye(n_classes)[np.arange(n_answers) % n_classes]
    return sure * named + (1 - sure) * (1 - named) / (n_classes - 1)


def leaning(answers, to=0, share=0.3):
    """Move a share of all probability to a class."""
    return (1 - share) * answers + share * np.eye(answers.shape[1])[to]


@pytest.mark.parametrize("sure", [0.6, 0.9, 1.0])
def test_answers_without_a_lean_stay_as_they_are(sure):
    supervision = supervised(honest(sure=sure))
    assert without_lean(supervision) is supervision


def test_a_lean_is_taken_off_and_what_is_named_stays():
    answers = honest(sure=0.9)
    supervision = supervised(leaning(answers))
    mended = without_lean(supervision).distributions
    named = answers.argmax(axis=1)
    assert_array_equal(mended.argmax(axis=1), named)
    assert_allclose(mended.sum(axis=1), 1, atol=1e-5)
    off = np.abs(supervision.distributions.mean(axis=0) - 1 / 3).sum()
    assert np.abs(mended.mean(axis=0) - 1 / 3).sum() < 0.2 * off


def test_a_class_that_no_answer_speaks_of_stays_without_any_probability():
    answers = leaning(honest())
    silent = np.column_stack([answers, np.zeros(len(answers))])
    mended = without_lean(supervised(silent)).distributions
    assert_allclose(mended[:, :-1], without_lean(supervised(answers)).distributions)
    assert not mended[:, -1].any()


def test_what_chance_would_show_is_let_be():
    answers = leaning(honest(n_answers=21, sure=0.9), share=0.1)
    supervision = supervised(answers)
    assert without_lean(supervision) is supervision
    assert without_lean(supervised(np.tile(answers, (100, 1)))) is not supervision


def test_labels_are_not_touched_and_teach_no_lean():
    labels = np.tile(np.eye(3)[0], (50, 1))
    alone = without_lean(supervised(leaning(honest()))).distributions
    beside = supervised(np.concatenate([labels, leaning(honest())]), n_true=50)
    mended = without_lean(beside).distributions
    assert_array_equal(mended[:50], labels)
    assert_allclose(mended[50:], alone, atol=1e-6)


def test_fewer_than_20_answers_tell_of_no_lean():
    supervision = supervised(leaning(honest(n_answers=19), share=0.9))
    assert without_lean(supervision) is supervision


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(20, 40), st.integers(2, 5)),
        elements=st.floats(0, 1),
    )
)
def test_answers_remain_distributions_whatever_they_are(raw):
    raw[:, 0] += 1e-3
    answers = raw / raw.sum(axis=1, keepdims=True)
    mended = without_lean(supervised(answers)).distributions
    assert np.isfinite(mended).all()
    assert (mended >= 0).all()
    assert_allclose(mended.sum(axis=1), 1, atol=1e-4)


def audit(agreed):
    share = (agreed, agreed - 0.1, agreed + 0.1)
    return TeacherAudit(share, "cross-fitting", 90, {}, agreement=share)


def test_answers_become_as_sure_as_a_model_agrees_with_them():
    supervision = supervised(honest(sure=0.6))
    sharpened = as_sure_as_agreed(supervision, audit(0.8)).distributions
    assert_allclose(sharpened.max(axis=1).mean(), 0.8, atol=1e-2)
    assert_array_equal(
        sharpened.argmax(axis=1), supervision.distributions.argmax(axis=1)
    )


def test_sure_answers_and_answers_beside_labels_stay():
    sure = supervised(honest(sure=0.9))
    beside = supervised(honest(sure=0.6), n_true=3)
    assert as_sure_as_agreed(sure, audit(0.8)) is sure
    assert as_sure_as_agreed(beside, audit(0.8)) is beside
    assert as_sure_as_agreed(sure, None) is sure


def test_sharpening_ends_somewhere():
    undecided = np.full((5, 4), 0.25)
    assert_array_equal(sharpened_to(undecided, 0.9), undecided)


@pytest.fixture(scope="module")
def docs_and_leaning_answers():
    """Return a graph, its answers with a lean, and what is not answered."""
    docs = datasets.load_docs()
    random = np.random.RandomState(0)
    asked = random.permutation(len(docs.graph))[:160]
    habit = docs.target_names[3]
    records = []
    for place in asked.tolist():
        told = {habit: 0.35, docs.target[place]: 0.35}
        if docs.target[place] == habit:
            told = {habit: 1.0}
        else:
            told[docs.target[place]] = 0.65
        records.append(Rationale(docs.graph.node_ids[place], told))
    table = check_rationales(records, docs.graph, docs.target_names)
    return docs, table, np.setdiff1d(np.arange(len(docs.graph)), asked)


QUICK = {
    "encoder": "hashing",
    "max_iter": 60,
    "hidden_dim": 32,
    "random_state": 0,
    "progress": False,
}


def taught_by(docs, table):
    graph = docs.graph.annotated(rationales=table)
    interpreter = InterpreterGNNClassifier(**QUICK)
    return interpreter, DistilledStudentClassifier(**QUICK).fit(
        interpreter.fit_transform(graph)
    )


def test_a_student_of_a_leaning_model_is_better_off(
    docs_and_leaning_answers, monkeypatch
):
    docs, table, rest = docs_and_leaning_answers
    mended = taught_by(docs, table)[1].score(docs.graph[rest], docs.target[rest])
    monkeypatch.setattr(network_classifier, "without_lean", lambda given: given)
    monkeypatch.setattr(network_classifier, "as_sure_as_agreed", lambda given, _: given)
    as_given = taught_by(docs, table)[1].score(docs.graph[rest], docs.target[rest])
    assert mended > as_given + 0.02


def test_baselines_learn_answers_as_they_are(docs_and_leaning_answers, monkeypatch):
    docs, table, _ = docs_and_leaning_answers

    def refuse(_):
        raise AssertionError("a baseline was helped")

    monkeypatch.setattr(network_classifier, "without_lean", refuse)
    MLPClassifier(**QUICK).fit(docs.graph.annotated(rationales=table))
