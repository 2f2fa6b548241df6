"""Nothing is paid twice, whoever sleeps, dies, or lives in another container."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sklearn_tagkd.llm import AnswerStore
from sklearn_tagkd.llm.store import claims as claims_module
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire import awake
from sklearn_tagkd.llm.wire.awake import AwakeClock
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_client, make_questions

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="processes as Linux has them"
)
ASK = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from sklearn_tagkd.llm import asking
from tests.llm.helpers import make_client, make_questions
asking.LEASE = {lease}
class Server: url = {url!r}
client = make_client(Server, Path({folder!r}), max_concurrency=2, request_timeout=20)
answers = client.ask(make_questions(60))
print(sum(hasattr(answer, "probabilities") for answer in answers))
"""


def start(script, *command):
    return subprocess.Popen(
        [*command, sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )


@linux
@pytest.mark.timeout(120)
def test_a_process_that_slept_pays_for_nothing_twice(tmp_path):
    script = ASK.format(root=str(ROOT), folder=str(tmp_path), lease=1.0, url="{url}")
    with LocalServer(latency=0.1) as server:
        sleeper = start(script.replace("{url}", server.url))
        while server.log.n_requests < 10 and sleeper.poll() is None:
            time.sleep(0.01)
        os.kill(sleeper.pid, signal.SIGSTOP)
        before = server.log.n_requests
        other = start(script.replace("{url}", server.url))
        deadline = time.monotonic() + 60
        while server.log.n_requests < before + 20 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.log.n_requests >= before + 20  # it did not wait for the sleeper
        os.kill(sleeper.pid, signal.SIGCONT)
        told = [process.communicate(timeout=60)[0] for process in (sleeper, other)]
    assert told == ["60\n", "60\n"]
    assert server.log.n_requests == 60
    assert max(server.log.paid.values()) == 1


def test_what_was_sent_before_a_pause_is_waited_for(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    take = store.claims.take
    assert take([b"a", b"b"], "x", 30, 0).mine == [b"a", b"b"]
    assert take([b"a"], "x", 120, 0).mine == [b"a"]  # sent
    store.claims.renew("x", 30)
    rows = store.database.query("SELECT key, expires FROM claims")
    left = {key: expires - time.time() for key, expires in rows}
    assert left[b"a"] > 100 > 40 > left[b"b"] > 20


def test_who_wakes_up_gives_others_the_time_to_renew(tmp_path):
    take = AnswerStore(tmp_path / "a.sqlite").claims.take
    take([b"a"], "elsewhere/1/a", -1, 0)  # it has lapsed
    assert take([b"a"], "y", 30, 0, has_slept=True).others == [b"a"]
    assert take([b"a"], "y", 30, 0).mine == [b"a"]


def test_no_claim_holds_for_ever(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    for expires in (1e18, time.time() + 2 * claims_module.LONGEST_LEASE, "soon", b"x"):
        with store.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, NULL, NULL)",
                (b"a", "elsewhere/1/a", expires),
            )
        assert store.claims.take([b"a"], "x", 30, 0).mine == [b"a"]


@pytest.fixture
def clocks(monkeypatch):
    class Clocks:
        running, wall = 100.0, 1000.0

        def monotonic(self):
            return self.running

        def time(self):
            return self.wall

        def go_on(self, running, wall):
            self.running += running
            self.wall += wall

    clocks = Clocks()
    monkeypatch.setattr(awake, "time", clocks)
    return clocks


@pytest.mark.parametrize("is_suspended", [False, True])
def test_a_clock_leaves_pauses_out(is_suspended, clocks):
    clock = AwakeClock()
    start = clock.now()
    for _ in range(8):
        clocks.go_on(0.25, 0.25)
        clock.now()
    assert clock.now() - start == 2
    assert not clock.has_just_slept(30)
    clocks.go_on(0 if is_suspended else 3600, 3600)  # a laptop, or a stopped process
    assert clock.now() - start == pytest.approx(2, abs=0.3)
    assert clock.has_just_slept(30)
    for _ in range(130):
        clocks.go_on(0.25, 0.25)
        clock.now()
    assert not clock.has_just_slept(30)


SLOW = """
import asyncio, sys, time
sys.path.insert(0, {root!r})
from sklearn_tagkd.llm.wire import awake
awake._GAP = 1.0
async def main():
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    async with awake.awake_timeout(2.0):
        print("waiting", flush=True)
        first = await reader.readexactly(1)
        second = await reader.readexactly(1)
    print(first + second)
asyncio.run(main())
"""


@linux
def test_an_answer_that_came_during_a_pause_is_read(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = start(SLOW.format(root=str(ROOT), port=port))
        connection, _ = server.accept()
        assert process.stdout.readline() == "waiting\n"
        os.kill(process.pid, signal.SIGSTOP)
        connection.sendall(b"a")
        time.sleep(3)  # longer than it would wait awake
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.2)
        connection.sendall(b"b")
        assert process.communicate(timeout=20)[0] == "b'ab'\n"
        connection.close()


def test_the_others_of_a_run_go_on_where_one_was_taken_over(tmp_path):
    """A second client takes what the first one has in its queue."""
    with LocalServer(latency=0.05) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        keys = [client._writer.requests(q)[0].key for q in make_questions(8)]
        other, taken = client.store.claims, []
        confirm = type(client)._asker

        def asker(*args):
            made = confirm(client, *args)
            real = made.confirm

            def steal(key):
                if not taken:  # as if this process had slept just now
                    taken.extend(keys[4:6])
                    with client.store.database.transaction() as connection:
                        connection.executemany(
                            "UPDATE claims SET owner = 'elsewhere/1/a' WHERE key = ?",
                            [(key,) for key in taken],
                        )
                return real(key)

            made.confirm = steal
            return made

        client._asker = asker
        timer_end = time.monotonic() + 30

        def release():
            while not taken or server.log.n_requests < 6:
                if time.monotonic() > timer_end:
                    return
                time.sleep(0.01)
            other.release("elsewhere/1/a")

        thread = threading.Thread(target=release)
        thread.start()
        answers = client.ask(make_questions(8))
        thread.join()
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert server.log.n_requests == 8
