"""Nobody is asked, and paid, about nothing."""

import numpy as np
import pytest

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale, write_answers

CLASSES = ["mail", "net"]
ANSWER = '{"label": "mail", "probabilities": [{"class": "mail", "probability": 1}]}'


def asking(**options):
    """A step whose model keeps its prompts, and those prompts."""
    seen = []

    def model(messages):
        seen.append(messages[-1]["content"])
        return ANSWER

    return LLMRationaleTransformer(model, classes=CLASSES, **options), seen


def test_a_node_without_any_text_is_not_asked_about():
    graph = TextGraph(["a mail reader", "", " \n", "", "a net"], [(0, 1), (2, 3)])
    step, seen = asking()
    table = step.fit_transform(graph).annotations["rationales"]
    assert table.positions.tolist() == [0, 1, 4]
    assert len(seen) == step.n_asked_ == 3
    assert step.report_["no_text"] == 2
    assert len(step.questions(graph)) == 3


def test_links_of_either_direction_count_and_may_not_be_shown():
    graph = TextGraph(["a mail", "", ""], [(1, 0), (0, 2)], directed=True)
    has_text = nodes_with_text(graph)
    assert nodes_to_read(graph, has_text, 5).tolist() == [True, True, True]
    assert nodes_to_read(graph, has_text, 0).tolist() == [True, False, False]


def test_a_neighbour_without_a_text_is_not_shown():
    graph = TextGraph(["hub", *[""] * 20, "a mail"], [(0, n) for n in range(1, 22)])
    step, _ = asking(max_neighbors=1)
    hub = next(q for q in step.questions(graph[[0]]) if q.node == 0)
    assert hub.neighbors == (21,)


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        (TextGraph(None, [(0, 1)], features=np.eye(3)), "The graph has no texts"),
        (TextGraph(["", " "], [(0, 1)]), "The graph has no texts"),
        (TextGraph(["\u200b \ufeff", "\x00\n"], [(0, 1)]), "The graph has no texts"),
        (
            TextGraph(["a mail", "", ""], [(1, 2)])[[1, 2]],
            "selected nodes have no texts",
        ),
    ],
)
def test_where_there_is_nothing_to_read_nobody_is_asked(graph, says):
    step, seen = asking()
    with pytest.raises(ValueError, match=says):
        step.fit(graph)
    with pytest.raises(ValueError, match=says):
        step.plan(graph)
    assert seen == []


def test_texts_that_were_lost_are_pointed_out():
    step, _ = asking()
    graph = TextGraph(["a mail", *[""] * 9], [(1, 2)])
    with pytest.warns(RationaleWarning, match="9 of 10 nodes have no text"):
        step.fit(graph)


def test_what_was_recorded_is_replayed_whatever_the_graph_shows(tmp_path):
    write_answers(
        tmp_path / "a.jsonl", [Rationale(0, {"mail": 1.0}), Rationale(1, {"net": 1.0})]
    )
    graph = TextGraph(None, [(0, 1)], features=np.eye(3))
    step = LLMRationaleTransformer(RecordedAnswers(tmp_path / "a.jsonl")).fit(graph)
    assert step.n_answered_ == 2


def test_an_example_has_a_text():
    graph = TextGraph(["", "a mail", "mail two", "a net", ""], [])
    step, _ = asking(n_examples=2)
    questions = step.questions(graph, ["mail", "mail", "mail", "net", ""])
    assert len(questions) == 3
    assert all(text for q in questions for text, _ in q.examples)
