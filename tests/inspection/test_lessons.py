"""What answers taught: sums that add up, and a check that can fail."""

import numpy as np

from sklearn_tagkd.inspection.explanation.lessons import Lessons
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.learning.committee.softmax_regression import fit_softmax
from sklearn_tagkd.learning.node_views import rows_of_nodes


def lessons_of(pipeline, toy, nodes):
    reading = read_model(pipeline, toy.graph)
    return reading, Lessons(reading, reading.lessons(), nodes)


def test_a_margin_is_what_answers_add_and_a_bias(pipeline, toy):
    nodes = np.array([1, 3, 5])
    reading, lessons = lessons_of(pipeline, toy, nodes)
    step = reading.step
    rows = rows_of_nodes(toy.graph, step._embedder(), step._hops(), nodes)
    for node, row in zip(nodes, rows, strict=True):
        said = row @ lessons.coefficients[:-1]
        added = lessons.effects(node, 0, 2).sum()
        assert np.isclose(added, said[0] - said[2], atol=0.05)  # L-BFGS stops early


def test_without_its_teachers_a_node_is_less_sure_than_without_others(pipeline, toy):
    nodes = np.arange(1, 60, 2)
    reading, lessons = lessons_of(pipeline, toy, nodes)
    step, table = reading.step, lessons.table
    classes = np.searchsorted(step.classes_, step.predict(toy.graph[nodes]))
    taught = table.positions
    rows = rows_of_nodes(
        toy.graph, step._embedder(), step._hops(), np.concatenate([taught, nodes])
    )
    random = np.random.RandomState(0)

    def margin(kept, row, best, second):
        found = fit_softmax(
            rows[kept], table.probabilities[kept], np.ones(len(kept)), 3e-4
        )
        said = row @ found[:-1] + found[-1]
        return said[best] - said[second]

    falls = []
    for node, best, row in zip(nodes, classes, rows[len(taught) :], strict=True):
        second = (best + 1) % 3
        top = np.argsort(-lessons.effects(node, best, second))[:3]
        others = random.permutation(np.setdiff1d(np.arange(len(taught)), top))[:3]
        whole = margin(np.arange(len(taught)), row, best, second)
        falls.append(
            [
                whole
                - margin(np.setdiff1d(np.arange(len(taught)), gone), row, best, second)
                for gone in (top, others)
            ]
        )
    ours, theirs = np.mean(falls, axis=0)
    assert ours > 0
    assert ours > 2 * theirs
