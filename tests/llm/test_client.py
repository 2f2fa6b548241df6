"""The client against a server that fails, over HTTP, through the real SDK."""

import asyncio
import pickle
import re
import threading
import traceback
from dataclasses import replace

import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils.fixes import parse_version

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
from tests.llm.helpers import (
    CLASSES,
    KEY,
    make_client,
    make_questions,
    nobody_listens,
)

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


@pytest.fixture
def graph():
    texts = [f"privatetext{i} goal" for i in range(8)]
    return TextGraph(texts, [(i, i + 1) for i in range(7)])


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
    with LocalServer(faults=["refusal", *["slow"] * 9], slow_seconds=30) as server:
        refused = make_client(server, tmp_path).ask(make_questions(1))
        client = make_client(server, tmp_path, request_timeout=0.1, deadline=0.3)
        slow = client.ask(make_questions(2)[1:])
    assert refused[0].reason == "refused"
    assert refused.usage.requests == 1
    assert slow[0].reason == "time_out"


def test_a_server_without_schemas(tmp_path):
    def respond(messages, schema):
        return {"label": "sport", "probabilities": {"sport": 0.9, "politics": 0.1}}

    with LocalServer(respond, faults={"no_schema": 1.0}, latency=0.02) as server:
        answers = make_client(server, tmp_path).ask(make_questions(40))
    # All that were on their way when the first was turned down are sent again.
    assert [a.probabilities["sport"] for a in answers] == [0.9] * 40
    # Three forms are tried before the prompt alone.
    assert 40 < server.log.n_requests <= 40 + 3 * 16
    assert answers.usage.retries == server.log.n_requests - 40


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
    # A request that is rejected, and does not say why, is sent once without a schema.
    assert server.log.n_requests <= (6 if fault == "bad_request" else 3)


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
    with nobody_listens() as url:
        client = make_client(None, tmp_path, base_url=url, max_retries=1)
        with pytest.raises(LLMError, match="no connection"):
            client.ask(make_questions(1))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_concurrency", 0),
        ("max_answer_tokens", 1.5),
        ("max_retries", -1),
        ("max_prompt_tokens", "many"),
        ("deadline", -1),
        ("request_timeout", None),
        ("retry_delay", float("nan")),
    ],
)
@pytest.mark.parametrize("make", [OpenAIClient, CallableClient])
def test_options_out_of_range(make, option, value):
    with pytest.raises(ValueError, match=f"{option} must be a"):
        make("model" if make is OpenAIClient else print, **{option: value})


def test_no_key(monkeypatch, tmp_path):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    client = OpenAIClient("gpt-4o-mini", store=tmp_path / "a.sqlite")
    with pytest.raises(LLMError, match="OPENAI_API_KEY is not set"):
        client.ask(make_questions(1))


def test_concurrency_is_bounded_and_shared_by_threads(tmp_path):
    meeting = threading.Barrier(4)  # nobody is answered before four are there

    def respond(messages, schema):
        meeting.wait(60)
        return made_up_answer(messages, schema)

    with LocalServer(respond) as server:
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


def test_within_a_running_loop(graph, tmp_path):
    async def notebook(client):
        step = LLMRationaleTransformer(client, CLASSES)
        step.fit_transform(graph)
        return step

    before = set(threading.enumerate())  # what other tests left behind
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        # One notebook after the other: each loop is another one.
        first, second = (asyncio.run(notebook(client)) for _ in range(2))
    assert first.n_answered_ == second.n_answered_ == 8
    assert (first.n_requests_, second.n_requests_) == (8, 0)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name == "sklearn_tagkd-llm"]


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


def test_probabilities_from_log_probabilities(tmp_path):
    shares = {"Rule_Learning": 0.5, "Rule_Based": 0.2, "Theory": 0.25, "Thesis": 0.05}

    def respond(messages, schema):
        pairs = [{"class": name, "probability": p} for name, p in shares.items()]
        return {"label": "Rule_Learning", "probabilities": pairs}

    questions = [
        replace(q, classes=dict.fromkeys(shares, "")) for q in make_questions(2)
    ]
    with LocalServer(respond, faults=[None, "no_logprobs"]) as server:
        client = make_client(
            server, tmp_path, probabilities="logprobs", max_concurrency=1
        )
        with pytest.warns(RationaleWarning, match="1 of 2 .* log-probabilities"):
            measured, said = client.ask(questions)
    assert measured.source == "logprobs"
    assert measured.probabilities == pytest.approx(shares)
    assert said.source == "words"  # a server without log-probabilities
    assert measured.to_json()["source"] == "logprobs"


def test_probabilities_from_the_agreement_of_samples(tmp_path):
    labels = iter(["sport", "sport", "politics"])

    def respond(messages, schema):
        label = next(labels)
        return {"probabilities": [{"class": label, "probability": 1.0}]}

    with LocalServer(respond) as server:
        client = make_client(server, tmp_path, probabilities="agreement", n_samples=3)
        (answer,) = client.ask(make_questions(1))
        assert client.ask(make_questions(1)) == [answer]
    assert server.log.n_requests == 3
    assert answer.source == answer.to_json()["source"] == "agreement"
    assert answer.probabilities == pytest.approx({"sport": 2 / 3, "politics": 1 / 3})


def test_plan_sends_nothing(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        plan = client.plan(make_questions(5))
        assert server.log.n_requests == 0
        client.ask(make_questions(2))
        assert client.plan(make_questions(5)).requests == 3
    assert plan.requests == plan.n_questions == 5
    assert plan.batch_cost == pytest.approx(plan.cost / 2)
    assert f"about      ${plan.cost:.4f} " in str(plan)
    assert f"in Batch mode    ${plan.batch_cost:.4f}" in str(plan)
    assert f"{plan.tokens_in:,} in, {plan.tokens_out:,} out" in str(plan)
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


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="fitted attributes are shown since scikit-learn 1.9",
)
def test_the_diagram_shows_all_of_the_usage(graph, tmp_path):
    with LocalServer(faults=["refusal", "rate_limit"]) as server:
        step = LLMRationaleTransformer(make_client(server, tmp_path), CLASSES)
        html = step.fit(graph)._repr_html_()
    assert "privatetext" not in html
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    shown = {"requests": 9, "retries": 1, "cache_hits": 0, "abstentions refused": 1}
    shown |= {name: step.usage_[name] for name in ("tokens_in", "tokens_out")}
    for name, value in shown.items():
        assert f"usage_ {name} int {value} " in plain
    for name in ("cost", "seconds"):
        assert f"usage_ {name} float {step.usage_[name]:.4g} " in plain


def test_clones_ask_the_same_owner_of_a_function(graph):
    class Model:
        def __init__(self):
            self.lock = threading.Lock()  # cannot be copied
            self.n_calls = 0

        def answer(self, messages):
            self.n_calls += 1
            return '{"probabilities": [{"class": "sport", "probability": 1}]}'

    model = Model()
    step = LLMRationaleTransformer(model.answer, CLASSES, max_nodes=3).fit(graph)
    again = clone(step).fit(graph)
    assert again.llm is step.llm
    assert model.n_calls == 3
    assert again.usage_["cache_hits"] == 3
