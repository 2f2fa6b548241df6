"""Every question is answered or abstained from, and what does not work is told."""

import warnings

import pytest

from sklearn_tagkd.llm import LLMError, OpenAIClient, Question
from sklearn_tagkd.rationales import Rationale

TEXTS = [
    "The striker scored a late goal and the home side won the cup final.",
    "Parliament passed the budget after a long debate about taxes.",
    "The goalkeeper saved a penalty in the last minute.",
    "The minister resigned after losing the vote.",
    "The sprinter broke the world record at the games.",
    "Voters go to the polls on Sunday to elect a president.",
]
CLASSES = {"sport": "games and matches", "politics": "governments and elections"}
# What each takes: the form of the answer, and whether log-probabilities come.
KNOWN = {
    "llama-cpp-python": ("json_object_schema", True),
    "transformers serve": ("json_schema", False),  # ignored without a word
    "LiteLLM proxy": ("json_object_schema", True),
}


def questions(n, text=""):
    return [
        Question(i, text or TEXTS[i], ("x",), (TEXTS[(i + 2) % 6],), CLASSES)
        for i in range(n)
    ]


def make_client(served, folder, **options):
    chosen = {"base_url": served.url, "store": folder / "answers.sqlite"}
    chosen |= {"max_answer_tokens": 250, "max_concurrency": 1, "request_timeout": 300}
    chosen |= {"progress": False, "deadline": 900}
    return OpenAIClient(served.model, **(chosen | options))


def ask(client, asked):
    """Ask; return answers, and the warnings that a user reads."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = client.ask(asked)
    return answers, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("source", ["words", "logprobs", "agreement"])
def test_what_a_server_takes(source, served, tmp_path, capsys):
    options = {"n_samples": 2} if source == "agreement" else {}
    client = make_client(served, tmp_path, probabilities=source, **options)
    answers, told = ask(client, questions(4))
    usage, form = answers.usage, client._dialect.form
    with capsys.disabled():
        print(f"\n{served.name}, {source}: {form}\n  {usage.to_dict()}\n  {told}")
    assert len(answers) == 4
    assert usage.tokens_unconfirmed == 0
    assert usage.tokens_in > 0
    assert form.response_format == KNOWN[served.name][0]
    answered = [each for each in answers if isinstance(each, Rationale)]
    assert sum(usage.abstentions.values()) == 4 - len(answered)
    if source == "logprobs" and KNOWN[served.name][1]:
        assert answered
        assert {each.source for each in answered} == {"logprobs"}
    # A second client of the same file asks nothing that is known.
    again, _ = ask(client, [questions(4)[each.node] for each in answered])
    assert again.usage.requests == 0


def test_a_prompt_that_is_too_long(llama, tmp_path):
    client = make_client(llama, tmp_path, max_prompt_tokens=20_000)
    with pytest.raises(LLMError, match="max_prompt_tokens"):
        client.ask(questions(1, text="goal " * 9000))


def test_an_address_without_v1(served, tmp_path):
    root = served.url.removesuffix("/v1")
    client = make_client(served, tmp_path, base_url=root)
    if served.name == "LiteLLM proxy":  # it listens there too
        assert ask(client, questions(1))[0].usage.tokens_in > 0
        return
    with pytest.raises(LLMError, match="/v1"):
        client.ask(questions(1))
