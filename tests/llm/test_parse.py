"""Whatever a model writes: no exception, no invented class, no made-up confidence."""

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sklearn_tagkd.llm.reading.label_tokens import label_logprobs
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import (
    ParsedAnswer,
    Problem,
    describe,
    parse_answer,
)
from sklearn_tagkd.llm.reading.reply import agree
from sklearn_tagkd.llm.wire.transport import TokenChoice
from tests.llm.helpers import examples

CLASSES = ["Theory", "Rule_Learning", "Neural Networks"]
GOOD = {
    "explanation": "It says so.",
    "keywords": ["a phrase"],
    "neighbors": [{"number": 2, "keywords": ["another"]}],
    "label": "Theory",
    "probabilities": [
        {"class": "Theory", "probability": 0.75},
        {"class": "Rule_Learning", "probability": 0.25},
    ],
}
TEXT = json.dumps(GOOD)


def check(content, *, is_cut_off=False):
    found = parse_answer(content, CLASSES, 2, is_cut_off=is_cut_off)
    if isinstance(found, Problem):
        assert found.reason in {
            "not_json",
            "truncated",
            "invalid_label",
            "not_a_distribution",
        }
        assert describe(found.reason)
        return found.reason
    assert isinstance(found, ParsedAnswer)
    values = found.answer.probabilities
    assert set(values) <= set(CLASSES)
    assert all(0 < value <= 1 for value in values.values())
    assert math.isclose(sum(values.values()), 1)
    assert {number for number, _ in found.answer.neighbors} <= {1, 2}
    json.dumps(found.answer.to_json()).encode()
    return found


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Sure, {{here}} you are {{}}: {TEXT} Anything else?",
        TEXT.replace("]}", ",]}").replace('"}', '",}'),
        TEXT.replace('"Theory"', '"theory"'),
        TEXT[:-1],
        TEXT[:-1] + ', "more": "cut off he',
        TEXT[:-1] + " " * 1000,
        json.dumps({**GOOD, "probabilities": {"Theory": 0.75, "rule learning": 0.25}}),
    ],
)
def test_forgives_form(content):
    found = check(content)
    assert found.answer.probabilities == {"Theory": 0.75, "Rule_Learning": 0.25}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_json"),
        ("Theory, I am sure", "not_json"),
        ("[1, 2]", "not_json"),
        ("{" * 100_000, "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"a":' * 5000, "not_json"),
        (TEXT[:-1] + " " * 10_000_000, "not_json"),
        (TEXT.replace('"Theory"', '"Magic"'), "invalid_label"),
        (TEXT.replace("0.75", "NaN"), "not_a_distribution"),
        (TEXT.replace("0.75", "-0.75"), "not_a_distribution"),
        (TEXT.replace("0.75", "1e999"), "not_a_distribution"),
        (TEXT.replace("0.75", "75"), "not_a_distribution"),
        (TEXT.replace("0.75", '"0.75"'), "not_a_distribution"),
        (TEXT.replace("0.75", "9" * 5000), "not_json"),
        (json.dumps({"label": "Theory"}), "not_a_distribution"),
        (json.dumps({**GOOD, "probabilities": []}), "not_a_distribution"),
    ],
)
def test_believes_nothing_else(content, reason):
    assert check(content) == reason


def test_cut_off_answers_are_called_so():
    for end in range(len(TEXT)):
        found = check(TEXT[:end], is_cut_off=True)
        assert found == "truncated" or isinstance(found, ParsedAnswer)
    assert check(TEXT[: TEXT.index("0.25")], is_cut_off=True) == "truncated"


def test_invented_neighbours_are_counted_and_left_out():
    found = check(json.dumps({**GOOD, "neighbors": [{"number": 9}, {"number": 1}]}))
    assert found.n_invented == 1
    assert found.answer.neighbors == ((1, ()),)


@settings(max_examples=examples(800), deadline=None)
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, len(TEXT)),
            st.integers(0, 9),
            st.text(max_size=6) | st.sampled_from([*'{}[]",:\\', "NaN", "1e9"]),
        ),
        max_size=4,
    ),
    is_cut_off=st.booleans(),
)
@example(cuts=[(0, 0, "\ud800")], is_cut_off=False)
def test_mutated_answers(cuts, is_cut_off):
    text = TEXT
    for place, length, new in cuts:
        text = text[:place] + new + text[place + length :]
    check(text, is_cut_off=is_cut_off)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*GOOD, "class", *CLASSES]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@settings(max_examples=examples(400), deadline=None)
@given(value=st.dictionaries(st.sampled_from(list(GOOD)), _JSON) | st.text())
def test_random_answers(value):
    check(value if isinstance(value, str) else json.dumps(value))


def test_agreement_needs_more_than_half_of_the_samples():
    a, b = NumberedAnswer({"a": 0.9, "b": 0.1}), NumberedAnswer({"b": 1.0})
    assert agree([a, a, b, "not_json"]).probabilities == {"a": 2 / 3, "b": 1 / 3}
    assert agree([a, a, b]).source == "agreement"
    assert agree([a, "not_json", "refused", "refused"]) == "refused"
    assert agree([a, "not_json"]) == "not_json"


def test_logprobs_follow_the_label_token_by_token():
    log = math.log
    start = [TokenChoice(text, []) for text in ('{"', "label", '": ', '"')]
    first = TokenChoice(
        "Rule", [("Rule", log(0.6)), ("The", log(0.3)), ("X", log(0.1))]
    )
    rest = [TokenChoice("_Learning", []), TokenChoice('"}', [])]
    found = label_logprobs([*start, first, *rest], CLASSES)
    assert found == pytest.approx({"Rule_Learning": 2 / 3, "Theory": 1 / 3})
    second = TokenChoice("y", [("y", log(0.5)), ("x", log(0.5))])
    shared = TokenChoice("a", [("a", log(1.0))])
    assert label_logprobs([*start, shared, second], ["ax", "ay"]) == {
        "ay": 0.5,
        "ax": 0.5,
    }
    assert label_logprobs([TokenChoice("no label", [])], CLASSES) is None
    unclear = TokenChoice("Rule", [("Rule", log(0.2)), ("X", log(0.8))])
    assert label_logprobs([*start, unclear, *rest], CLASSES) is None
