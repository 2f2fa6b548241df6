import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.rationales import (
    Abstention,
    KeyNeighbor,
    Rationale,
    check_rationales,
)

CLASSES = ["politics", "sport"]


def star(**options):
    """A hub 'a' with leaves 'b', 'c', 'd', and 'e' on its own."""
    return TextGraph(
        ["A late\n goal", "the vote", "a penalty", "the crowd", "the law"],
        [("a", "b"), ("a", "c"), ("a", "d")],
        list("abcde"),
        **options,
    )


def check(*answers, graph=None):
    return check_rationales(answers, graph or star(), CLASSES)


def test_a_sound_answer_passes_whole():
    answer = Rationale(
        "a",
        {"sport": 0.75, "politics": 0.25},
        shown=("c", "b"),
        keywords=("late goal",),
        neighbors=(KeyNeighbor("c", ("PENALTY",)),),
        explanation="A goal.",
    )
    table = check(answer)
    assert table.report == {}
    assert table.abstained == {}
    assert table.probabilities.tolist() == [[0.25, 0.75]]
    assert table.keywords[0] == ["late goal"]  # white space and case are folded
    assert table.messages[0] == ["PENALTY"]
    assert table.passed_over[1].tolist() == [1]
    (record,) = table.to_records(star().node_ids)
    assert record.neighbors == answer.neighbors
    assert set(record.shown) == {"b", "c"}
    assert record.probabilities == answer.probabilities


@pytest.mark.parametrize(
    ("probabilities", "reason"),
    [
        ({"sport": 0.9, "chess": 0.1}, "unknown_class"),
        ({"sport": float("nan")}, "not_a_distribution"),
        ({"sport": float("inf")}, "not_a_distribution"),
        ({"sport": 1.5, "politics": -0.5}, "not_a_distribution"),
        ({"sport": 0.5}, "not_a_distribution"),
        ({"sport": 0.9, "politics": 0.9}, "not_a_distribution"),
        ({}, "not_a_distribution"),
    ],
)
def test_an_untrustworthy_label_is_abstained_from(probabilities, reason):
    table = check(Rationale("a", probabilities), Rationale("b", {"sport": 1}))
    assert table.positions.tolist() == [1]
    assert table.abstained == {0: reason}
    assert table.report == {reason: 1}


def test_rounded_probabilities_are_normalised():
    table = check(Rationale("a", {"sport": 0.66, "politics": 0.33}))
    assert table.probabilities.sum() == pytest.approx(1)
    assert table.report == {}


def test_a_class_at_zero_need_not_be_known():
    assert len(check(Rationale("a", {"sport": 1.0, "chess": 0.0}))) == 1


@pytest.mark.parametrize(
    ("answer", "report"),
    [
        (Rationale("z", {"sport": 1}), {"unknown_node": 1}),
        (
            Rationale("a", {"sport": 1}, shown=("b", "e", "z")),
            {"shown_not_linked": 2},
        ),
        (
            Rationale("a", {"sport": 1}, ("b",), (), (KeyNeighbor("e"),)),
            {"key_not_linked": 1},
        ),
        (
            Rationale("a", {"sport": 1}, ("b",), (), (KeyNeighbor("c"),)),
            {"key_not_shown": 1},
        ),
        (
            Rationale("a", {"sport": 1}, ("b",), (), (KeyNeighbor("b"),) * 2),
            {"repeated_key": 1},
        ),
        (
            Rationale("a", {"sport": 1}, (), ("goal", "own goal", " ")),
            {"keyword_not_in_text": 2},
        ),
        (
            Rationale("a", {"sport": 1}, ("b",), (), (KeyNeighbor("b", ("goal",)),)),
            {"message_not_in_text": 1},
        ),
    ],
)
def test_an_untrustworthy_reason_is_dropped_and_counted(answer, report):
    table = check(answer)
    assert dict(table.report) == report
    assert len(table) == (answer.node == "a")


def test_a_key_neighbour_whose_message_is_dropped_stays_key():
    item = KeyNeighbor("b", ("not there",))
    table = check(Rationale("a", {"sport": 1}, ("b",), (), (item,)))
    assert table.key_node.tolist() == [1]
    assert table.messages[0] == []


def test_the_last_answer_counts_and_outweighs_an_abstention():
    table = check(
        Rationale("a", {"sport": 1}),
        Rationale("a", {"politics": 1}),
        Abstention("a", "time_out"),
        Abstention("b", "refused"),
    )
    assert table.probabilities.tolist() == [[1, 0]]
    assert table.report == {"repeated_answer": 1}
    assert table.abstained == {1: "refused"}


def test_links_of_a_directed_graph_count_both_ways():
    graph = star(directed=True)
    answers = [
        Rationale("b", {"sport": 1}, ("a",)),
        Rationale("a", {"sport": 1}, ("b",)),
    ]
    assert check(*answers, graph=graph).report == {}


def test_integer_classes_are_named_by_their_digits():
    table = check_rationales([Rationale("a", {"2": 1.0})], star(), [10, 2])
    assert table.classes.tolist() == [2, 10]
    assert table.probabilities.tolist() == [[1, 0]]


wild = st.builds(
    Rationale,
    node=st.sampled_from(["a", "b", "e", "z", 7, True]),
    probabilities=st.dictionaries(
        st.sampled_from(["sport", "politics", "chess"]), st.floats()
    ),
    shown=st.lists(st.sampled_from(["a", "b", "c", "e", "z"])).map(tuple),
    keywords=st.lists(st.text(max_size=3)).map(tuple),
    neighbors=st.lists(
        st.builds(
            KeyNeighbor,
            st.sampled_from(["a", "b", "c", "z"]),
            st.lists(st.text(max_size=3)).map(tuple),
        )
    ).map(tuple),
)


@pytest.mark.parametrize("names", [("sport", "politics"), ("chess", "go")])
def test_numbers_whose_sum_is_none_are_no_distribution(names):
    answer = Rationale("a", dict.fromkeys(names, 1.7e308))
    table = check_rationales([answer], star(), CLASSES)
    assert len(table) == 0
    assert set(table.abstained.values()) <= {"not_a_distribution", "unknown_class"}


@given(st.lists(wild, max_size=6))
def test_whatever_comes_in_only_what_holds_comes_out(answers):
    graph = star()
    table = check_rationales(answers, graph, CLASSES)
    assert (np.diff(table.positions) > 0).all()
    assert np.allclose(table.probabilities.sum(axis=1), 1)
    assert (table.probabilities >= 0).all()
    links = graph.adjacency.toarray()
    shown = set(zip(table.shown_row, table.shown_node, strict=True))
    assert all(links[table.positions[row], node] for row, node in shown)
    assert set(zip(table.key_row, table.key_node, strict=True)) <= shown
    assert len(table.messages) == len(table.key_row)
    assert not set(table.abstained) & set(table.positions.tolist())
    for position, words in zip(table.positions, table.keywords, strict=True):
        text = " ".join(graph.texts[position].split()).casefold()
        assert all(" ".join(word.split()).casefold() in text for word in words)


def test_a_hundred_thousand_answers_are_one_pass(tmp_path):
    graph = TextGraph(["a goal"] * 100_000, [(i, i + 1) for i in range(0, 99_999, 2)])
    answers = [
        Rationale(i, {"sport": 1.0}, (i ^ 1,), ("goal",), (KeyNeighbor(i ^ 1),))
        for i in range(100_000)
    ]
    table = check_rationales(answers, graph, CLASSES)
    assert len(table) == len(table.key_row) == 100_000
    assert table.report == {}
