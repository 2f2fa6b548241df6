"""Batch mode: junk in replies, servers that say nothing, deadlines and clocks."""

import json
import threading
import time

import pytest

from sklearn_tagkd.llm import LLMError, OpenAIClient
from sklearn_tagkd.llm.batch_lines import read_line
from sklearn_tagkd.llm.store import batch_notes
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.testing.handler import HTTPAnswer
from sklearn_tagkd.llm.wire.transport import Failure
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_client, make_questions

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
