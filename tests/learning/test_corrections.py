"""Labels of suspected answers mend these, and judge no other."""

import numpy as np
import pytest

from sklearn_tagkd.learning.corrections import are_corrections
from sklearn_tagkd.learning.label_guard import guard_labels
from sklearn_tagkd.learning.supervision import Supervision

N_CLASSES, N_NODES = 5, 200


def teacher(kind, seed=0):
    """True classes of nodes, what a teacher says of them, and where they lie."""
    random = np.random.default_rng(seed)
    true = random.integers(N_CLASSES, size=N_NODES)
    centers = 2.5 * random.standard_normal((N_CLASSES, 8))
    rows = centers[true] + random.standard_normal((N_NODES, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    said = true.copy()
    if kind == "careless":
        wrong = random.random(N_NODES) < 0.2
        said[wrong] = (true[wrong] + 1) % N_CLASSES
    elif kind == "random":
        said = random.integers(N_CLASSES, size=N_NODES)
    elif kind == "mixed up":
        said = (true + 1) % N_CLASSES
    return true, said, rows


def beside(true, said, labelled):
    """Labels in the place of answers, and what was said where both are known."""
    is_true = np.isin(np.arange(N_NODES), labelled)
    known = np.where(is_true, true, said)
    supervision = Supervision(
        classes=np.arange(N_CLASSES),
        rows=np.arange(N_NODES),
        distributions=np.eye(N_CLASSES, dtype=np.float32)[known],
        weights=np.ones(N_NODES, dtype=np.float32),
        is_true=is_true,
    )
    return supervision, (said[is_true], true[is_true])


@pytest.mark.parametrize("n_labels", [10, 15, 30])
def test_a_review_of_suspects_is_known_as_one_and_other_answers_count(n_labels):
    true, said, rows = teacher("careless")
    suspects = np.flatnonzero(true != said)[: n_labels - 2]
    labelled = [*suspects, *np.flatnonzero(true == said)[: n_labels - len(suspects)]]
    supervision, on_labels = beside(true, said, labelled)
    assert are_corrections(supervision, rows, on_labels)
    guarded, audit = guard_labels(supervision, rows, on_labels)
    assert guarded is supervision
    assert audit.answer_weight == 1
    assert audit.right[0] > 0.6


@pytest.mark.parametrize("kind", ["random", "mixed up"])
@pytest.mark.parametrize("n_labels", [10, 30, 60])
def test_a_teacher_that_knows_nothing_is_not_excused(kind, n_labels):
    for seed in range(20):
        true, said, rows = teacher(kind, seed)
        labelled = np.random.default_rng(seed).permutation(N_NODES)[:n_labels]
        supervision, on_labels = beside(true, said, labelled)
        assert not are_corrections(supervision, rows, on_labels)


def test_a_fair_sample_judges():
    true, said, rows = teacher("careless")
    labelled = np.random.default_rng(0).permutation(N_NODES)[:40]
    supervision, on_labels = beside(true, said, labelled)
    assert not are_corrections(supervision, rows, on_labels)


def test_labels_of_other_nodes_are_no_review():
    true, said, rows = teacher("careless")
    supervision, _ = beside(true, said, np.arange(40))
    nobody = np.empty(0, dtype=np.int64)
    assert not are_corrections(supervision, rows, (nobody, nobody))
