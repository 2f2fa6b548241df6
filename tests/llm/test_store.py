"""The file of answers: one flight, killed processes, damage, export and import."""

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sklearn_tagkd.exceptions import AnswerFormatError
from sklearn_tagkd.llm import AnswerStore, AnswerStoreError, AskingInterrupted
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store import database as database_module
from sklearn_tagkd.llm.store.answer_store import StoredAnswer
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import Rationale, read_answers, write_answers
from tests.llm.helpers import Gate, make_client, make_questions

N = 40


def _ask(url, folder, n_threads):
    class Server:
        pass

    server = Server()
    server.url = url
    client = make_client(server, Path(folder))
    threads = [
        threading.Thread(target=client.ask, args=[make_questions(N)])
        for _ in range(n_threads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_flight_over_threads_and_processes(tmp_path):
    context = multiprocessing.get_context("spawn")
    with LocalServer(latency=0.02) as server:
        processes = [
            context.Process(target=_ask, args=(server.url, str(tmp_path), 4))
            for _ in range(2)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert server.log.n_requests == N


def test_waiting_threads_share_a_failure(tmp_path):
    with LocalServer(faults={"not_json": 1.0}, latency=0.1) as server:
        client = make_client(server, tmp_path)
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(client.ask(make_questions(1))))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.log.n_requests == 2  # one, and its repair
        client.ask(make_questions(1))
        assert server.log.n_requests == 4  # a later run asks again
    assert {answers[0].reason for answers in found} == {"not_json"}


SCRIPT = """
import signal, sys
# A test run in the background may have been started with Ctrl-C switched off.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from pathlib import Path
from tests.llm.helpers import make_client, make_questions
class Server: url = {url!r}
client = make_client(Server, Path({folder!r}), max_concurrency=4)
answers = client.ask(make_questions(60))
print(answers.usage.requests)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_resumes(how, tmp_path):
    gate = Gate(range(20, 24))
    with LocalServer(gate, latency=0.05) as server:
        script = SCRIPT.format(
            tests=str(Path(__file__).parents[2]), url=server.url, folder=str(tmp_path)
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        gate.wait_for(4, process)
        process.send_signal(how)
        if how == signal.SIGKILL:
            process.wait()
        gate.open()  # Ctrl-C is heard long before the rest is answered
        errors = process.communicate()[1]
        answers = make_client(server, tmp_path).ask(make_questions(60))
    assert process.returncode != 0
    assert all(isinstance(answer, Rationale) for answer in answers)
    in_flight = 4 if how == signal.SIGKILL else 0
    assert server.log.n_requests == 60 + in_flight
    assert answers.usage.cache_hits >= 24 - in_flight
    if how == signal.SIGINT:
        assert "AskingInterrupted" in errors
        assert "Run the same again" in errors
        assert "privatetext" not in errors


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_who_waits_for_a_process_that_dies_asks_instead(tmp_path):
    gate = Gate(range(99))
    with LocalServer(gate) as server:
        script = SCRIPT.format(
            tests=str(Path(__file__).parents[2]), url=server.url, folder=str(tmp_path)
        )
        holder = subprocess.Popen([sys.executable, "-c", script])
        gate.wait_for(4, holder)
        found = []
        client = make_client(server, tmp_path)
        waiting = threading.Thread(
            target=lambda: found.append(client.ask(make_questions(4)))
        )
        waiting.start()
        time.sleep(0.5)
        assert gate.n_held == server.log.most_in_flight == 4  # it waits, asks nothing
        holder.kill()
        holder.wait()
        gate.open()
        waiting.join(timeout=20)  # before its claims would lapse with time
    assert all(isinstance(answer, Rationale) for answer in found[0])
    assert found[0].usage.requests == 4


FORGETFUL = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from sklearn_tagkd import LLMRationaleTransformer, TextGraph
def model(messages):
    print("asked", flush=True)
    time.sleep(0.3)
    return '{"probabilities": [{"class": "sport", "probability": 1}]}'
graph = TextGraph([f"privatetext{i}" for i in range(600)], [(0, 1)])
LLMRationaleTransformer(model, ["sport", "politics"]).fit(graph)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupt_says_when_answers_are_not_kept_in_a_file():
    process = subprocess.Popen(
        [sys.executable, "-c", FORGETFUL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(6):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=30)[1]
    assert "of 600 answers are kept for as long as this client lives" in errors
    assert "store=" in errors
    assert "privatetext" not in errors


def test_interrupts_keep_what_is_on_its_way(tmp_path):
    gate = Gate(range(3, 5))
    with LocalServer(gate) as server:
        client = make_client(server, tmp_path, max_concurrency=2)
        wait = client._wait.__func__

        def interrupted(asker, requests):
            def stop():
                gate.wait_for(2)
                client._loop.call(asker.stop)
                gate.open()

            threading.Thread(target=stop).start()
            wait(client, asker, requests)
            raise AskingInterrupted("stopped")

        client._wait = interrupted
        with pytest.raises(AskingInterrupted):
            client.ask(make_questions(20))
    assert len(client.store) == server.log.n_requests == 5


def test_claims_lapse(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    key = b"k"
    assert store.claims.take([key], "elsewhere/1/a", 60, 0).mine == [key]
    assert store.claims.take([key], "elsewhere/2/b", 60, 0).others == [key]
    store.claims.renew("elsewhere/1/a", -1)  # never brought forward
    assert store.claims.take([key], "elsewhere/2/b", 60, 0).others == [key]
    assert store.claims.take([key], "elsewhere/1/a", -1, 0).mine == [key]
    assert store.claims.take([key], "elsewhere/2/b", 60, 0).mine == [key]
    store.claims.fail(key, "elsewhere/2/b", "refused")
    assert store.claims.take([key], "x", 60, 0).failed == {key: "refused"}
    assert store.claims.take([key], "x", 60, time.time() + 1).mine == [key]
    store.claims.fail(key, "x", None)
    assert store.claims.take([key], "x", 60, 0).mine == [key]
    store.claims.release("x")
    assert store.claims.take([key], "y", 60, 0).mine == [key]


def test_export_and_import(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        answers = client.ask(make_questions(5))
        assert client.store.export_answers(tmp_path / "out.jsonl") == 5
        exported = read_answers(tmp_path / "out.jsonl")[0]
        assert sorted(exported, key=lambda answer: answer.node) == answers
        fresh = AnswerStore(tmp_path / "fresh.sqlite")
        assert fresh.import_answers(tmp_path / "out.jsonl") == 5
        again = make_client(server, tmp_path, store=fresh).ask(make_questions(5))
        write_answers(tmp_path / "plain.jsonl", answers)
        with pytest.raises(AnswerFormatError, match=r"Line 1 of plain\.jsonl"):
            fresh.import_answers(tmp_path / "plain.jsonl")
        third = make_client(server, tmp_path, store=tmp_path / "third.sqlite")
        assert third.import_answers(tmp_path / "plain.jsonl", make_questions(6)) == 5
        assert third.ask(make_questions(5)) == answers == again
    assert server.log.n_requests == 5
    assert "privatetext0 about" not in (tmp_path / "out.jsonl").read_text()


def test_a_damaged_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "answers.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with (
        LocalServer() as server,
        pytest.raises(AnswerStoreError, match=r"damaged.*Move it"),
    ):
        make_client(server, tmp_path).ask(make_questions(1))
    assert path.read_bytes() == b"this is no database" * 100
    assert server.log.n_requests == 0


def test_a_locked_file_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "_PATIENCE", 0.05)
    store = AnswerStore(tmp_path / "a.sqlite")
    assert len(store) == 0
    other = sqlite3.connect(tmp_path / "a.sqlite")
    other.execute("BEGIN IMMEDIATE")
    row = StoredAnswer(NumberedAnswer({"a": 1.0}), "m")
    with pytest.raises(AnswerStoreError, match=r"locked.*rescued\.jsonl"):
        store.put(b"key", row, make_questions(1)[0])
    other.rollback()
    other.close()
    assert store.import_answers(tmp_path / "a.sqlite.rescued.jsonl") == 1
    assert store.get([b"key"])[b"key"].probabilities == {"a": 1.0}


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_others_cannot_read_it(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    len(store)
    assert (tmp_path / "a.sqlite").stat().st_mode & 0o077 == 0


def test_texts_are_not_in_it(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(2))
    for (answer,) in client.store.database.query("SELECT answer FROM answers"):
        json.loads(answer)
    assert b"neighbourtext" not in (tmp_path / "answers.sqlite").read_bytes()


def test_many_open_a_new_file_at_once(tmp_path):
    n_threads, failures = 8, []
    schema = "CREATE TABLE IF NOT EXISTS known (key BLOB PRIMARY KEY)"

    def put(path, barrier, key):
        barrier.wait()
        try:
            with database_module.Database(path, schema).transaction() as connection:
                connection.execute("INSERT INTO known VALUES (?)", (key,))
        except AnswerStoreError as error:
            failures.append(error)

    for number in range(100):
        path, barrier = tmp_path / f"{number}.sqlite", threading.Barrier(n_threads)
        threads = [
            threading.Thread(target=put, args=(path, barrier, bytes([key])))
            for key in range(n_threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = database_module.Database(path, schema).query("SELECT key FROM known")
        assert (failures, len(found)) == ([], n_threads)
