import numpy as np
import pytest

from sklearn_tagkd import DistilledStudentClassifier, InterpreterGNNClassifier
from sklearn_tagkd.nn.config import BACKBONES
from tests.conftest import fast

TERMS = ("output", "semantic", "structural")


@pytest.fixture(scope="module")
def taught(annotated):
    return InterpreterGNNClassifier(**fast(max_iter=60)).fit_transform(annotated)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_backbone_learns_from_an_interpreter(backbone, taught, toy):
    student = DistilledStudentClassifier(backbone, **fast()).fit(taught)
    assert student.score(toy.graph, toy.target) > 0.8
    expected = {"step", "labels", "output", "semantic"}
    if backbone != "mlp":
        expected.add("structural")
    assert set(student.history_[-1]) == expected


@pytest.mark.parametrize("term", TERMS)
def test_a_weight_of_zero_switches_its_term_off(term, taught, toy):
    student = DistilledStudentClassifier(**fast(**{f"{term}_weight": 0})).fit(taught)
    assert term not in student.history_[-1]
    full = DistilledStudentClassifier(**fast()).fit(taught)
    assert (student.predict_proba(toy.graph) != full.predict_proba(toy.graph)).any()


@pytest.mark.parametrize("term", TERMS)
def test_a_weight_draws_the_student_to_the_interpreter(term, taught, toy):
    def distance(weight):
        options = {f"{name}_weight": 0.0 for name in TERMS} | {f"{term}_weight": weight}
        options["soft_label_weight"] = 0.01  # or the labels alone would bring them near
        student = DistilledStudentClassifier(**fast(max_iter=100, **options))
        student.fit(taught)
        signals = taught.annotations["teacher"]
        if term == "output":
            ours = student._outputs(toy.graph, "probabilities")
            return np.square(ours - signals.probabilities).sum()
        kind = {"semantic": "text", "structural": "neighborhood"}[term]
        goal = getattr(signals, kind)
        ours = student._outputs(toy.graph[goal.rows], kind)
        return (goal.weights * np.square(ours - goal.values).sum(axis=1)).sum()

    assert distance(20.0) < 0.7 * distance(0.0)


def test_nodes_nobody_labelled_are_learnt_from(taught, toy):
    """The interpreter's say on all nodes teaches, not that on answered ones alone."""
    student = DistilledStudentClassifier(
        **fast(soft_label_weight=1e-6, output_weight=10.0, max_iter=100)
    ).fit(taught[[0]])
    assert student.score(toy.graph, toy.target) > 0.8


def test_embeddings_of_different_width_cannot_be_aligned(taught):
    with pytest.raises(ValueError, match="Give both the same hidden_dim, or set"):
        DistilledStudentClassifier(**fast(hidden_dim=8)).fit(taught)
    options = fast(hidden_dim=8, semantic_weight=0, structural_weight=0)
    DistilledStudentClassifier(**options).fit(taught)


def test_a_class_the_interpreter_does_not_know_gets_no_say(taught, toy):
    y = toy.target.copy()
    y[0] = "chess"
    student = DistilledStudentClassifier(**fast()).fit(taught, y)
    assert student.classes_.tolist() == ["chess", "cooking", "music", "space"]
    aligned = student._align_classes(taught.annotations["teacher"])
    assert not aligned[:, 0].any()
    assert np.allclose(aligned.sum(axis=1), 1, atol=1e-5)


def test_predicting_needs_no_annotation(taught, toy):
    student = DistilledStudentClassifier(**fast()).fit(taught)
    plain, carrying = (student.predict_proba(g) for g in (toy.graph, taught))
    assert (plain == carrying).all()
