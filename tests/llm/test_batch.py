"""Batch mode: the same answers, resumed and sent again where need be."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from openai import OpenAI

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import AskingInterrupted, LLMError, batch
from sklearn_tagkd.llm.batch_lines import pack_lines
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire.sdk import open_sdk
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_client, make_questions, until


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

        def die(asker, requests):
            future = client._loop.submit(asker.ask(requests))
            until(lambda: server._desk._batches)
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
        until(lambda: server._desk._batches or process.poll() is not None)
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
