import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import AnswerFormatError
from sklearn_tagkd.rationales import (
    KeyNeighbor,
    Rationale,
    check_rationales,
    read_answers,
    write_answers,
)

ids = st.one_of(st.text(max_size=5), st.integers(-(10**6), 10**6))
phrases = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
rationales = st.builds(
    Rationale,
    node=ids,
    probabilities=st.dictionaries(
        st.text(min_size=1, max_size=5), st.floats(allow_nan=False)
    ),
    shown=st.lists(ids).map(tuple),
    keywords=phrases.map(tuple),
    neighbors=st.lists(st.builds(KeyNeighbor, ids, phrases.map(tuple))).map(tuple),
    explanation=st.text(st.characters(exclude_categories=["Cs"])),
)


@given(st.lists(rationales))
def test_write_then_read_gives_the_same_answers(tmp_path_factory, answers):
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    write_answers(path, answers)
    assert read_answers(path) == (answers, {})


def test_halves_of_surrogates_cost_nothing_but_themselves(tmp_path):
    graph = TextGraph(["a goal", "a vote"], [("a", "\ud800")], node_ids=["a", "\ud800"])
    half = Rationale(
        node="\ud800",
        probabilities={"sport": 1.0},
        keywords=("vote", "\ud800"),
        explanation="half \ud83d",
    )
    assert check_rationales([half], graph, ["sport"]).explanations[0] == "half ?"
    write_answers(tmp_path / "answers.jsonl", [half])
    [read], malformed = read_answers(tmp_path / "answers.jsonl")
    assert malformed == {}
    assert read == replace(half, keywords=("vote", "?"), explanation="half ?")


@pytest.mark.parametrize("name", ["", "\ud800"])
def test_what_names_no_class_is_no_answer(name):
    with pytest.raises(ValueError, match="names a class by nothing, or by no text"):
        Rationale.from_json({"node": "a", "probabilities": {name: 1.0}})


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
)
almost = st.fixed_dictionaries(
    {"node": json_values, "probabilities": json_values},
    optional=dict.fromkeys(
        ("shown", "keywords", "neighbors", "explanation"), json_values
    ),
)


@given(st.one_of(json_values, almost))
def test_any_json_is_an_answer_or_a_value_error(entry):
    try:
        rationale = Rationale.from_json(entry)
    except ValueError:
        return
    assert isinstance(rationale.node, str | int)
    assert Rationale.from_json(json.loads(json.dumps(rationale.to_json())))


def test_a_broken_line_costs_that_line_alone(tmp_path):
    path = tmp_path / "answers.jsonl"
    good = '{"node": "a", "probabilities": {"x": 1.0}}'
    deep = "[" * 100_000
    path.write_text(f'{good}\n\n{{"node": "b", "prob\n{deep}\n[1]\n{good}\n')
    answers, malformed = read_answers(path)
    assert [answer.node for answer in answers] == ["a", "a"]
    assert sorted(malformed) == [3, 4, 5]
    assert malformed[5] == "not a JSON object"


def test_a_file_of_something_else_is_an_error(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b"\x80PK\x03\x04 secret\nmore")
    with pytest.raises(AnswerFormatError, match="holds no answer: 2 lines") as caught:
        read_answers(path)
    assert "secret" not in str(caught.value)


def test_ids_that_json_cannot_hold_are_refused_before_writing(tmp_path):
    path = tmp_path / "answers.jsonl"
    with pytest.raises(TypeError, match="strings or integers"):
        write_answers(path, [Rationale("a", {}), Rationale((1, 2), {})])
    assert not path.exists()
    write_answers(path, [Rationale(np.int64(3), {"x": np.float32(1)})])
    assert read_answers(path)[0][0].node == 3


def test_repr_keeps_texts_to_itself():
    answer = Rationale(
        "a",
        {"x": 1.0},
        keywords=("secret",),
        neighbors=(KeyNeighbor("b", ("secret",)),),
        explanation="secret",
    )
    assert "secret" not in repr(answer)
