"""Where many questions have no answer, the user is told, and what helps."""

import re
import threading
import warnings
from collections import Counter

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import InterpreterGNNClassifier, LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import CallableClient
from sklearn_tagkd.llm.advice import silence_warning
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import Abstention, Rationale
from tests.llm.helpers import CLASSES, make_client, make_questions

REMEDIES = {
    "truncated": ("truncated", r"max_answer_tokens= \(now 1000\)"),
    "refusal": ("refused", "refuses these texts"),
    "not_json": ("not_json", r"client\.messages"),
    "wrong_class": ("invalid_label", "could not be believed"),
    "rate_limit": ("rate_limited", r"max_concurrency= \(now 4\)"),
    "slow": ("time_out", r"max_concurrency= \(now 4\).*request_timeout= \(now 0.2"),
}


@pytest.fixture
def graph():
    return TextGraph([f"privatetext{i} goal" for i in range(6)], [(0, 1), (2, 3)])


def fit(step, graph, y=None):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        annotated = step.fit_transform(graph, y)
    return annotated, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("fault", REMEDIES)
def test_nothing_answered(fault, graph, tmp_path):
    reason, remedy = REMEDIES[fault]
    with LocalServer(faults={fault: 1.0}, slow_seconds=30) as server:
        quick = {"request_timeout": 0.2} if fault == "slow" else {}
        deadline = 1.5 if fault in ("slow", "rate_limit") else 60
        client = make_client(
            server,
            tmp_path,
            deadline=deadline,
            max_concurrency=4,
            max_retries=1,
            **quick,
        )
        step = LLMRationaleTransformer(client, CLASSES)
        annotated, told = fit(step, graph)
    assert any(re.search(f"None of 6.*{reason} 6.*{remedy}", t) for t in told)
    assert step.n_answered_ == 0
    assert step.report_[f"abstained: {reason}"] == 6
    model = InterpreterGNNClassifier(encoder="hashing", max_iter=2)
    with pytest.raises(ValueError, match=f"asked about 6 nodes.*{reason} 6") as caught:
        model.fit(annotated)
    assert "put an LLMRationaleTransformer" not in str(caught.value)


def test_a_pipeline_with_labels_is_told_too(graph, tmp_path):
    y = np.array(["sport", "politics"] * 3)
    with LocalServer(faults={"refusal": 1.0}) as server:
        model = make_pipeline(
            LLMRationaleTransformer(make_client(server, tmp_path), CLASSES),
            InterpreterGNNClassifier(encoder="hashing", max_iter=2),
        )
        with pytest.warns(RationaleWarning, match="None of 6 questions"):
            model.fit(graph, y)


def test_a_large_share(tmp_path):
    with LocalServer(faults=["refusal"] * 10) as server:
        client = make_client(server, tmp_path)
        with pytest.warns(RationaleWarning, match=r"10 of 40 questions.*refused 10"):
            client.ask(make_questions(40))


def test_a_few_are_told_by_the_counts_alone(tmp_path):
    with LocalServer(faults=["refusal"] * 4) as server:
        client = make_client(server, tmp_path)
        assert client.ask(make_questions(40)).usage.abstentions == {"refused": 4}


def test_a_limit_of_ones_own_is_no_surprise(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, max_requests=3)
        client.ask(make_questions(10))
        with pytest.warns(RationaleWarning, match=r"None of 3.*over_budget 3.*max_req"):
            client.ask(make_questions(13)[10:])


def test_the_remedy_is_for_the_commonest_reason():
    told = silence_warning(Counter(refused=2, truncated=7, over_budget=9), 40, {})
    assert told == (
        "18 of 40 questions have no answer: over_budget 9, truncated 7, refused 2."
    )
    assert silence_warning(Counter(refused=2, truncated=5), 40, {}) is None
    remedies = {"truncated": "Longer.", "over_budget": "More."}
    told = silence_warning(Counter(truncated=8, over_budget=9), 40, remedies)
    assert told.endswith("Longer.")
    assert silence_warning(Counter(over_budget=39), 40, remedies) is None


class Silent:
    """A client of the user's own, which counts nothing."""

    def ask(self, questions):
        return [
            Rationale(q.node, {"sport": 1.0}) if i == 0 else Abstention(q.node, "tired")
            for i, q in enumerate(questions)
        ]


def test_a_client_of_ones_own(graph):
    _, told = fit(LLMRationaleTransformer(Silent(), CLASSES), graph)
    assert told == ["5 of 6 questions have no answer: tired 5."]


def test_the_error_is_about_the_step_that_is_there(graph):
    model = InterpreterGNNClassifier(encoder="hashing", max_iter=2)
    with pytest.raises(ValueError, match="put an LLMRationaleTransformer before"):
        model.fit(graph)
    answers = {"sport": 1.0}

    class First:
        def ask(self, questions):
            return [Rationale(q.node, answers) for q in questions]

    step = LLMRationaleTransformer(First(), CLASSES, max_nodes=1)
    annotated = step.fit_transform(graph)
    model.set_params(supervision="y")
    with pytest.raises(ValueError, match="supervision='both'"):
        model.fit(annotated)
    (asked,) = annotated.annotations["rationales"].positions
    others = annotated[[i for i in range(6) if i != asked]]
    model.set_params(supervision="both")
    with pytest.raises(ValueError, match="others have answers"):
        model.fit(others)


def test_time_outs_are_told_even_where_all_is_answered_in_the_end(tmp_path):
    with LocalServer(faults=["slow"] * 6, slow_seconds=30) as server:
        client = make_client(server, tmp_path, request_timeout=0.3, max_concurrency=6)
        with pytest.warns(RationaleWarning, match=r"of \d+ requests.*max_concurrency="):
            answers = client.ask(make_questions(8))
    assert all(isinstance(answer, Rationale) for answer in answers)
    # A busy machine may let more than these wait; whatever waited is counted.
    assert answers.usage.time_outs == answers.usage.requests - 8 >= 6


def test_a_server_that_works_on_one_at_a_time_is_not_overrun(tmp_path):
    lock = threading.Lock()

    class Slow(LocalServer):
        def _answer(self, body, fault):
            with lock:
                threading.Event().wait(0.05)
            return super()._answer(body, fault)

    with Slow() as server:
        client = make_client(
            server, tmp_path, request_timeout=1.0, deadline=60, retry_delay=0.1
        )
        client.ask(make_questions(1))  # imports the SDK, which takes its time
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RationaleWarning)
            answers = client.ask(make_questions(60))
    assert all(isinstance(answer, Rationale) for answer in answers)


def test_a_function_that_never_comes_back_costs_its_own_nodes():
    over = threading.Event()

    def function(messages):
        if "privatetext0 " in messages[1]["content"]:
            over.wait(60)
        return '{"probabilities": [{"class": "sport", "probability": 1}]}'

    client = CallableClient(
        function, request_timeout=1, max_retries=1, max_concurrency=1, deadline=20
    )
    answers = client.ask(make_questions(8))
    over.set()
    assert answers.usage.abstentions == {"time_out": 1}
    assert answers[0] == Abstention("node-0", "time_out")
