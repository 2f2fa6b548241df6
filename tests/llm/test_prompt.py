"""Prompts: no id, no more than the budget, placeholders checked."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd.llm import PromptTemplateError, PromptTemplates, Question
from sklearn_tagkd.llm.prompting.schema import answer_schema
from sklearn_tagkd.llm.prompting.tokens import clip_tokens, estimate_tokens, most_tokens
from tests.llm.helpers import examples

QUESTION = Question(
    "id-of-node",
    "word " * 3000,
    ("id-of-b", "id-of-c"),
    ("short", "other " * 3000),
    {"sport": "games", "politics": ""},
    (("a vote", "politics"),),
)


def test_numbers_in_place_of_ids():
    text = str(PromptTemplates().messages(QUESTION))
    assert "id-of" not in text
    assert "[1] short" in text
    assert "[2] other" in text
    assert "- sport: games" in text
    assert "label: politics" in text


def count(messages):
    return sum(estimate_tokens(message["content"]) for message in messages)


@pytest.mark.parametrize("limit", [400, 1000, 4000])
def test_uses_the_budget_up(limit):
    assert 0.9 * limit < count(PromptTemplates().messages(QUESTION, limit)) <= limit


TEXTS = st.text(max_size=3000) | st.integers(0, 4000).map("word ".__mul__)


@settings(max_examples=examples(100), deadline=None)
@given(
    text=TEXTS,
    neighbors=st.lists(TEXTS, max_size=6),
    shown=st.lists(
        st.tuples(TEXTS, st.sampled_from(["sport", "politics"])), max_size=9
    ),
    limit=st.integers(1000, 3000),
)
def test_stays_within_the_budget(text, neighbors, shown, limit):
    ids = tuple(range(len(neighbors)))
    classes = {"sport": "games", "politics": ""}
    question = Question("a", text, ids, tuple(neighbors), classes, tuple(shown))
    messages = PromptTemplates().messages(question, limit)
    # Each neighbour keeps its number and the mark of its cut, however little is left.
    assert count(messages) <= limit + 6 * len(neighbors)
    assert messages[1]["content"].count("<example>") >= len(shown)


def test_examples_are_cut_to_equal_shares():
    many = tuple((f"text {i} " + "word " * 500, "sport") for i in range(20))
    messages = PromptTemplates().messages(replace(QUESTION, examples=many), 2000)
    user = messages[1]["content"]
    assert count(messages) <= 2000
    assert [user.count(f"text {i} word") for i in range(20)] == [1] * 20
    assert user.count("<document>\nword word") == 1


def test_too_little_room_is_an_error():
    with pytest.raises(ValueError, match=r"max_prompt_tokens=100 .*2 classes take"):
        PromptTemplates().messages(QUESTION, 100)
    many = replace(QUESTION, examples=(("a text", "sport"),) * 100)
    with pytest.raises(ValueError, match="smaller n_examples"):
        PromptTemplates().messages(many, 2000)


def test_examples_need_their_placeholder(tmp_path):
    (tmp_path / "user.txt").write_text("$text $neighbors", encoding="utf-8")
    templates = PromptTemplates(tmp_path)
    assert templates.messages(replace(QUESTION, examples=()))
    with pytest.raises(PromptTemplateError, match=r"lacks the placeholder \$examples"):
        templates.messages(QUESTION)


def test_blanks_and_halves_of_surrogates():
    assert len(clip_tokens(" " * 10**6, 10)) < 200
    question = Question("a", "\ud800 text", (), (), {"sport": ""})
    str(PromptTemplates().messages(question)).encode()
    assert most_tokens("añ") == 3


def test_one_file_may_be_replaced(tmp_path):
    (tmp_path / "user.txt").write_text("Doc: $text ($$5)\n$neighbors", encoding="utf-8")
    question = replace(QUESTION, examples=())
    messages = PromptTemplates(tmp_path).messages(question)
    assert messages[1]["content"].startswith("Doc: word")
    assert messages[0] == PromptTemplates().messages(QUESTION)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$text", r"lacks the placeholder \$neighbors"),
        ("$text $neighbors $node", r"has the placeholder \$node"),
        ("$text $neighbors $ 5", r"Write \$\$"),
    ],
)
def test_placeholders_are_checked(tmp_path, text, message):
    (tmp_path / "user.txt").write_text(text, encoding="utf-8")
    with pytest.raises(PromptTemplateError, match=message):
        PromptTemplates(tmp_path)


def test_a_folder_without_templates(tmp_path):
    with pytest.raises(PromptTemplateError, match="no template"):
        PromptTemplates(tmp_path)


def test_schema_is_strict_and_numbers_are_offered():
    schema = answer_schema(["a", "b"], 2)
    number = schema["properties"]["neighbors"]["items"]["properties"]["number"]
    assert number["enum"] == [1, 2]
    assert schema["required"] == list(schema["properties"])
    assert "neighbors" not in answer_schema(["a"], 0)["properties"]
