"""How right a language model is taken to be, and what its answers count."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_tagkd.learning import label_guard
from sklearn_tagkd.learning.committee import View
from sklearn_tagkd.learning.label_guard import guard_labels
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import audit_teacher
from tests.learning.test_committee import blobs

N_NODES = 400


def problem(right, n_labels=80, n_answers=300, seed=0, spread=0.5):
    """Labels and answers, of which a share is right, the rest wrong at random."""
    label, parts = blobs(N_NODES, 4, spread=spread, seed=seed)
    random = np.random.default_rng(seed)
    wrong = (label + random.integers(1, 4, size=N_NODES)) % 4
    answers = np.where(random.random(N_NODES) < right, label, wrong)
    is_true = np.arange(n_labels + n_answers) < n_labels
    rows = np.arange(n_labels + n_answers)
    said = np.where(is_true, label[rows], answers[rows])
    supervision = Supervision(
        np.array(["a", "b", "c", "d"]),
        rows,
        np.eye(4, dtype=np.float32)[said],
        np.ones(len(rows), dtype=np.float32),
        is_true,
    )
    actual = float((answers == label)[rows[~is_true]].mean())
    return supervision, View.of(parts).rows[rows], actual


@pytest.mark.parametrize("right", [0.25, 0.6, 0.8, 0.95])
def test_labels_tell_how_right_the_answers_are(right):
    supervision, rows, actual = problem(right)
    audit = audit_teacher(supervision, rows)
    estimate, low, high = audit.right
    assert low <= estimate <= high
    assert abs(estimate - actual) < 0.07
    assert audit.source == "labels"
    assert audit.n_answers == 300
    assert set(audit.of_class) == {"a", "b", "c", "d"}
    for share, least, most in audit.of_class.values():
        assert 0 <= least <= share <= most <= 1
        assert most - least > high - low  # of fewer answers less is known


def test_without_labels_answers_are_held_against_one_another():
    estimates = []
    for right in (0.6, 0.95):
        supervision, rows, _ = problem(right, n_labels=0)
        audit = audit_teacher(supervision, rows)
        assert audit.source == "cross-fitting"
        assert audit.answer_weight == 1
        estimates.append(audit.right[0])
    assert estimates[0] < 0.85 < estimates[1]


def test_a_class_that_is_named_wrongly_is_told():
    supervision, rows, _ = problem(1.0)
    named = supervision.distributions.copy()
    is_c = ~supervision.is_true & (named.argmax(axis=1) == 2)
    named[is_c] = np.eye(4)[1]
    changed = Supervision(
        supervision.classes,
        supervision.rows,
        named,
        supervision.weights,
        supervision.is_true,
    )
    of_class = audit_teacher(changed, rows).of_class
    assert of_class["b"][2] < of_class["a"][1]
    assert "c" not in of_class


def test_answers_at_random_weigh_nothing():
    supervision, rows, _ = problem(0.25)
    guarded, audit = guard_labels(supervision, rows)
    assert audit.answer_weight == 0
    assert guarded.is_true.all()
    assert len(guarded.rows) == 80
    assert "weight=0" in repr(audit)
    assert "\n" not in repr(audit)


@pytest.mark.parametrize("right", [0.25, 0.0])
def test_what_may_be_right_by_chance_weighs_nothing_whatever_losses_say(
    monkeypatch, right
):
    monkeypatch.setattr(
        "sklearn_tagkd.learning.label_guard._share", lambda *_: pytest.fail("looked")
    )
    supervision, rows, _ = problem(right)
    guarded, audit = guard_labels(supervision, rows)
    assert audit.answer_weight == 0
    assert guarded.is_true.all()


def test_labels_alone_may_be_held_back_as_much_as_answers_are(monkeypatch):
    """What a greater penalty gains is no merit of the answers."""

    def loss(rows, targets, penalty, beside=None, among=None):
        best = penalty == max(label_guard._PENALTIES)
        return (0.8 if best else 1.0) if beside is None else (0.9 if best else 1.1)

    supervision, rows, _ = problem(0.9)
    monkeypatch.setattr(label_guard, "held_out_loss", loss)
    guarded, audit = guard_labels(supervision, rows)
    assert audit.answer_weight == 0
    assert guarded.is_true.all()


def test_a_class_that_is_always_named_is_no_answer():
    supervision, rows, _ = problem(1.0)
    said = supervision.distributions.copy()
    said[80:] = np.eye(4, dtype=np.float32)[said[:80].sum(axis=0).argmax()]
    _, audit = guard_labels(replace(supervision, distributions=said), rows)
    assert audit.answer_weight == 0


def test_good_answers_stay_and_are_nearly_themselves():
    supervision, rows, _ = problem(0.95, n_labels=25, spread=1.0)
    guarded, audit = guard_labels(supervision, rows)
    assert audit.answer_weight > 0
    assert len(guarded.rows) == 325
    named = supervision.distributions[25:].argmax(axis=1)
    kept = guarded.distributions[~guarded.is_true]
    assert (kept.argmax(axis=1) == named).all()
    assert kept.max(axis=1).min() > 0.8
    np.testing.assert_allclose(kept.sum(axis=1), 1, rtol=1e-5)
    labels = guarded.distributions[guarded.is_true]
    assert np.array_equal(labels, supervision.distributions[:25])


@pytest.mark.parametrize(("n_labels", "n_answers"), [(4, 100), (100, 19), (0, 100)])
def test_nothing_changes_where_too_little_is_known(n_labels, n_answers):
    supervision, rows, _ = problem(0.3, n_labels, n_answers)
    guarded, audit = guard_labels(supervision, rows)
    assert guarded is supervision
    assert (audit is None) == (n_answers < 20)


def test_one_class_alone_is_no_error():
    one = np.ones((60, 1), dtype=np.float32)
    supervision = Supervision(
        np.array(["a"]), np.arange(60), one, one[:, 0], np.arange(60) < 30
    )
    assert guard_labels(supervision, np.ones((60, 2)))[0] is supervision


def teachers(label, random):
    """Answers that know nothing, or take every class for another one."""
    return {
        "at random": random.integers(0, 4, size=len(label)),
        "always the same": np.zeros(len(label), dtype=int),
        "one class for another": (label + 1) % 4,
    }


@pytest.mark.parametrize("n_labels", [5, 8, 12, 19])
@pytest.mark.parametrize("n_answers", [40, 300])
def test_a_few_labels_are_not_harmed_by_a_bad_teacher(n_labels, n_answers):
    harmed = []
    for seed in range(6):
        supervision, rows, _ = problem(1.0, n_labels, n_answers, seed=seed)
        label = supervision.distributions.argmax(axis=1)
        random = np.random.default_rng(1000 + seed)  # blobs draw from the other
        for name, said in teachers(label, random).items():
            named = np.where(supervision.is_true, label, said)
            bad = replace(supervision, distributions=np.eye(4, dtype=np.float32)[named])
            guarded, audit = guard_labels(bad, rows)
            assert audit.answer_weight == float(len(guarded.rows) > n_labels)
            if audit.answer_weight:
                harmed.append(name)
    assert set(harmed) <= {"at random"}  # one in twenty is lucky
    assert len(harmed) <= 2


@pytest.mark.parametrize("n_labels", [5, 10, 19])
def test_a_good_teacher_is_believed_beside_a_few_labels(n_labels):
    believed = 0
    for seed in range(6):
        supervision, rows, _ = problem(0.9, n_labels, 140, seed=seed)
        guarded, audit = guard_labels(supervision, rows)
        believed += audit.answer_weight == 1
        assert guarded is supervision or guarded.is_true.all()
    assert believed >= 5


def of_some_classes(supervision, rows, n_classes):
    """Leave out labels of all classes but the first ones."""
    named = supervision.distributions.argmax(axis=1)
    kept = np.flatnonzero(~supervision.is_true | (named < n_classes))
    return supervision.take(kept), rows[kept]


@pytest.mark.parametrize("n_classes", [1, 2, 3])
@pytest.mark.parametrize("n_labels", [40, 200])
def test_answers_that_name_classes_without_labels_are_believed(n_classes, n_labels):
    supervision, rows, _ = problem(0.9, n_labels, 140)
    supervision, rows = of_some_classes(supervision, rows, n_classes)
    guarded, audit = guard_labels(supervision, rows)
    assert abs(audit.right[0] - 0.9) < 0.1
    named = guarded.distributions[~guarded.is_true].argmax(axis=1)
    assert set(range(n_classes, 4)) <= set(named.tolist())
    weights = guarded.weights[~guarded.is_true]
    assert (weights[named >= n_classes] == 1).all()


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "name", ["at random", "always the same", "one class for another"]
)
def test_bad_answers_that_name_classes_without_labels_weigh_nothing(n_classes, name):
    n_kept = []
    for seed in range(6):
        supervision, rows, _ = problem(1.0, 80, 300, seed=seed)
        label = supervision.distributions.argmax(axis=1)
        said = teachers(3 - label, np.random.default_rng(1000 + seed))[name]
        said = 3 - said  # the same class is one without labels
        named = np.where(supervision.is_true, label, said)
        bad = replace(supervision, distributions=np.eye(4, dtype=np.float32)[named])
        guarded, _ = guard_labels(*of_some_classes(bad, rows, n_classes))
        n_kept.append(int((~guarded.is_true).sum()))
    assert sum(kept > 0 for kept in n_kept) <= 1, n_kept


def test_answers_about_labelled_nodes_are_held_against_the_labels():
    # Answers and a model of them err alike: cross-fitting believes them.
    supervision, rows, _ = problem(1.0, n_labels=0)
    named = np.arange(60) % 4
    true = np.where(np.arange(60) % 3 == 0, (named + 1) % 4, named)
    alone = audit_teacher(supervision, rows)
    both = audit_teacher(supervision, rows, (named, true))
    assert (alone.source, both.source) == ("cross-fitting", "labels")
    assert alone.right[0] > 0.9
    assert abs(both.right[0] - 2 / 3) < 0.12
    assert both.right[1] < both.right[0] < both.right[2]
    assert both.n_answers == alone.n_answers + 60
    assert all(both.of_class[name][0] < alone.of_class[name][0] for name in "abcd")
    assert "right in about" in str(both)
    assert "counts" not in str(both)
    assert "counts 0.3 of a label" in str(replace(both, answer_weight=0.3))
    untold = replace(both, right=(0.0, 0.0, 1.0))
    assert "do not tell how right" in str(untold)


def test_answers_that_are_all_about_labelled_nodes_are_held_against_the_labels():
    supervision, rows, _ = problem(1.0)
    supervision, rows = supervision.take(np.arange(80)), rows[:80]
    named = np.arange(60) % 4
    true = np.where(np.arange(60) % 3 == 0, (named + 1) % 4, named)
    guarded, audit = guard_labels(supervision, rows, (named, true))
    assert guarded is supervision
    assert audit.right[0] == pytest.approx(2 / 3)
    assert (audit.source, audit.n_answers) == ("labels", 60)
    assert set(audit.of_class) == set("abcd")
    assert audit_teacher(supervision, rows, (named[:19], true[:19])) is None


def test_one_class_that_is_always_named_tells_nothing_of_the_teacher():
    supervision, rows, _ = problem(1.0, n_labels=0)
    said = np.tile(np.eye(4, dtype=np.float32)[1], (300, 1))
    audit = audit_teacher(replace(supervision, distributions=said), rows)
    assert audit.right[1:] == (0.0, 1.0)
    assert audit.of_class["b"][1:] == (0.0, 1.0)
    assert "do not tell how right" in str(audit)
    # Where nearly all nodes are of one class, who tells the others apart is believed.
    rare = supervision.distributions.argmax(axis=1) > 0
    kept = np.flatnonzero(~rare | (np.arange(300) % 8 == 0))
    assert audit_teacher(supervision.take(kept), rows[kept]).right[1] > 0.8
