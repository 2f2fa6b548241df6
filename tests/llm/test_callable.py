"""A function of one's own in place of a model's client."""

import traceback
from functools import partial
from pathlib import Path

import joblib
import pytest
from sklearn.base import clone

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.llm import CallableClient, LLMError
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_questions

SPORT = '{"probabilities": [{"class": "sport", "probability": 1}]}'


@pytest.mark.parametrize("is_async", [False, True])
def test_a_function_of_ones_own(is_async):
    calls = []

    def function(messages):
        calls.append(messages)
        return SPORT

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
        CallableClient(function, retry_delay=0.01).ask(make_questions(2))
    assert "privatetext" not in "".join(traceback.format_exception(caught.value))


def test_a_function_that_raises_now_and_then_is_called_again():
    n_calls = 0

    def function(messages):
        nonlocal n_calls
        n_calls += 1
        if n_calls % 2:
            raise ConnectionError
        return SPORT

    client = CallableClient(function, max_concurrency=1, retry_delay=0.01)
    answers = client.ask(make_questions(5))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert (answers.usage.requests, answers.usage.retries) == (n_calls, 5)


def test_a_function_that_raises_for_one_node_costs_that_node_alone():
    def function(messages):
        if "privatetext2" in messages[1]["content"]:
            raise ValueError
        return SPORT

    client = CallableClient(function, max_retries=1, retry_delay=0.01)
    answers = client.ask(make_questions(4))
    assert [isinstance(answer, Rationale) for answer in answers] == [1, 1, 0, 1]
    assert answers.usage.abstentions == {"server_error": 1}
    assert answers.usage.requests == 5


def ask(client):
    return [answer.node for answer in client.ask(make_questions(10))]


def count(folder, messages):
    with open(Path(folder) / "calls", "a", encoding="utf-8") as calls:
        calls.write("x")
    return SPORT


def test_worker_processes_share_the_answers_of_a_client(tmp_path, fresh_workers):
    client = CallableClient(partial(count, str(tmp_path)), progress=False)
    jobs = [joblib.delayed(ask)(client) for _ in range(2)]
    assert len(set(map(tuple, joblib.Parallel(n_jobs=2)(jobs)))) == 1
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "x" * 10


def test_the_transformer_takes_a_function_and_examples():
    texts = [f"privatetext{i} goal" for i in range(8)]
    graph = TextGraph(texts, [(i, i + 1) for i in range(7)])
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
