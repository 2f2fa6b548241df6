"""Doubted answers are asked for again, with sure ones as examples."""

import logging
import pickle
import re
import traceback
import warnings

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import LLMError, PromptTemplateError
from sklearn_tagkd.llm.testing import LocalServer
from tests.llm.helpers import CLASSES, KEY, make_client

N_NODES, WRONG = 60, (3, 8, 20)
WORDS = {
    "sport": "goal cup match final penalty striker",
    "politics": "vote law party senate minister ballot",
}
NAMES = sorted(WORDS)


def label(node):
    return NAMES[node % 2]


@pytest.fixture(scope="module")
def graph():
    random = np.random.default_rng(0)
    texts = [
        f"privatetext{i} " + " ".join(random.permutation(WORDS[label(i)].split())[:5])
        for i in range(N_NODES)
    ]
    return TextGraph(texts, [(i, i + 2) for i in range(N_NODES - 2)])


def misled(messages, schema):
    """Err about three nodes, until examples are shown."""
    text = messages[-1]["content"]
    asked = text.split("<document>")[1]
    node = int(re.search(r"privatetext(\d+)", asked)[1])
    errs = node in WRONG and "<example>" not in text
    named = label(node + errs)
    (other,) = set(NAMES) - {named}
    return {
        "explanation": "",
        "keywords": [],
        "neighbors": [],
        "label": named,
        "probabilities": [
            {"class": named, "probability": 0.9},
            {"class": other, "probability": 0.1},
        ],
    }


def step_of(client, **options):
    chosen = {"ask_again": 5, "max_nodes": N_NODES, "selection": "random"}
    return LLMRationaleTransformer(client, CLASSES, **(chosen | options))


def named_by(annotated):
    table = annotated.annotations["rationales"]
    best = table.classes[table.probabilities.argmax(axis=1)]
    return dict(zip(table.positions.tolist(), best.tolist(), strict=True))


@pytest.mark.parametrize("mode", ["live", "batch"])
def test_what_was_wrong_is_mended(graph, tmp_path, mode):
    prompts = []

    def respond(messages, schema):
        prompts.append(messages[-1]["content"])
        return misled(messages, schema)

    with LocalServer(respond=respond) as server:
        client = make_client(server, tmp_path, mode=mode)
        once = step_of(client, ask_again=0, max_nodes=None)
        wrong = {
            i
            for i, name in named_by(once.fit_transform(graph)).items()
            if name != label(i)
        }
        assert wrong == set(WRONG)
        before = server.log.n_requests
        step = step_of(client, max_nodes=N_NODES + 5)
        assert named_by(step.fit_transform(graph)) == {
            i: label(i) for i in range(N_NODES)
        }
        if mode == "live":
            assert server.log.n_requests - before == 3  # and all else from the store
    assert step.report_["asked_again"] == step.report_["answer_changed"] == 3
    assert (step.n_asked_, step.n_answered_) == (N_NODES, N_NODES)
    assert step.n_requests_ == 3
    assert step.stop_reason_.endswith("; 3 asked about again")
    assert "asked_again" not in once.report_
    shown = [prompt for prompt in prompts if "<example>" in prompt]
    for prompt in shown:
        assert 1 <= prompt.count("<example>") <= 4
        asked = re.search(r"privatetext\d+ ", prompt.split("<document>")[1])[0]
        examples = prompt.split("<document>")[0]
        assert asked not in examples
        for node in WRONG:  # a doubted answer is no example
            assert f"privatetext{node} " not in examples


def test_they_count_towards_the_limit_and_the_plan(graph, tmp_path):
    with LocalServer(respond=misled) as server:
        client = make_client(server, tmp_path)
        step = step_of(client, max_nodes=50)
        plan = step.plan(graph)
        assert (plan.requests, plan.n_questions) == (50, 50)
        assert len(step.questions(graph)) == 50
        assert "asked about again" in str(plan)
        assert "asked about again" not in str(
            clone(step).set_params(ask_again=0).plan(graph)
        )
        assert server.log.n_requests == 0
        step.fit(graph)
        assert step.n_asked_ == 45
        assert step.n_requests_ == server.log.n_requests <= 50
        with pytest.raises(ValueError, match="counts towards max_nodes"):
            clone(step).set_params(max_nodes=5).fit(graph)


def test_first_answers_stay_where_there_is_no_money_for_second_ones(graph, tmp_path):
    with LocalServer(respond=misled) as server:
        client = make_client(server, tmp_path)
        once = step_of(client, ask_again=0, max_nodes=None).fit(graph)
        step = step_of(client, max_nodes=None, max_cost=0.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RationaleWarning)
            found = named_by(step.fit_transform(graph))
    assert len(found) == N_NODES
    assert step.report_["again abstained: over_budget"] == 3
    assert step.report_.get("answer_changed", 0) == 0
    assert step.n_requests_ == 0 < once.n_requests_
    assert all(found[node] != label(node) for node in WRONG)


def test_a_run_that_was_stopped_goes_on_and_tells_no_text(
    graph, tmp_path, caplog, capfd, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    faults = [None] * (N_NODES + 1) + ["no_key"]
    with LocalServer(respond=misled, faults=faults) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        step = step_of(client, max_nodes=None)
        with pytest.raises(LLMError) as stopped:
            step.fit(graph)
        again = clone(step)
        found = named_by(again.fit_transform(graph))
        assert server.log.n_requests == N_NODES + 3 + 1
        plan = again.plan(graph)
    assert found == {i: label(i) for i in range(N_NODES)}
    assert again.usage_["cache_hits"] == N_NODES + 1
    assert again.usage_["requests"] == 2
    told = [
        *traceback.format_exception(stopped.value),
        *(caplog.text, *capfd.readouterr(), repr(again), repr(plan)),
        *(repr(again.report_), again.stop_reason_, repr(vars(again))),
        pickle.dumps(again).decode("latin-1"),
    ]
    assert not [text for text in told if "privatetext" in text or KEY in text]


def test_a_strong_model_is_asked_where_the_cheap_one_is_contradicted(graph, tmp_path):
    prompts = []

    def strong_one(messages, schema):
        prompts.append(messages[-1]["content"])
        return misled(messages, schema)

    with LocalServer(respond=misled) as weak, LocalServer(respond=strong_one) as server:
        cheap = make_client(weak, tmp_path / "weak")
        strong = make_client(server, tmp_path / "strong", temperature=0.5)
        step = step_of([cheap, strong], max_nodes=[None, 30])
        plan = step.plan(graph)
        assert plan.requests == N_NODES + 30
        fewer = clone(step).set_params(ask_again=0).plan(graph)
        assert plan.n_texts >= fewer.n_texts + 5 * (1 + 4)
        found = named_by(step.fit_transform(graph))
        assert weak.log.n_requests == N_NODES
        assert server.log.n_requests == 25 + step.report_["asked_again"] <= 30
    again = [prompt for prompt in prompts if "<example>" in prompt]
    assert len(again) == step.report_["asked_again"] == 3
    assert {node: found[node] for node in WRONG} == {
        node: label(node) for node in WRONG
    }


def test_the_same_seed_asks_about_the_same_nodes(graph, tmp_path):
    seen = []
    for folder in ("a", "b"):
        prompts = []

        def respond(messages, schema, prompts=prompts):
            prompts.append(messages[-1]["content"])
            return misled(messages, schema)

        with LocalServer(respond=respond) as server:
            step_of(make_client(server, tmp_path / folder)).fit(graph)
        seen.append(sorted(prompts))
    assert seen[0] == seen[1]


def test_nobody_is_asked_again_where_nothing_is_doubted(graph, tmp_path):
    def certain(messages, schema):
        return misled([{"content": messages[-1]["content"] + "<example>"}], schema)

    with LocalServer(respond=certain) as server:
        step = step_of(make_client(server, tmp_path)).fit(graph)
        few = step_of(make_client(server, tmp_path), max_nodes=19, ask_again=3)
        few.fit(graph)
    assert "asked_again" not in step.report_ | few.report_


def test_a_template_without_a_place_for_examples_is_refused_unpaid(graph, tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "user.txt").write_text("<text>$text</text> $neighbors")
    with LocalServer(respond=misled) as server:
        client = make_client(server, tmp_path, templates=folder)
        with pytest.raises(PromptTemplateError, match="ask_again=0"):
            step_of(client).fit(graph)
        assert server.log.n_requests == 0
