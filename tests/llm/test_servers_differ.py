"""Servers that speak OpenAI's protocol in ways of their own, over HTTP."""

import json
import pickle
import re

import pytest

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import LLMError, OpenAIClient
from sklearn_tagkd.rationales import Abstention, Rationale
from tests.llm.helpers import make_client, make_questions
from tests.llm.plain_server import PlainServer, answer, completion, error


def asked_formats(server):
    return [body.get("response_format", {}).get("type") for body in server.bodies]


def refusing(allowed, status, message):
    """A server that takes some forms of asking, and refuses others in its words."""

    def respond(body):
        asked = body.get("response_format", {"type": "none"})
        name = "schema beside" if "schema" in asked else asked["type"]
        return (200, answer()) if name in allowed else (status, error(message))

    return respond


LLAMA = (
    "{'loc': ('body', 'response_format', 'type'), 'msg': \"'text' or 'json_object'\"}"
)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, LLAMA),
        (400, "This response_format type is unavailable now"),
        (422, "json_schema: extra fields not permitted"),
        (501, "structured outputs are not implemented"),
    ],
)
@pytest.mark.parametrize("allowed", ["schema beside", "json_object", "none"])
def test_the_best_form_that_a_server_takes(status, message, allowed, tmp_path):
    with PlainServer(refusing({allowed, "none"}, status, message)) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        first = client.ask(make_questions(2))
        n_first = len(server.bodies)
        client.ask(make_questions(4))
    assert all(isinstance(each, Rationale) for each in first)
    # What was found out is remembered: the rest takes one request each.
    assert len(server.bodies) == n_first + 2
    assert len(set(asked_formats(server)[-2:])) == 1
    last = server.bodies[-1].get("response_format", {})
    assert {"schema beside": "schema" in last, "json_object": last.get("type")}.get(
        allowed, True
    )
    assert first.usage.tokens_unconfirmed == 0  # nobody bills what he does not know


def test_what_was_found_out_travels_with_the_client(tmp_path):
    with PlainServer(refusing({"none"}, 400, "no json_schema here")) as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(1))
        n_first = len(server.bodies)
        pickle.loads(pickle.dumps(client)).ask(make_questions(3)[1:])
    assert len(server.bodies) == n_first + 2


@pytest.mark.parametrize("message", ["Request contains an invalid argument.", ""])
def test_a_rejection_in_any_prose_is_tried_once_without_a_schema(message, tmp_path):
    listed = [error(message, code=400)]  # Gemini's errors are a list
    with PlainServer(
        lambda body: (400, listed) if "response_format" in body else (200, answer())
    ) as server:
        answers = make_client(server, tmp_path).ask(make_questions(8))
    assert all(isinstance(each, Rationale) for each in answers)


def test_a_rejection_of_one_text_changes_nothing_for_the_others(tmp_path):
    def respond(body):
        is_bad = "privatetext3 " in body["messages"][1]["content"]
        return (400, error("bad text")) if is_bad else (200, answer())

    with PlainServer(respond) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        answers = client.ask(make_questions(8))
    assert [each for each in answers if isinstance(each, Abstention)] == [
        Abstention("node-3", "rejected")
    ]
    assert asked_formats(server) == ["json_schema"] * 8


def test_a_quoted_prompt_says_nothing_about_the_server(tmp_path):
    question = make_questions(1)[0]
    question = type(question)(
        question.node, "on response_format and max_tokens", (), (), question.classes
    )

    def respond(body):
        return 500, error(f"failed on: {body['messages'][1]['content']}")

    with PlainServer(respond) as server:
        client = make_client(server, tmp_path, max_retries=1)
        with pytest.raises(LLMError, match="errors of its own"):
            client.ask([question])
    assert asked_formats(server) == ["json_schema"] * 2


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (400, {"message": "Failed to generate JSON.", "code": "json_validate_failed"}),
        (413, {"message": "too large on tokens per minute (TPM): Limit 6000"}),
        (498, {"message": "capacity exceeded"}),
    ],
)
def test_what_may_go_well_at_the_next_try(status, fields, tmp_path):
    seen = set()

    def sometimes(body):
        text = body["messages"][1]["content"]
        is_first = text not in seen
        seen.add(text)
        return (status, error(**fields)) if is_first else (200, answer())

    with PlainServer(sometimes) as server:
        client = make_client(server, tmp_path / "a", max_concurrency=1)
        answers = client.ask(make_questions(6))
    assert all(isinstance(each, Rationale) for each in answers)
    assert set(asked_formats(server)) == {"json_schema"}

    def always(body):
        return (
            (status, error(**fields)) if "response_format" in body else (200, answer())
        )

    with PlainServer(always) as server:
        answers = make_client(server, tmp_path / "b").ask(make_questions(1))
        assert isinstance(answers[0], Rationale)
    assert asked_formats(server) == ["json_schema", "json_schema", None]


@pytest.mark.parametrize(
    ("known", "message", "param"),
    [
        ("max_completion_tokens", "Use 'max_completion_tokens' instead.", "max_tokens"),
        ("max_completion_tokens", "Unsupported parameter: 'max_tokens'", None),
        ("max_tokens", "max_completion_tokens: Extra inputs are not permitted", None),
    ],
)
def test_the_name_of_the_limit_is_found_out(known, message, param, tmp_path):
    def respond(body):
        if known not in body:
            return 400, error(message, param=param, code="unsupported_parameter")
        return 200, answer()

    wrong = "max_tokens" if known != "max_tokens" else "max_completion_tokens"
    with PlainServer(respond) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        client._dialect.form = type(client._dialect.form)(limit=wrong)
        answers = client.ask(make_questions(4))
        again = make_client(server, tmp_path).ask(make_questions(4))
    assert all(isinstance(each, Rationale) for each in answers)
    assert len(server.bodies) == 5
    assert not any({known, wrong} <= body.keys() for body in server.bodies)
    assert again.usage.cache_hits == 4  # the name is no part of the key


def test_what_the_user_says_is_not_found_out(tmp_path):
    with PlainServer(refusing({"none"}, 400, "no response_format")) as server:
        client = make_client(server, tmp_path, response_format="json_object")
        with pytest.raises(LLMError, match="response_format='json_object' or 'none'"):
            client.ask(make_questions(1))
        assert asked_formats(server) == ["json_object"]
        plain = make_client(
            server, tmp_path, response_format=None, answer_limit="max_completion_tokens"
        )
        assert isinstance(plain.ask(make_questions(1))[0], Rationale)
    assert server.bodies[-1]["max_completion_tokens"] == 1000
    for name in ("response_format", "answer_limit"):
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            OpenAIClient("m", **{name: "xml"})


HINTS = {
    "This model's maximum context length is 512 tokens": "max_prompt_tokens=",
    "the request exceeds the available context size (n_ctx)": "max_prompt_tokens=",
    "Requested sample logprobs of 20, greater than max allowed: 5": "top_logprobs",
    "property 'logprobs' is unsupported": "probabilities=",
    "temperature does not support 0 with this model": "temperature=None",
    "max_tokens is too large: at most 512": "max_answer_tokens=",
    "'seed' is not supported": "leave it out of options=",
    "missing query parameter api-version": "query=",
}


@pytest.mark.parametrize("prose", HINTS)
def test_hints_name_what_to_change_and_quote_nothing(prose, tmp_path):
    told = f"{prose} (SECRETPROSE)"
    with PlainServer(lambda body: (400, error(told))) as server:
        client = make_client(server, tmp_path, options={"seed": 1})
        with pytest.raises(LLMError, match=r"rejects the request \(400\)") as caught:
            client.ask(make_questions(1))
    assert HINTS[prose] in str(caught.value)
    assert "SECRETPROSE" not in str(caught.value)


def test_a_wrong_path_says_that_it_ends_in_v1(tmp_path):
    with PlainServer(lambda body: (404, error("Not Found"))) as server:
        root = server.url.removesuffix("/v1")
        with pytest.raises(LLMError, match="base_url= ends in /v1"):
            make_client(server, tmp_path, base_url=root).ask(make_questions(1))


def test_redirects_are_not_followed(tmp_path):
    with (
        PlainServer(lambda body: (200, answer())) as other,
        PlainServer(lambda body: (307, b"", {"Location": other.url})) as server,
    ):
        with pytest.raises(LLMError, match=r"another address \(307\)"):
            make_client(server, tmp_path).ask(make_questions(2))
        assert not other.requests
        assert len(server.requests) <= 2


@pytest.mark.parametrize(
    "content",
    [
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": json.dumps({"label": "x"})[:0]},
            {"type": "text", "text": answer()["choices"][0]["message"]["content"]},
        ],
        [answer()["choices"][0]["message"]["content"]],
    ],
)
def test_content_in_parts(content, tmp_path):
    with PlainServer(lambda body: (200, completion(content))) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert answers[0].probabilities == {"sport": 0.75, "politics": 0.25}
    assert answers.usage.requests == 1


def test_a_refusal_in_parts(tmp_path):
    parts = [{"type": "refusal", "refusal": "no"}]
    with PlainServer(lambda body: (200, completion(parts))) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert answers == [Abstention("node-0", "refused")]


@pytest.mark.parametrize("source", ["agreement", "logprobs"])
@pytest.mark.parametrize("probabilities", [None, []])
def test_where_the_label_is_wanted_it_is_enough(source, probabilities, tmp_path):
    said = {"label": "politics"} | (
        {} if probabilities is None else {"probabilities": probabilities}
    )
    tokens = [
        {"token": '{"label": "', "logprob": 0.0, "top_logprobs": []},
        {
            "token": "politics",
            "logprob": -0.1,
            "top_logprobs": [
                {"token": "politics", "logprob": -0.1},
                {"token": "sport", "logprob": -2.5},
            ],
        },
        {"token": '"}', "logprob": 0.0, "top_logprobs": []},
    ]
    reply = completion(json.dumps(said), logprobs=tokens)
    with PlainServer(lambda body: (200, reply)) as server:
        client = make_client(server, tmp_path, probabilities=source, n_samples=3)
        (found,) = client.ask(make_questions(1))
    assert (found.source, max(found.probabilities, key=found.probabilities.get)) == (
        source,
        "politics",
    )
    for body in server.bodies:
        schema = body["response_format"]["json_schema"]["schema"]
        assert "label" in schema["properties"]
        assert "probabilities" not in schema["properties"]
        assert "probabilit" not in json.dumps(body["messages"])


def test_votes_are_what_a_sample_names(tmp_path):
    contrary = answer(label="politics")
    with PlainServer(lambda body: (200, contrary)) as server:
        client = make_client(
            server, tmp_path / "a", probabilities="agreement", n_samples=3
        )
        with pytest.warns(RationaleWarning, match="3 of 3 answers name another label"):
            answers = client.ask(make_questions(1))
        assert answers[0].probabilities == {"politics": 1.0}
        assert answers.usage.contradictions == 3
        with pytest.warns(RationaleWarning, match="1 of 1 answers name another label"):
            words = make_client(server, tmp_path / "b").ask(make_questions(1))
    assert words[0].probabilities == {"sport": 0.75, "politics": 0.25}
    assert words.usage.contradictions == 1


@pytest.mark.filterwarnings("ignore:None of")
def test_no_log_probabilities_are_counted_and_told(tmp_path):
    with PlainServer(lambda body: (200, completion('{"label": "sport"}'))) as server:
        client = make_client(server, tmp_path, probabilities="logprobs")
        with pytest.warns(RationaleWarning, match="2 of 2 .* log-probabilities"):
            answers = client.ask(make_questions(2))
    # Nobody knows how sure the model is, and asking again would change nothing.
    assert answers.usage.abstentions == {"no_logprobs": 2}
    assert answers.usage.no_logprobs == answers.usage.requests == 2


@pytest.mark.filterwarnings("ignore:None of")
def test_a_label_alone_says_what_would_be_believed(tmp_path):
    with PlainServer(lambda body: (200, completion('{"label": "sport"}'))) as server:
        client = make_client(server, tmp_path)
        with pytest.warns(RationaleWarning, match=re.escape('"probability": 0.9')):
            answers = client.ask(make_questions(1))
    assert answers.usage.labels_alone == 2  # asked once more for the probabilities
    assert "probabilities" in server.bodies[1]["messages"][-1]["content"]
    assert answers == [Abstention("node-0", "not_a_distribution")]


@pytest.mark.parametrize(
    ("classes", "said"),
    [(("0", "1"), 1), (("0", "1"), 1.0), (("True", "False"), False), (("-1", "1"), -1)],
)
def test_labels_that_are_numbers_and_booleans(classes, said, tmp_path):
    question = make_questions(1)[0]
    question = type(question)("a", "text", (), (), dict.fromkeys(classes, ""))
    reply = answer(label=said, probabilities=[{"class": said, "probability": 1}])
    with PlainServer(lambda body: (200, reply)) as server:
        (found,) = make_client(server, tmp_path).ask([question])
    expected = str(said) if not isinstance(said, float) else "1"
    assert found.probabilities == {expected: 1.0}
