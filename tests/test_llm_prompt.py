"""Prompts: no id, no more than the budget, placeholders checked."""

import pytest

from sklearn_tagkd.llm import PromptTemplateError, PromptTemplates, Question
from sklearn_tagkd.llm.prompting.schema import answer_schema
from sklearn_tagkd.llm.prompting.tokens import clip_tokens, estimate_tokens, most_tokens

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


@pytest.mark.parametrize("limit", [400, 1000, 4000])
def test_stays_within_the_budget(limit):
    messages = PromptTemplates().messages(QUESTION, limit)
    total = sum(estimate_tokens(message["content"]) for message in messages)
    assert 0.9 * limit < total <= limit + 20


def test_blanks_and_halves_of_surrogates():
    assert len(clip_tokens(" " * 10**6, 10)) < 200
    question = Question("a", "\ud800 text", (), (), {"sport": ""})
    str(PromptTemplates().messages(question)).encode()
    assert most_tokens("añ") == 3


def test_one_file_may_be_replaced(tmp_path):
    (tmp_path / "user.txt").write_text("Doc: $text ($$5)\n$neighbors", encoding="utf-8")
    messages = PromptTemplates(tmp_path).messages(QUESTION)
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
