"""Probabilities are made as sure as they are right, and no class changes by it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.learning.calibration import find_sharpness
from sklearn_tagkd.learning.committee import Labelled
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.nn.config import BACKBONES
from sklearn_tagkd.rationales import Rationale, check_rationales
from tests.conftest import fast

CLASSES = ["cats", "dogs", "fish"]
WORDS = {
    "cats": ["purr", "whisker", "tabby", "kitten", "meow", "mouser"],
    "dogs": ["bark", "leash", "puppy", "hound", "fetch", "kennel"],
    "fish": ["gill", "fin", "scale", "tank", "trout", "reef"],
}


def zoo(n_nodes=240, share_wrong=0.0, seed=0):
    """Return a graph, its true labels, and answers about a quarter of it."""
    random = np.random.default_rng(seed)
    true = random.choice(CLASSES, n_nodes)
    texts = []
    for label in true:
        mixed = [
            str(random.choice(WORDS[label if random.random() < 0.6 else other]))
            for other in random.choice(CLASSES, 6)
        ]
        texts.append(" ".join(mixed))
    edges = random.integers(n_nodes, size=(2 * n_nodes, 2))
    like = (true[edges[:, 0]] == true[edges[:, 1]]) | (random.random(len(edges)) < 0.2)
    graph = TextGraph(texts, edges[like])
    named = true.copy()
    wrong = random.random(n_nodes) < share_wrong
    named[wrong] = random.choice(CLASSES, wrong.sum())
    asked = range(0, n_nodes, 4)
    records = [Rationale(graph.node_ids[i], {str(named[i]): 1.0}) for i in asked]
    table = check_rationales(records, graph, CLASSES)
    return graph.annotated(rationales=table), true


class Told:
    """A committee whose held-out opinion is given."""

    def __init__(self, said):
        self.said = said
        at = np.arange(len(said))
        self.labelled = Labelled(at, said, np.ones(len(said)))

    def held_out(self):
        return np.arange(len(self.said)), self.said


def sharpness(said, targets, is_true=False, opinion=None, audit=None):
    n_labels = len(targets)
    supervision = Supervision(
        np.array(CLASSES),
        np.arange(n_labels),
        targets.astype(np.float32),
        np.ones(n_labels, np.float32),
        np.full(n_labels, is_true),
    )
    opinion = targets if opinion is None else opinion
    return find_sharpness(
        supervision, Told(said), np.asarray(opinion, np.float32), audit
    )


def labels_that_are(right, n_labels=3000):
    """Return labels, and an opinion that is 90% sure and right so often."""
    named = np.arange(n_labels) % 3
    hits = np.arange(n_labels) < right * n_labels
    said = np.full((n_labels, 3), 0.05)
    said[np.arange(n_labels), np.where(hits, named, (named + 1) % 3)] = 0.9
    return said, np.eye(3)[named]


@pytest.mark.parametrize("right", [0.6, 0.75, 0.9, 0.97])
def test_the_held_out_opinion_becomes_as_sure_as_right(right):
    said, targets = labels_that_are(right)
    raised = said ** sharpness(said, targets, is_true=True)
    sure = (raised / raised.sum(axis=1, keepdims=True)).max(axis=1).mean()
    assert sure == pytest.approx(right, abs=0.02)


def test_of_few_labels_per_class_less_is_believed():
    few, many = (sharpness(*labels_that_are(0.6, n), is_true=True) for n in (30, 3000))
    assert many < few < 1
    assert sharpness(*labels_that_are(0.6, 18), is_true=True) == 1.0


def test_a_teacher_that_is_less_right_than_sure_makes_less_sure():
    said, targets = labels_that_are(0.9)

    def audited(right):
        audit = TeacherAudit((right, right, right), "cross-fitting", 300, {})
        return sharpness(said, targets, audit=audit)

    assert audited(0.7) < audited(0.85) < audited(1.0)
    assert audited(1.0) == sharpness(said, targets)


def test_with_few_labels_a_committee_is_no_judge_of_a_teacher():
    """That it contradicts answers, and so the audit, is for lack of labels."""
    said, targets = labels_that_are(0.9, 24)
    poor = TeacherAudit((0.5, 0.3, 0.7), "cross-fitting", 24, {})
    assert sharpness(said, targets, audit=poor) == sharpness(said, targets)


def test_users_labels_are_not_discounted():
    said, targets = labels_that_are(0.9)
    poor = TeacherAudit((0.5, 0.4, 0.6), "labels", 300, {})
    trusted = sharpness(said, targets, is_true=True, opinion=said, audit=poor)
    assert trusted == sharpness(said, targets, is_true=True)


def test_answers_less_sure_than_they_are_agreed_with_are_sharpened():
    said, targets = labels_that_are(0.9)
    unsure, sure = (share * targets + (1 - share) / 3 for share in (0.5, 0.85))
    assert sharpness(said, unsure) == pytest.approx(sharpness(said, sure), abs=0.01)
    surer = 0.97 * targets + 0.01  # than they are agreed with: taken as they are
    assert sharpness(said, surer) > 1.1 * sharpness(said, sure)


def test_contradicted_answers_are_taken_for_noise():
    said, targets = labels_that_are(0.7)
    contradicting = sharpness(said, targets, opinion=said)
    assert contradicting > sharpness(said, targets, opinion=targets)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_no_class_changes(backbone, monkeypatch):
    graph, _ = zoo(share_wrong=0.3)
    found = {}
    for factor in (1.0, 0.5, None):
        with monkeypatch.context() as patch:
            if factor is not None:
                patch.setattr(
                    "sklearn_tagkd.interpreter.find_sharpness", lambda *_, f=factor: f
                )
            interpreter = InterpreterGNNClassifier(backbone, **fast())
            taught = interpreter.fit_transform(graph)
            student = DistilledStudentClassifier(backbone, **fast()).fit(taught)
        assert student.sharpness_ == interpreter.sharpness_
        assert factor is None or interpreter.sharpness_ == factor
        found[factor] = [
            (model.predict(graph), model.predict_log_proba(graph))
            for model in (interpreter, student)
        ]
    assert found[None][0][1].tolist() != found[1.0][0][1].tolist()
    for number, (classes, plain) in enumerate(found[1.0]):
        for factor in (0.5, None):
            assert_array_equal(found[factor][number][0], classes)
            assert np.isfinite(found[factor][number][1]).all()
        tempered = np.exp(0.5 * plain)
        tempered /= tempered.sum(axis=1, keepdims=True)
        assert_allclose(np.exp(found[0.5][number][1]), tempered, atol=2e-4)


def test_the_same_bits_twice():
    graph, _ = zoo(share_wrong=0.2)
    once, again = (
        DistilledStudentClassifier(**fast())
        .fit(InterpreterGNNClassifier(**fast()).fit_transform(graph))
        .predict_proba(graph)
        for _ in range(2)
    )
    assert_array_equal(once, again)


def test_without_a_committee_nothing_is_changed():
    graph, true = zoo()
    for model in (
        MLPClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
        InterpreterGNNClassifier(**fast(committee_weight=0)),
    ):
        assert model.fit(graph, true).sharpness_ == 1.0


def test_an_opinion_that_is_not_learnt_changes_nothing():
    taught = InterpreterGNNClassifier(**fast()).fit_transform(zoo()[0])
    student = DistilledStudentClassifier(**fast(output_weight=0)).fit(taught)
    assert student.sharpness_ == 1.0


def test_a_node_that_a_view_repeats_is_held_out_as_a_whole():
    """Else the committee would have seen what it is judged by."""
    graph, _ = zoo(share_wrong=0.4)
    plain = InterpreterGNNClassifier(**fast()).fit(graph).sharpness_
    twice = graph[np.repeat(np.arange(len(graph)), 2)]
    repeated = InterpreterGNNClassifier(**fast()).fit(twice).sharpness_
    assert repeated == pytest.approx(plain, rel=0.15)
