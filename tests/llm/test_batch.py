"""Batch mode: the same answers, resumed and sent again where need be."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from openai import OpenAI

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import AskingInterrupted, LLMError, OpenAIClient, batch
from sklearn_tagkd.llm.batch_lines import pack_lines, read_line
from sklearn_tagkd.llm.store import batch_notes
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.testing.handler import HTTPAnswer
from sklearn_tagkd.llm.wire.sdk import open_sdk
from sklearn_tagkd.llm.wire.transport import Failure
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_client, make_questions


def test_batch_and_live_share_the_store(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, mode="batch")
        answers = client.ask(make_questions(6))
        live = make_client(server, tmp_path).ask(make_questions(6))
    assert live == answers
    assert server.log.n_requests == 6
    assert answers.usage.cost == pytest.approx(
        (server.log.tokens_in * 1.0 + server.log.tokens_out * 2.0) / 2e6
    )


def test_expired_and_bad_lines_are_sent_again(tmp_path):
    faults = {"expired": 0.3, "not_json": 0.2, "server_error": 0.2, "fenced": 0.1}
    with LocalServer(faults=faults, seed=3) as server:
        client = make_client(server, tmp_path, mode="batch", max_cost=1.0)
        with pytest.warns(RationaleWarning, match="seems to ignore"):
            answers = client.ask(make_questions(30))
        paid = server.log.paid
        kept = [
            question
            for question, answer in zip(make_questions(30), answers, strict=True)
            if isinstance(answer, Rationale)
        ]
        assert client.ask(kept).usage.requests == 0
    assert sum(isinstance(answer, Rationale) for answer in answers) >= 25
    assert answers.usage.retries > 0
    assert answers.usage.repairs > 0
    assert max(paid.values()) == 1


def test_a_run_that_died_goes_on_waiting(tmp_path):
    with LocalServer(polls=10**9) as server:
        client = make_client(server, tmp_path, mode="batch")
        stop = threading.Event()

        def die(asker, requests):
            future = client._loop.submit(asker.ask(requests))
            stop.wait(1.0)
            client._loop.call(asker.stop)
            future.result()
            raise AskingInterrupted("died")

        client._wait = die
        with pytest.raises(AskingInterrupted):
            client.ask(make_questions(4))
        assert server.log.n_requests == 0
        server._desk._polls = 0
        again = make_client(server, tmp_path, mode="batch")
        answers = again.ask(make_questions(4))
        assert len(server._desk._batches) == 1
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert again.store.database.query("SELECT * FROM batches") == []


def test_a_run_that_died_before_it_learnt_the_batchs_name(tmp_path):
    with LocalServer(polls=10**9) as server:
        client = make_client(server, tmp_path, mode="batch")
        questions = make_questions(3)
        timer = threading.Timer(1.0, lambda: setattr(server._desk, "_polls", 0))
        timer.start()
        client.ask(questions)
        # As if the rows had never been finished, and no answer had been read.
        keys = [client._writer.requests(question)[0].key for question in questions]
        (known,) = server._desk._batches.values()
        tag = known["metadata"]["sklearn_tagkd"]
        client.store.batch_notes.begin_batch(tag, [(key, 0) for key in keys])
        with client.store.database.transaction() as connection:
            connection.execute("DELETE FROM answers")
        answers = make_client(server, tmp_path, mode="batch").ask(questions)
        assert len(server._desk._batches) == 1
    assert all(isinstance(answer, Rationale) for answer in answers)


WAIT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.llm.helpers import make_client, make_questions
from openai import OpenAI
class Server: url = {url!r}
make_client(Server, Path({folder!r}), mode="batch").ask(make_questions(6))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_process_goes_on_waiting(tmp_path):
    with LocalServer(polls=10**9) as server:
        script = WAIT.format(
            tests=str(Path(__file__).parents[2]), url=server.url, folder=str(tmp_path)
        )
        process = subprocess.Popen([sys.executable, "-c", script])
        deadline = time.monotonic() + 60
        while not server._desk._batches and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server._desk._polls = 0
        answers = make_client(server, tmp_path, mode="batch").ask(make_questions(6))
        assert len(server._desk._batches) == 1
    assert process.returncode == -signal.SIGKILL
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert max(server.log.paid.values()) == 1


def test_several_files_where_one_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "pack_lines", partial(pack_lines, most_lines=4))
    with LocalServer(faults={"expired": 0.3}, seed=1) as server:
        client = make_client(server, tmp_path, mode="batch")
        answers = client.ask(make_questions(10))
        sizes = [b["request_counts"]["total"] for b in server._desk._batches.values()]
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert sizes[:3] == [4, 4, 2]
    # What expired is sent again, and nothing else.
    assert sum(sizes[3:]) == server.log.faults["expired"] == answers.usage.retries > 0
    assert max(server.log.paid.values()) == 1


def make_batch(sdk):
    file = sdk.files.create(file=("x.jsonl", b""), purpose="batch")
    return sdk.batches.create(
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
    )


def test_a_batch_without_a_name_is_found_behind_others(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, mode="batch")
        client.ask(make_questions(2))
        sdk = OpenAI(base_url=server.url, api_key="none")
        for _ in range(130):  # more than a page of them came after ours
            make_batch(sdk)
        ours = next(iter(server._desk._batches.values()))
        tag = ours["metadata"]["sklearn_tagkd"]
        keys = [client._writer.requests(q)[0].key for q in make_questions(2)]
        client.store.batch_notes.begin_batch(tag, [(key, 0) for key in keys])
        with client.store.database.transaction() as connection:
            connection.execute("DELETE FROM answers")
        client.ask(make_questions(2))
        assert len(server._desk._batches) == 131
    assert server.log.n_requests == 2


def test_the_bar_tells_how_far_the_server_is(tmp_path, capsys):
    with LocalServer() as server:
        client = make_client(server, tmp_path, mode="batch", progress=True)
        client.ask(make_questions(5))
    shown = capsys.readouterr().err
    assert "5 done at the server" in shown
    assert "5/5" in shown


def test_a_batch_of_which_nothing_comes_is_an_error(tmp_path):
    with LocalServer(faults={"bad_request": 1.0}) as server:
        client = make_client(server, tmp_path, mode="batch")
        with pytest.raises(LLMError, match=r"rejects what is in a batch \(400\)"):
            client.ask(make_questions(3))
    assert server.log.n_requests == 3


def test_the_cap_holds_in_batches(tmp_path):
    with LocalServer(bytes_per_token=1) as server:
        client = make_client(server, tmp_path, mode="batch", max_tokens=12_000)
        answers = client.ask(make_questions(30))
    assert server.log.tokens_in + server.log.tokens_out <= 12_000
    assert answers.usage.abstentions["over_budget"] > 0


def test_files_are_not_too_large():
    parts = list(pack_lines([b"x"] * 120_000))
    assert [part.stop - part.start for part in parts] == [50_000, 50_000, 20_000]
    heavy = [b"x" * 10**6] * 250  # the same megabyte 250 times
    assert list(pack_lines(heavy)) == [slice(0, 200), slice(200, 250)]
    lines = [b"x" * 10] * 25
    assert [part.stop - part.start for part in pack_lines(lines, 10)] == [10, 10, 5]
    assert [part.stop - part.start for part in pack_lines(lines, 99, 100)] == [
        10,
        10,
        5,
    ]


def test_no_key(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(LLMError, match="NO_SUCH_KEY"):
        open_sdk(None, "NO_SUCH_KEY")


JUNK = ["x", 5, [], {}, [1, 2], None, True, 1e300, {"completed": "x"}, "\ud800"]


class OddDesk:
    """Stands between a client and the desk of a server; spoils what is said."""

    def __init__(self, desk, spoil):
        self._desk, self._spoil = desk, spoil

    def get(self, path, query):
        return self._spoil("get", path, self._desk.get(path, query))

    def post(self, path, body, content_type):
        return self._spoil("post", path, self._desk.post(path, body, content_type))


def odd_server(spoil, **options):
    server = LocalServer(**options)
    handler = server._http.RequestHandlerClass
    handler.routes = OddDesk(handler.routes, spoil)
    return server


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["request_counts", "metadata", "errors"])
def test_junk_beside_an_answer_is_survived(field, junk, tmp_path):
    def spoil(method, path, answer):
        if method == "get" and path.startswith("/batches/"):
            return HTTPAnswer(200, {**answer.body, field: junk})
        return answer

    with odd_server(spoil) as server:
        client = make_client(server, tmp_path, mode="batch", deadline=20)
        answers = client.ask(make_questions(3))
    assert all(isinstance(answer, Rationale) for answer in answers)


@pytest.mark.parametrize("junk", [*JUNK[1:5], True, 1e300, "../../x", "x/y", "no file"])
@pytest.mark.parametrize("field", ["id", "status", "output_file_id", "error_file_id"])
def test_junk_in_place_of_an_answer_ends_with_an_error(field, junk, tmp_path):
    def spoil(method, path, answer):
        if path.startswith("/batches"):
            return HTTPAnswer(200, {**answer.body, field: junk})
        return answer

    with odd_server(spoil) as server:
        client = make_client(server, tmp_path, mode="batch", deadline=2, max_retries=0)
        with pytest.raises(LLMError, match="run the same again"):
            client.ask(make_questions(3))
        assert server.log.n_requests <= 3
        # Nothing is lost, and nothing is paid for once more.
        server._http.RequestHandlerClass.routes = server._desk
        answers = make_client(server, tmp_path, mode="batch").ask(make_questions(3))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert server.log.n_requests == 3


LINES = [b"\xff\xfe{}", b"[]", b"5", b"null", b"[" * 100_000, b"{}", b"", b"9" * 10_000]
LINES += [b'{"custom_id": 5}', b'{"custom_id": "x", "response": [1]}', b"x" * 500_000]


def test_junk_in_a_file_of_answers_is_passed_over(tmp_path):
    def spoil(method, path, answer):
        if path.endswith("/content"):
            good = answer.body.splitlines()
            mixed = [line for pair in zip(good, LINES, strict=False) for line in pair]
            return HTTPAnswer(200, b"\n".join([*LINES, *mixed]))
        return answer

    with odd_server(spoil) as server:
        client = make_client(server, tmp_path, mode="batch")
        answers = client.ask(make_questions(5))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert server.log.n_requests == 5


RESPONSES = [*JUNK, {"status_code": "200"}, {"status_code": 200, "body": 5}]
RESPONSES += [{"status_code": 200, "body": {"choices": [5]}}, {"status_code": 2**70}]
RESPONSES += [{"status_code": 400, "body": [5]}, {"status_code": 429, "body": None}]


@pytest.mark.parametrize("response", RESPONSES, ids=repr)
def test_junk_as_a_response_is_no_answer(response):
    name, outcome = read_line(
        json.dumps({"custom_id": "a", "response": response}).encode()
    )
    assert name == "a"
    assert isinstance(outcome, Failure)


def test_a_batch_that_is_never_done_ends_at_the_deadline(tmp_path):
    with LocalServer(polls=10**9) as server:
        client = make_client(server, tmp_path, mode="batch", deadline=1)
        told = r"not done after deadline=1 seconds.*run the same again"
        with pytest.raises(LLMError, match=told):
            client.ask(make_questions(3))
        server._desk._polls = 0
        answers = make_client(server, tmp_path, mode="batch").ask(make_questions(3))
        assert len(server._desk._batches) == 1
    assert all(isinstance(answer, Rationale) for answer in answers)


@pytest.mark.parametrize("kind", ["hangs", "asks to wait"])
@pytest.mark.timeout(60)
def test_a_server_that_says_nothing_about_batches(kind, tmp_path):
    over = threading.Event()

    def spoil(method, path, answer):
        if kind == "hangs":
            over.wait(50)
            return answer
        return HTTPAnswer(503, {"error": {"message": "later"}}, retry_after=10**8)

    with odd_server(spoil) as server:
        client = make_client(
            server, tmp_path, mode="batch", deadline=1.5, request_timeout=0.5
        )
        told = "does not answer about its batches|not done after deadline"
        with pytest.raises(LLMError, match=told):
            client.ask(make_questions(3))
        over.set()


def test_a_day_is_what_batches_have_by_default():
    assert OpenAIClient("gpt-4o", mode="batch")._settings.deadline == 90_000
    assert OpenAIClient("gpt-4o")._settings.deadline == 600
    assert OpenAIClient("gpt-4o", mode="batch", deadline=5)._settings.deadline == 5


def test_a_clock_that_is_fast_makes_no_batch_twice(tmp_path, monkeypatch):
    """Ours is two hours ahead; killed before the server's name was noted."""

    class FastClock:
        @staticmethod
        def time():
            return time.time() + 7200

    monkeypatch.setattr(batch_notes, "time", FastClock)
    with LocalServer() as server:
        client = make_client(server, tmp_path, mode="batch")

        def killed(tag, batch_id):
            raise RuntimeError("killed")

        client.store.batch_notes.name_batch = killed
        with pytest.raises(RuntimeError):
            client.ask(make_questions(3))
        other = make_client(server, tmp_path, mode="batch", store=tmp_path / "b.sqlite")
        other.ask(make_questions(4)[3:])  # somebody else's, and newer
        answers = make_client(server, tmp_path, mode="batch").ask(make_questions(3))
        assert len(server._desk._batches) == 2
    assert all(isinstance(answer, Rationale) for answer in answers)
