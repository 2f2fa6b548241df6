"""Replies that are meant to hurt, or are as bad as if they were."""

import gzip
import json
import resource
import time

import pytest

from sklearn_tagkd.llm.reading.label_tokens import label_logprobs
from sklearn_tagkd.llm.reading.parse import parse_answer
from sklearn_tagkd.llm.testing import LocalServer, made_up_answer
from sklearn_tagkd.llm.wire.completion import read_completion
from sklearn_tagkd.llm.wire.transport import Failure, Reply, TokenChoice
from sklearn_tagkd.rationales import Abstention, Rationale
from tests.llm.helpers import make_client, make_questions
from tests.llm.plain_server import PlainServer, answer, completion

GZIP = {"Content-Encoding": "gzip"}
BOMB = gzip.compress(b" " * 600_000_000, 1)
TOKEN = {"token": '"label":"', "logprob": 0.0}


def with_usage(**usage):
    return {**answer(), "usage": usage}


JUNK = {
    "usage of 2**63": with_usage(prompt_tokens=2**63, completion_tokens=1),
    "usage of 1e30": with_usage(prompt_tokens=1, completion_tokens=10**30),
    "alternatives a number": completion("{}", logprobs=[{**TOKEN, "top_logprobs": 5}]),
    "alternatives a text": completion("{}", logprobs=[{**TOKEN, "top_logprobs": "a"}]),
    "content a number": completion(5),
    "content an object": completion({"a": 1}),
    "no choices": {"choices": []},
    "choices a text": {"choices": "abc"},
    "a list": [1],
    "nothing": None,
    "nested": json.loads("[" * 500 + "]" * 500),
    "digits": b'{"choices": ' + b"1" * 5000 + b"}",
    "brackets": b"[" * 200_000,
    "not packed": (b"{}", GZIP),
    "packed otherwise": (b"{}", {"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("kind", JUNK)
def test_junk_costs_one_node_and_the_run_goes_on(kind, tmp_path):
    junk = JUNK[kind]
    content, headers = junk if isinstance(junk, tuple) else (junk, {})

    def respond(body):
        is_bad = "privatetext2 " in body["messages"][1]["content"]
        return (200, content, headers) if is_bad else (200, answer())

    with PlainServer(respond) as server:
        client = make_client(server, tmp_path, max_retries=1, price=(1, 1), max_cost=9)
        answers = client.ask(make_questions(6))
    abstained = [each for each in answers if isinstance(each, Abstention)]
    assert abstained == [Abstention("node-2", "bad_response")]
    assert answers.usage.tokens_in < 10**6


@pytest.mark.parametrize("status", [200, 500, 400])
def test_a_bomb_is_not_unpacked(status, tmp_path):
    with PlainServer(
        lambda body: (
            (status, BOMB, GZIP)
            if "privatetext1 " in body["messages"][1]["content"]
            else (200, answer())
        )
    ) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        client = make_client(server, tmp_path, max_retries=0, max_concurrency=1)
        answers = client.ask(make_questions(3))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert [type(each) for each in answers] == [Rationale, Abstention, Rationale]
    assert grown < 200_000  # KiB; the bomb has 600,000,000 bytes


def test_packed_replies_are_read(tmp_path):
    packed = gzip.compress(json.dumps(answer()).encode())
    with PlainServer(lambda body: (200, packed, GZIP)) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert isinstance(answers[0], Rationale)


def test_many_choices_and_many_tokens_take_no_time(tmp_path):
    many = answer()
    many["choices"] *= 50_000
    tokens = [{"token": "a" * 20, "logprob": -1.0, "top_logprobs": []}] * 100_000
    long = completion("{}", logprobs=tokens)
    started = time.process_time()
    assert isinstance(read_completion(many), Reply)
    reply = read_completion(long)
    assert len(reply.choices) == 100_000
    assert label_logprobs(reply.choices, ["a", "b"]) is None
    undecided = [TokenChoice('"label": "', []), *[TokenChoice("", [("", 0.0)])] * 10**5]
    assert label_logprobs(undecided, ["a", "b"]) is None
    assert time.process_time() - started < 20  # quadratic, it took minutes


@pytest.mark.parametrize(
    "value", [-(10**400), -1e308, float("-inf"), float("nan"), None, "0", True, [0]]
)
def test_log_probabilities_that_are_none(value):
    others = [{"token": "sport", "logprob": value}, {"token": "x", "logprob": -0.1}]
    tokens = [
        {"token": '{"label": "', "logprob": 0, "top_logprobs": []},
        {"token": "sport", "logprob": value, "top_logprobs": others},
    ]
    read = read_completion(completion('{"label": "sport"}', logprobs=tokens))
    assert not isinstance(read, Failure)
    assert label_logprobs(read.choices, ["sport", "politics"]) is None


HARD = {
    "braces": "{" * 199_000,
    "keys": '{"label":"' * 19_000,
    "escapes": '{"' + '\\"' * 99_000,
    "commas": "{" + "," * 190_000,
    "unclosed": '{"label": "sport", ' * 10_000,
    "nested": '{"label":{' * 19_000,
    "mended": '{"label":1,}' * 16_000,
    "lines": '{"label"\n' * 20_000,
    "thoughts": "<think>" * 28_000 + "</think>" * 20_000,
    "quotes": '"' * 190_000,
}


@pytest.mark.parametrize("kind", HARD)
def test_no_answer_takes_long_to_read(kind):
    started = time.process_time()
    parse_answer(HARD[kind], ["sport", "politics"], 2)
    assert time.process_time() - started < 5  # each took up to a minute, or more


def test_a_reply_as_long_as_it_may_be(tmp_path):
    def respond(messages, schema):
        return {**made_up_answer(messages, schema), "explanation": "x" * 500_000}

    with LocalServer(respond, bytes_per_token=10_000) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert isinstance(answers[0], Rationale)
