"""The client against a server that fails, over HTTP, through the real SDK."""

import asyncio
import logging
import pickle
import threading
import traceback
import warnings

import pytest
from llm_helpers import CLASSES, KEY, make_client, make_questions
from sklearn.base import clone

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import (
    CallableClient,
    LLMError,
    OpenAIClient,
    UnknownPriceError,
)
from sklearn_tagkd.llm.testing import LocalServer, made_up_answer
from sklearn_tagkd.rationales import Abstention, Rationale

RETRIED = ["rate_limit", "rate_limit_wait", "server_error", "cut", "bad_http"]
REPAIRED = {
    "not_json": "not_json",
    "truncated": "truncated",
    "wrong_class": "invalid_label",
    "nan": "not_a_distribution",
    "negative": "not_a_distribution",
    "huge": "truncated",
}
ACCEPTED = ["fenced", "invented_neighbor", "invented_phrase", "no_usage"]


@pytest.mark.parametrize("fault", RETRIED)
def test_errors_are_tried_again(fault, tmp_path):
    with LocalServer(faults=[fault, fault], retry_after=0.01) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert isinstance(answers[0], Rationale)
    assert (answers.usage.requests, answers.usage.retries) == (3, 2)
    assert server.log.n_requests == 3


@pytest.mark.parametrize("fault", REPAIRED)
def test_bad_answers_are_repaired_once(fault, tmp_path):
    with LocalServer(faults=[fault, None, fault, fault]) as server:
        client = make_client(server, tmp_path)
        good, bad = client.ask(make_questions(1)), client.ask(make_questions(2)[1:])
    assert isinstance(good[0], Rationale)
    assert good.usage.repairs == bad.usage.repairs == 1
    assert bad == [Abstention("node-1", REPAIRED[fault])]
    assert bad.usage.abstentions == {REPAIRED[fault]: 1}
    assert len(client.store) == 1  # failures are not kept


@pytest.mark.parametrize("fault", ACCEPTED)
def test_harmless_faults_cost_no_request(fault, tmp_path):
    with LocalServer(faults=[fault]) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert isinstance(answers[0], Rationale)
    assert answers[0].neighbors == ()
    assert answers.usage.requests == 1
    assert answers.usage.off_schema == (fault == "fenced")
    assert answers.usage.invented_neighbors == (fault == "invented_neighbor")
    assert bool(answers.usage.tokens_unconfirmed) == (fault == "no_usage")


def test_refusals_and_slow_bytes(tmp_path):
    with LocalServer(faults=["refusal", *["slow"] * 9], slow_seconds=2) as server:
        client = make_client(server, tmp_path, request_timeout=0.1, deadline=0.3)
        refused = client.ask(make_questions(1))
        slow = client.ask(make_questions(2)[1:])
    assert refused[0].reason == "refused"
    assert refused.usage.requests == 1
    assert slow[0].reason == "time_out"


def test_a_server_without_schemas(tmp_path):
    with LocalServer(faults={"no_schema": 1.0}) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        questions = make_questions(3)
        answers = client.ask(questions)
    # Without the schema the made-up server knows no class: every answer is checked.
    assert {answer.reason for answer in answers} == {"invalid_label"}


def test_a_server_that_ignores_the_schema_is_noticed(tmp_path):
    with (
        LocalServer(faults={"fenced": 1.0}) as server,
        pytest.warns(RationaleWarning, match="ignore"),
    ):
        answers = make_client(server, tmp_path).ask(make_questions(4))
    assert all(isinstance(answer, Rationale) for answer in answers)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("no_key", "does not accept the key"), ("bad_request", "rejects the request")],
)
def test_what_no_retry_can_help(fault, message, tmp_path):
    with LocalServer(faults={fault: 1.0}) as server:
        client = make_client(server, tmp_path)
        with pytest.raises(LLMError, match=message) as caught:
            client.ask(make_questions(3))
    assert "privatetext" not in "".join(traceback.format_exception(caught.value))
    assert server.log.n_requests <= 3


def test_one_rejection_among_known_answers_is_an_abstention(tmp_path):
    with LocalServer(faults=[None, None, "bad_request"]) as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(2))
        answers = client.ask(make_questions(3))
    assert answers.usage.abstentions == {"rejected": 1}


def test_options_that_the_sdk_does_not_know(tmp_path):
    seen = []

    def respond(messages, schema):
        seen.append(messages)
        return made_up_answer(messages, schema)

    with LocalServer(respond) as server:
        client = make_client(server, tmp_path, options={"top_k": 5, "seed": 1})
        answers = client.ask(make_questions(1))
    assert isinstance(answers[0], Rationale)
    assert seen == [client.messages(make_questions(1)[0])]


def test_nobody_there(tmp_path):
    with LocalServer() as server:
        pass
    with pytest.raises(LLMError, match="no connection"):
        make_client(server, tmp_path, max_retries=1).ask(make_questions(1))


def test_no_key(monkeypatch, tmp_path):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    client = OpenAIClient("gpt-4o-mini", store=tmp_path / "a.sqlite")
    with pytest.raises(LLMError, match="OPENAI_API_KEY is not set"):
        client.ask(make_questions(1))


def test_concurrency_is_bounded_and_shared_by_threads(tmp_path):
    with LocalServer(latency=0.02) as server:
        client = make_client(server, tmp_path, max_concurrency=4)
        questions = make_questions(24)
        parts = [questions[:12], questions[12:]]
        threads = [threading.Thread(target=client.ask, args=[p]) for p in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.log.most_in_flight == 4
    assert server.log.n_requests == 24


def test_within_a_running_loop(tmp_path):
    async def notebook(client):
        return client.ask(make_questions(2))

    with LocalServer() as server:
        answers = asyncio.run(notebook(make_client(server, tmp_path)))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert not [t for t in threading.enumerate() if t.name == "sklearn_tagkd-llm"]


def test_clone_and_pickle(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(1))
        data = pickle.dumps(client)
        again = pickle.loads(data)
        answers = again.ask(make_questions(1))
    assert clone(client) is client
    assert answers.usage.cache_hits == 1
    assert KEY.encode() not in data
    assert b"privatetext" not in data


@pytest.mark.parametrize("source", ["agreement", "logprobs"])
def test_other_sources_of_probabilities(source, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, probabilities=source, n_samples=3)
        answers = client.ask(make_questions(2))
    # A server without log-probabilities leaves the model's own words.
    assert answers[0].source == ("agreement" if source == "agreement" else "words")
    assert server.log.n_requests == (6 if source == "agreement" else 2)
    assert ("source" in answers[0].to_json()) == (source == "agreement")


def test_plan_sends_nothing(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        plan = client.plan(make_questions(5))
        assert server.log.n_requests == 0
        client.ask(make_questions(2))
        assert client.plan(make_questions(5)).requests == 3
    assert plan.requests == plan.n_questions == 5
    assert plan.batch_cost == pytest.approx(plan.cost / 2)
    assert "privatetext0" in str(plan)
    assert "privatetext" not in repr(plan)
    assert not (tmp_path / "other.sqlite").exists()


def test_an_unknown_price_is_an_error_only_with_max_cost(tmp_path):
    with pytest.raises(UnknownPriceError, match="price="):
        OpenAIClient("mine", base_url="http://localhost:1/v1", max_cost=1.0)
    client = OpenAIClient(
        "mine", base_url="http://localhost:1/v1", store=tmp_path / "a.sqlite"
    )
    assert client.plan(make_questions(1)).cost is None
    with pytest.raises(UnknownPriceError):
        client.ask(make_questions(1), max_cost=1.0)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_function_of_ones_own(is_async):
    calls = []

    def function(messages):
        calls.append(messages)
        return '{"probabilities": [{"class": "sport", "probability": 1}]}'

    async def asynchronous(messages):
        return function(messages)

    client = CallableClient(asynchronous if is_async else function)
    answers = client.ask(make_questions(3))
    client.ask(make_questions(3))
    assert [answer.probabilities for answer in answers] == [{"sport": 1.0}] * 3
    assert len(calls) == 3


def test_a_function_that_raises_quotes_nothing():
    def function(messages):
        raise ValueError(messages)

    with pytest.raises(LLMError, match="raises ValueError") as caught:
        CallableClient(function).ask(make_questions(2))
    assert "privatetext" not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def graph():
    texts = [f"privatetext{i} goal" for i in range(8)]
    return TextGraph(texts, [(i, i + 1) for i in range(7)])


def test_the_transformer_plans_asks_and_counts(graph, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        step = LLMRationaleTransformer(client, CLASSES, max_nodes=5)
        assert step.plan(graph).requests == 5
        assert server.log.n_requests == 0
        step.fit(graph)
        again = clone(step).fit(graph)
        dear = clone(step).set_params(max_cost=0.0, max_nodes=None).fit(graph)
    assert step.usage_["requests"] == 5
    assert step.n_answered_ == 5
    assert (again.usage_["requests"], again.usage_["cache_hits"]) == (0, 5)
    assert dear.usage_["abstentions"] == {"over_budget": 3}
    assert dear.report_ == {"abstained: over_budget": 3}
    assert "privatetext" not in step._repr_html_()
    assert "usage_" in step._repr_html_()


def test_the_transformer_takes_a_function_and_examples(graph):
    prompts = []

    def function(messages):
        prompts.append(messages[1]["content"])
        return '{"probabilities": [{"class": "b", "probability": 1}]}'

    step = LLMRationaleTransformer(function, n_examples=1)
    step.fit(graph, ["a", "b", "", "", "", "", "", ""])
    assert step.n_answered_ == 8
    last = next(p for p in prompts if "<document>\nprivatetext7" in p)
    assert last.count("<example>") == 2
    first = next(p for p in prompts if "<document>\nprivatetext0" in p)
    assert "label: a" not in first  # never its own label
    assert clone(step).fit(graph, ["a", "b", *[""] * 6]).usage_["requests"] == 0


def test_no_key_and_no_text_gets_out(tmp_path, monkeypatch, caplog, capsys):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    faults = [*RETRIED, *REPAIRED, *ACCEPTED, "refusal"]
    told = []
    with LocalServer(faults=faults, retry_after=0.01) as server:
        client = make_client(server, tmp_path, max_retries=20)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answers = client.ask(make_questions(12))
        told += [repr(client), repr(answers), str(answers.usage), vars(client)]
        told += [str(warning.message) for warning in caught]
        for fault in ("no_key", "bad_request"):
            with LocalServer(faults={fault: 1.0}) as broken:
                other = make_client(broken, tmp_path / fault)
                try:
                    other.ask(make_questions(1))
                except LLMError as error:
                    told += traceback.format_exception(error)
                    told += [repr(error.__context__), repr(error.__cause__)]
    told += [caplog.text, *capsys.readouterr(), pickle.dumps(client).decode("latin-1")]
    everything = "\n".join(map(str, told))
    assert KEY not in everything
    assert "privatetext" not in everything
    assert "neighbourtext" not in everything
