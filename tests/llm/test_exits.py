"""Functions that end the process, processes that fork: an error, and nobody hangs."""

import asyncio
import gc
import os
import sys
import threading
import time
import traceback
from contextlib import suppress

import pytest

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import CallableClient, LLMError, OpenAIClient, ask_once
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire import function as function_module
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import CLASSES, Gate, make_client, make_questions

SPORT = '{"probabilities": [{"class": "sport", "probability": 1}]}'


class OddError(BaseException):
    pass


def ends_with(error):
    def function(messages):
        raise error

    return function


def ends_with_asynchronously(error):
    async def function(messages):
        raise error

    return function


def ends_in_a_task(error):
    async def function(messages):
        async def inner():
            raise error

        return await asyncio.create_task(inner())

    return function


ENDS = [
    SystemExit("privatetext"),
    SystemExit(0),
    KeyboardInterrupt(),
    GeneratorExit(),
    OddError("privatetext"),
    asyncio.CancelledError(),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "how",
    [ends_with, ends_with_asynchronously, ends_in_a_task],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("error", ENDS, ids=repr)
def test_a_function_that_ends_the_process_ends_the_fit(how, error):
    graph = TextGraph([f"privatetext{i}" for i in range(9)], [(0, 1)])
    step = LLMRationaleTransformer(how(error), CLASSES)
    kind = type(error).__name__
    with pytest.raises(LLMError, match=f"(raises|ended by) {kind}") as caught:
        step.fit(graph)
    assert "privatetext" not in "".join(traceback.format_exception(caught.value))
    # The next one is none the worse for it.
    assert LLMRationaleTransformer(lambda m: SPORT, CLASSES).fit(graph).n_answered_ == 9


@pytest.mark.timeout(60)
def test_a_function_that_stops_the_loop_stops_nobody():
    async def function(messages):
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0)
        return SPORT

    answers = CallableClient(function, max_concurrency=3).ask(make_questions(6))
    assert answers.usage.abstentions == {}


@pytest.mark.timeout(60)
# Such a task is still there when its loop is closed, of which asyncio tells.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_function_that_does_not_heed_its_cancellation():
    async def function(messages):
        while "privatetext0 " in messages[1]["content"]:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(600)
        return SPORT

    client = CallableClient(
        function, request_timeout=1, max_retries=1, max_concurrency=2, deadline=20
    )
    answers = client.ask(make_questions(6))
    assert answers.usage.abstentions == {"time_out": 1}
    gc.collect()  # so that asyncio tells it here, and not in another test


def test_functions_that_all_hang_do_not_fill_the_machine(monkeypatch):
    monkeypatch.setattr(function_module, "_MOST_HANGING", 5)
    over = threading.Event()
    client = CallableClient(
        lambda messages: over.wait(60), request_timeout=0.05, max_retries=1, deadline=9
    )
    with pytest.raises(LLMError, match=r"\d calls of the function have not come back"):
        client.ask(make_questions(30))
    over.set()


def test_no_frame_of_an_error_holds_a_prompt(tmp_path):
    with LocalServer(faults={"bad_request": 1.0}) as server:
        for mode in ("live", "batch"):
            client = make_client(server, tmp_path, mode=mode)
            with pytest.raises(LLMError) as caught:
                client.ask(make_questions(3))
            names = []
            for frame, _ in traceback.walk_tb(caught.value.__traceback__):
                if "tests" in frame.f_code.co_filename:
                    continue
                names.append(frame.f_code.co_name)
                told = {k: repr(v) for k, v in frame.f_locals.items()}
                assert "privatetext" not in str(told)
            assert names[0] == "ask"
            assert not {"deliver", "_collect", "_call"} & set(names)
            assert caught.value.__context__ is None


fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")


def in_a_fork(work, seconds=40):
    """Run work in a fork; return its exit status, None where it hangs."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return None


@fork
@pytest.mark.timeout(120)
# Python 3.12 warns of any fork beside threads; that it goes well is what is tested.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("limit", [{}, {"max_requests": 100}, {"max_requests": 4}])
def test_a_fork_while_another_thread_asks(limit, tmp_path):
    gate = Gate(range(4))
    with LocalServer(gate) as server:
        client = make_client(server, tmp_path, max_concurrency=4, **limit)
        thread = threading.Thread(target=client.ask, args=[make_questions(4)])
        thread.start()
        gate.wait_for(4)

        def work():
            import warnings

            warnings.simplefilter("ignore", RationaleWarning)
            answers = client.ask(make_questions(6)[4:])
            is_known = isinstance(answers[0], Rationale)
            assert is_known == (limit.get("max_requests") != 4)

        assert in_a_fork(work) == 0
        gate.open()
        thread.join(30)
        assert not thread.is_alive()
        again = client.ask(make_questions(4))
    assert again.usage.cache_hits == 4
    assert max(server.log.paid.values()) == 1


@fork
@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forks_at_any_moment_of_asking(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, max_concurrency=4)
        client.ask(make_questions(1))
        over = threading.Event()

        def keep_asking():
            number = 0
            while not over.is_set():
                number += 1
                client.ask(make_questions(number * 3)[-3:])

        thread = threading.Thread(target=keep_asking)
        thread.start()
        outcomes = []
        for _ in range(8):
            time.sleep(0.03)
            outcomes.append(in_a_fork(lambda: client.ask(make_questions(1)), 20))
        over.set()
        thread.join(30)
    assert outcomes == [0] * 8
    assert not thread.is_alive()


@fork
@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_a_client_of_ones_own_is_asked():
    began, over = threading.Event(), threading.Event()

    class Client:
        def ask(self, questions):
            if questions[0].node == "node-0":
                began.set()
                over.wait(30)
            return [Rationale(q.node, {"sport": 1.0}) for q in questions]

    client = Client()
    thread = threading.Thread(target=ask_once, args=[client, make_questions(1)])
    thread.start()
    began.wait(30)
    assert in_a_fork(lambda: ask_once(client, make_questions(2)[1:])) == 0
    over.set()
    thread.join()


@fork
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seconds", [0, 0.5, 1.0])
def test_a_fork_waits_for_an_import_that_another_thread_has_begun(seconds, tmp_path):
    script = f"""
import os, sys, threading, time
sys.path.insert(0, {os.getcwd()!r})
from sklearn_tagkd.llm.wire import sdk
from sklearn_tagkd.llm.testing import LocalServer
from tests.llm.helpers import make_client, make_questions
from pathlib import Path
with LocalServer() as server:
    client = make_client(server, Path({str(tmp_path)!r}))
    thread = threading.Thread(target=client.ask, args=[make_questions(1)])
    thread.start()
    while "openai" not in sys.modules:
        time.sleep(0.001)
    time.sleep({seconds})
    pid = os.fork()
    if not pid:
        client.ask(make_questions(2)[1:])
        os._exit(0)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and not (done := os.waitpid(pid, os.WNOHANG))[0]:
        time.sleep(0.05)
    thread.join()
    print(done)
    if not done[0]:
        os.kill(pid, 9)
"""
    import subprocess

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.endswith(", 0)\n"), run.stderr
    assert not run.stdout.startswith("(0"), run.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_cost", float("inf")),
        ("max_cost", 1e300),
        ("max_requests", 2**70),
        ("max_requests", float("inf")),
        ("max_tokens", 10**19),
        ("max_requests", 7.0),
    ],
)
def test_limits_of_any_size(name, value, tmp_path):
    with LocalServer() as server:
        answers = make_client(server, tmp_path, **{name: value}).ask(make_questions(3))
    assert all(isinstance(answer, Rationale) for answer in answers)


@pytest.mark.parametrize(
    "options",
    [
        {"max_cost": "float64"},
        {"max_cost": "float32"},
        {"max_requests": "int64"},
        {"max_tokens": "uint64"},
        {"max_answer_tokens": "int64"},
        {"max_concurrency": "int8"},
        {"max_retries": "int16"},
        {"deadline": "float16"},
        {"request_timeout": "int32"},
        {"temperature": "float32"},
        {"poll_seconds": "float32"},
    ],
)
def test_scalars_of_numpy(options, tmp_path):
    import numpy as np

    (name, kind), *_ = options.items()
    value = 60_000 if name == "max_tokens" else 60
    value = 1 if name == "temperature" else value
    value = 300 if name == "max_answer_tokens" else value
    with LocalServer() as server:
        plain = make_client(server, tmp_path, **{name: value})
        client = make_client(server, tmp_path, **{name: getattr(np, kind)(value)})
        answers = client.ask(make_questions(3))
        assert all(isinstance(answer, Rationale) for answer in answers)
        assert plain.ask(make_questions(3)).usage.cache_hits == 3  # the same request


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_requests", 2.5),
        ("max_tokens", float("nan")),
        ("max_cost", -1),
        ("max_cost", 1j),
        ("max_requests", True),
        ("price", (1e300, 1.0)),
        ("price", (float("inf"), 1.0)),
        ("temperature", float("nan")),
        ("poll_seconds", -1),
        ("deadline", "soon"),
    ],
)
def test_what_is_no_limit_is_refused_at_once(name, value):
    with pytest.raises(ValueError, match=f"{name}|price"):
        OpenAIClient("m", base_url="http://localhost:1/v1", **{name: value})
