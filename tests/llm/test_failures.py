"""What no other try can help: an error that says what to do, or an abstention."""

import asyncio
import sqlite3
import threading
import time
from email.utils import formatdate

import pytest

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import AnswerStore, AnswerStoreError, LLMError
from sklearn_tagkd.llm.prompting.form import Form
from sklearn_tagkd.llm.store import database as database_module
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire.sdk import SDKTransport, open_sdk
from sklearn_tagkd.rationales import Abstention, Rationale
from tests.llm.helpers import Gate, make_client, make_questions

NOTHING_ELSE = {
    "server_error": "errors of its own.*same again later",
    "bad_http": "ends in /v1",
    "cut": "no connection",
    "bad_request": "rejects the request",
    "no_key": "does not accept the key in OPENAI_API_KEY",
}


@pytest.mark.parametrize("fault", NOTHING_ELSE)
def test_a_server_that_never_answers_is_an_error(fault, tmp_path):
    with LocalServer(faults={fault: 1.0}) as server:
        client = make_client(server, tmp_path, max_retries=1, max_concurrency=1)
        with pytest.raises(LLMError, match=NOTHING_ELSE[fault]):
            client.ask(make_questions(40))
    assert server.log.n_requests <= 12  # not all of them are sent, let alone twice


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("server_error", "server_error"),
        ("bad_http", "bad_response"),
        ("cut", "no_connection"),
        ("bad_request", "rejected"),
    ],
)
def test_a_server_that_answers_others_costs_one_node(fault, reason, tmp_path):
    with LocalServer(faults=[None, fault, fault]) as server:
        client = make_client(server, tmp_path, max_retries=1)
        known = client.ask(make_questions(1))
        answers = client.ask(make_questions(2))
    assert answers == [*known, Abstention("node-1", reason)]
    assert answers.usage.abstentions == {reason: 1}


@pytest.mark.parametrize(
    ("fault", "retry_after"), [("rate_limit", 1), ("rate_limit_wait", 0.05)]
)
def test_the_deadline_ends_what_is_always_refused(fault, retry_after, tmp_path):
    with LocalServer(faults={fault: 1.0}, retry_after=retry_after) as server:
        client = make_client(server, tmp_path, deadline=1)
        started = time.monotonic()
        with pytest.warns(RationaleWarning, match="None of 3.*max_concurrency="):
            answers = client.ask(make_questions(3))
        seconds = time.monotonic() - started
    assert answers.usage.abstentions == {"rate_limited": 3}
    assert answers.usage.requests > 6
    # Nobody charges for a refusal. The three under way when time was up cannot know
    # what became of them: a request is of about 1,000 tokens at most.
    assert answers.usage.tokens_in == answers.usage.tokens_out == 0
    assert answers.usage.tokens_unconfirmed < 3 * 1100
    assert seconds < 30  # it would go on for ten minutes


def test_a_last_try_that_the_deadline_cuts_off_hides_no_refusal(tmp_path):
    faults = ["rate_limit", *["slow"] * 9]
    with LocalServer(faults=faults, slow_seconds=30) as server:
        client = make_client(server, tmp_path, deadline=1, max_retries=0)
        (answer,) = client.ask(make_questions(1))
    assert answer == Abstention("node-0", "rate_limited")
    assert server.log.n_requests == 2


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("0.25", 0.25, 0.25),
        (3600, 3000, 3600),
        (-3600, 0, 0),
        ("soon", None, None),
        ("nan", None, None),
        ("-1", None, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header, least, most, tmp_path):
    if isinstance(header, int):  # a date, so far from now
        header = formatdate(time.time() + header, usegmt=True)

    async def send(url, request):
        transport = SDKTransport(open_sdk(url, "OPENAI_API_KEY"), "OPENAI_API_KEY")
        try:
            return await transport.send(request, form=Form(), timeout=10)
        finally:
            await transport.close()

    with LocalServer(faults={"rate_limit_wait": 1.0}, retry_after=header) as server:
        client = make_client(server, tmp_path)
        (request,) = client._writer.requests(make_questions(1)[0])
        failure = asyncio.run(send(server.url, request))
    assert failure.reason == "rate_limited"
    if least is None:
        assert failure.retry_after is None
    else:
        assert least <= failure.retry_after <= most


def test_what_the_server_asks_for_is_waited(tmp_path):
    with LocalServer(faults=["rate_limit_wait"], retry_after=0.6) as server:
        answers = make_client(server, tmp_path).ask(make_questions(1))
    assert isinstance(answers[0], Rationale)
    assert answers.usage.seconds > 0.6


def test_a_server_with_few_places_is_not_overrun(tmp_path):
    with LocalServer(most_in_flight=3, latency=0.1) as server:
        client = make_client(server, tmp_path, max_concurrency=16, retry_delay=0.2)
        answers = client.ask(make_questions(90))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert max(server.log.paid.values()) == 1
    assert server.log.n_requests < 2 * 90


def test_a_locked_file_costs_no_answer_that_was_paid_for(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "_PATIENCE", 0.05)
    path = tmp_path / "answers.sqlite"
    gate = Gate(range(3))
    with LocalServer(gate) as server:
        client = make_client(server, tmp_path, max_cost=1.0)
        len(client.store)  # makes the file
        other = sqlite3.connect(path, check_same_thread=False)

        def lock():
            gate.wait_for(3)  # whoever is not on its way yet would be stopped
            other.execute("BEGIN IMMEDIATE")
            gate.open()

        locker = threading.Thread(target=lock)
        locker.start()
        with pytest.raises(AnswerStoreError, match=r"locked.*rescued\.jsonl"):
            client.ask(make_questions(3))
        locker.join()
        other.rollback()
        other.close()
        rescued = path.with_name("answers.sqlite.rescued.jsonl")
        assert AnswerStore(path).import_answers(rescued) == server.log.n_requests == 3
        again = make_client(server, tmp_path).ask(make_questions(3))
    assert again.usage.cache_hits == 3
    # What could not be settled stays out of the purse: the cap is not loosened.
    assert client._purse.spent(client.store).requests == 3
