"""What is known of the training graph holds where nodes were appended to it."""

import numpy as np
import pytest

from sklearn_tagkd.exceptions import ExchangeabilityWarning
from sklearn_tagkd.inspection import explain, label_issues, next_questions, predict_set


@pytest.fixture(scope="module")
def grown(toy):
    ids = toy.graph.node_ids
    return toy.graph.extended(
        ["soup oven dough", "opera tune"],
        [("z0", ids[0]), ("z1", ids[1])],
        ["z0", "z1"],
    )


def test_answered_nodes_do_not_calibrate(pipeline, toy, grown):
    y = np.append(toy.target, ["", ""])
    with pytest.warns(ExchangeabilityWarning, match="appended"):
        sets = predict_set(pipeline, grown[-2:], 0.8, calibration=(grown, y))
    assert sets.n_calibration == len(toy.graph) - len(toy.records)
    predict_set(pipeline, grown[:60], 0.8, calibration=(grown, y))
    y[-1] = "music"
    predict_set(pipeline, grown[-2:], 0.8, calibration=(grown, y))


def test_answers_are_known_and_not_asked_for_again(pipeline, toy, grown):
    assert len(label_issues(pipeline, grown)) == len(toy.records)
    (found,) = explain(pipeline, grown, ["z0"], 2)
    assert found.taught_by
    asked = next_questions(pipeline, grown, 40).positions
    assert not np.isin(asked, pipeline[0].answered_rows_).any()


def test_a_graph_that_is_like_it_and_is_not_it_is_another(pipeline, toy, grown):
    other = toy.graph.__class__(["x", *toy.graph.texts[1:]], [], toy.graph.node_ids)
    other = other.extended(["soup"], [], ["z0"])
    (found,) = explain(pipeline, other, ["z0"], 2)
    assert not found.taught_by
