"""Whether words are looked at is found out at a cost that the fit can bear."""

import numpy as np

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.learning import word_choice


def test_as_many_classes_as_labels_are_judged_by_a_sample(monkeypatch):
    judged = []

    def predictions(rows, targets, penalty):
        judged.append((len(rows), targets.shape))
        return np.full(targets.shape, 1 / targets.shape[1])

    monkeypatch.setattr(word_choice, "held_out_predictions", predictions)
    y = np.arange(400) % 150
    graph = TextGraph([f"word{i} and another{i % 7}" for i in y], [])
    student = DistilledStudentClassifier(encoder="hashing", max_iter=1, random_state=0)

    def judge(most):
        judged.clear()
        monkeypatch.setattr(word_choice, "_MOST", most)
        student.fit(graph, y)
        return list(judged)

    assert judge(400 * 150) == [(400, (400, 150))] * 2
    sample = judge(60 * 150)  # of their own classes alone
    assert [n_rows for n_rows, _ in sample] == [60, 60]
    assert all(shape[0] == 60 and shape[1] <= 60 for _, shape in sample)
    assert judge(40 * 150) == []  # too few to judge by


def test_an_interpreter_and_its_student_judge_once(monkeypatch):
    judged = []
    judge = word_choice.held_out_predictions

    def predictions(*lessons):
        judged.append(lessons)
        return judge(*lessons)

    monkeypatch.setattr(word_choice, "held_out_predictions", predictions)
    y = np.arange(120) % 3
    graph = TextGraph([f"word{i} and another{n % 7}" for n, i in enumerate(y)], [])
    options = {"encoder": "hashing", "max_iter": 2, "random_state": 0}
    taught = InterpreterGNNClassifier(**options).fit_transform(graph, y)
    DistilledStudentClassifier(**options).fit(taught, y)
    assert len(judged) == 2  # meanings, and words
    DistilledStudentClassifier("mlp", **options).fit(taught, y)
    assert len(judged) == 4  # it looks at no link
    DistilledStudentClassifier(**options).fit(taught, 2 - y)
    assert len(judged) == 6
