"""What to ask next, and why."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.inspection import export_review, next_questions
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale, check_rationales
from tests.conftest import fast


@pytest.fixture(scope="module")
def pipeline(toy):
    return make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(toy.answers), max_nodes=20),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    ).fit(toy.graph)


def test_new_nodes_each_once_with_a_reason(toy, pipeline):
    asked = next_questions(pipeline, toy.graph, 12)
    assert len(asked) == 12
    assert len(set(asked.nodes.tolist())) == 12
    answered = pipeline[0].answered_rows_
    new = ~asked.answered
    assert not np.isin(asked.positions[new], answered).any()
    assert np.isin(asked.positions[~new], answered).all()
    assert all(asked.reasons)
    assert (np.diff(asked.scores) <= 0).all()
    assert (asked.scores >= 0).all()
    assert (asked.scores <= 1).all()
    assert set(asked.suggestions.tolist()) <= set(pipeline.classes_)
    assert asked.to_frame().columns.tolist() == [
        "node", "suggestion", "score", "doubt", "answered", "reason",
    ]  # fmt: skip


def test_the_same_twice_and_out_of_a_file(toy, pipeline, tmp_path):
    first = next_questions(pipeline, toy.graph, 8)
    assert first.nodes.tolist() == next_questions(pipeline, toy.graph, 8).nodes.tolist()
    sklearn_tagkd.save(pipeline, tmp_path / "m.safetensors")
    loaded = sklearn_tagkd.load(tmp_path / "m.safetensors")
    again = next_questions(loaded, toy.graph, 8)
    # A file holds no reasons, and so no answer to contradict, but who was asked.
    assert not np.isin(again.positions, pipeline[0].answered_rows_).any()


def test_labelled_nodes_are_not_asked_about_and_views_hold(community):
    graph, target = community.graph, community.target
    y = np.full(len(graph), "", dtype=object)
    y[community.train] = target[community.train]
    asked = next_questions(community.student, graph, 40, y=y)
    assert not np.isin(asked.positions, community.train).any()
    view = next_questions(community.student, graph[community.rest[:30]], 40)
    assert len(view) == 30
    assert np.isin(view.positions, community.rest[:30]).all()
    everything = next_questions(community.student, graph, 5, y=target)
    assert len(everything) == 0
    assert repr(everything) == "NextQuestions(nodes=0, classes=3)"


def test_a_region_that_nobody_answered_about_comes_first():
    """Two thirds of the texts are of words that no labelled node has."""
    texts = ["soup butter oven"] * 10 + ["violin chord opera"] * 10
    texts += [f"quasar nebula pulsar {row % 3}" for row in range(40)]
    graph = TextGraph(texts, [])
    y = np.array(["food"] * 10 + ["music"] * 10 + [""] * 40)
    y[5:10] = y[15:20] = ""
    model = DistilledStudentClassifier(**fast()).fit(graph, y)
    asked = next_questions(model, graph, 3, y=y)
    assert asked.positions[0] >= 20
    assert "nothing like it was answered" in asked.reasons[0]
    assert "stands for about" in asked.reasons[0]


def test_a_contradicted_answer_is_asked_about_again(toy):
    names = sorted(set(toy.target))
    records = list(toy.records)
    said = max(records[4].probabilities, key=records[4].probabilities.get)
    other = names[(names.index(said) + 1) % 3]
    records[4] = Rationale(records[4].node, {other: 0.55, said: 0.45})
    told = toy.graph.annotated(rationales=check_rationales(records, toy.graph, names))
    model = InterpreterGNNClassifier(**fast()).fit(told)
    asked = next_questions(model, told, 8)
    assert asked.answered.sum() <= 2
    assert records[4].node in asked.nodes[asked.answered]
    row = asked.nodes.tolist().index(records[4].node)
    assert asked.suggestions[row] == said
    assert f"the teacher says {other}" in asked.reasons[row]
    # Once a person has said what it is, nobody is asked again.
    y = np.where(toy.graph.node_ids == records[4].node, said, "")
    assert records[4].node not in next_questions(model, told, 8, y=y).nodes


def test_nodes_without_anything_to_read_and_bad_numbers(community):
    texts = ["soup", "violin", "", "   "] * 5
    graph = TextGraph(texts, [])
    y = np.array(["food", "music", "", ""] + [""] * 16)
    model = DistilledStudentClassifier(**fast(max_iter=2)).fit(graph, y)
    asked = next_questions(model, graph, 20, y=y)
    assert {texts[at] for at in asked.positions} == {"soup", "violin"}
    for n in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="whole number"):
            next_questions(model, graph, n)


def test_they_go_to_a_reviewer(toy, pipeline, tmp_path):
    asked = next_questions(pipeline, toy.graph, 5)
    for format_ in ("csv", "label-studio", "argilla"):
        path = export_review(tmp_path / f"r.{format_}", asked, format_)
        assert path.stat().st_size > 100
