"""No key and no text of a node gets out, whatever goes wrong."""

import logging
import pickle
import sqlite3
import subprocess
import sys
import threading
import traceback
import warnings
from pathlib import Path

import pytest
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.llm import CallableClient, LLMError
from sklearn_tagkd.llm.testing import FAULTS, LocalServer
from tests.llm.helpers import (
    CLASSES,
    KEY,
    make_client,
    make_questions,
    nobody_listens,
)

SECRETS = (KEY, "privatetext", "neighbourtext")
# Each ends a run, or an answer; 'expired' is for batches.
SURVIVED = sorted(FAULTS.keys() - {"no_key", "bad_request", "expired", "slow"})


def assert_clean(*told):
    everything = "\n".join(map(str, told))
    for secret in SECRETS:
        assert secret not in everything


def all_of(error):
    """Return whatever of an error can be printed, logged or sent to a worker."""
    yield from traceback.format_exception(error)
    while error is not None:
        yield from (repr(error), str(error), repr(error.args), vars(error))
        yield pickle.dumps(error).decode("latin-1")
        error = error.__cause__ or error.__context__


@pytest.fixture
def told(caplog, capfd, monkeypatch):
    """Everything that is logged, at every level, or printed meanwhile."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)

    def tell():
        records = [repr(vars(record)) for record in caplog.records]
        return [caplog.text, *records, *capfd.readouterr()]

    return tell


@pytest.mark.parametrize("mode", ["live", "batch"])
def test_what_is_survived(mode, tmp_path, told):
    faults = SURVIVED if mode == "live" else [*SURVIVED, "expired"]
    with LocalServer(faults=faults, retry_after=0.01) as server:
        client = make_client(server, tmp_path, mode=mode, max_retries=20)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answers = client.ask(make_questions(30))
        assert set(server.log.faults) >= set(SURVIVED) - {"no_schema"}
        assert_clean(
            *(repr(client), repr(answers), repr(answers.usage), vars(client)),
            *(repr(client.plan(make_questions(31))), repr(client.store)),
            pickle.dumps(client).decode("latin-1"),
            *(str(warning.message) for warning in caught),
            *told(),
        )


ENDS = ["no_key", "bad_request", "server_error", "bad_http", "rate_limit", "refusal"]


@pytest.mark.filterwarnings("ignore::sklearn_tagkd.exceptions.RationaleWarning")
@pytest.mark.parametrize("mode", ["live", "batch"])
@pytest.mark.parametrize("fault", [*ENDS, "not_json", "wrong_class"])
def test_what_ends_a_run(fault, mode, tmp_path, told):
    with LocalServer(faults={fault: 1.0}) as server:
        client = make_client(server, tmp_path, mode=mode, max_retries=1, deadline=0.5)
        error = None
        try:
            answers = client.ask(make_questions(9))
        except LLMError as caught:
            error, answers = caught, []
    assert error is not None or not any(hasattr(a, "probabilities") for a in answers)
    assert_clean(*all_of(error), repr(answers), *told())


def test_the_sdk_logs_nothing_from_our_threads(tmp_path, told, caplog):
    logging.getLogger("openai._base_client").debug("from another thread")
    with LocalServer() as server:
        make_client(server, tmp_path).ask(make_questions(2))
    chatty = [r for r in caplog.records if r.name.split(".")[0] != "asyncio"]
    assert [record.getMessage() for record in chatty] == ["from another thread"]


def test_no_connection_and_a_wrong_address(tmp_path, told):
    with nobody_listens() as url:
        place = url.removeprefix("http://")
        for address in (url, f"http://user:privatetext@{place}"):
            client = make_client(None, tmp_path, base_url=address, max_retries=0)
            with pytest.raises(LLMError) as caught:
                client.ask(make_questions(2))
            assert_clean(*all_of(caught.value), repr(client), *told())


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_store_that_cannot_be_used(is_damaged, tmp_path, told, monkeypatch):
    monkeypatch.setattr("sklearn_tagkd.llm.store.database._PATIENCE", 0.05)
    path = tmp_path / "answers.sqlite"
    with LocalServer(latency=0.2) as server:
        client = make_client(server, tmp_path)
        if is_damaged:
            path.write_bytes(b"no database" * 100)
        else:
            other = sqlite3.connect(path)
            len(client.store)
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LLMError) as caught:
            client.ask(make_questions(2))
        if not is_damaged:
            other.close()
    assert_clean(*all_of(caught.value), *told())


def test_a_function_that_quotes_everything(told):
    def function(messages):
        raise ValueError(KEY, messages)

    with pytest.raises(LLMError) as caught:
        CallableClient(function, retry_delay=0.01).ask(make_questions(2))
    assert_clean(*all_of(caught.value), *told())


def test_what_a_fitted_step_shows(tmp_path, told):
    texts = [f"privatetext{i} goal" for i in range(8)]
    graph = TextGraph(texts, [(i, i + 1) for i in range(7)])
    with LocalServer(faults=["refusal", "wrong_class", "wrong_class"]) as server:
        step = LLMRationaleTransformer(make_client(server, tmp_path), CLASSES)
        step.set_params(n_examples=1)
        labels = ["sport", "politics", *[""] * 6]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            step.fit(graph, labels)
    both = step, make_pipeline(step)
    assert_clean(
        *(shown for model in both for shown in (repr(model), model._repr_html_())),
        *(pickle.dumps(model).decode("latin-1") for model in both),
        *(
            repr(vars(step)),
            repr(step.plan(graph, labels)),
            repr(step.questions(graph)),
        ),
        *(str(warning.message) for warning in caught),
        *told(),
    )


def test_threads_that_fail_print_nothing(tmp_path, told):
    with LocalServer(faults={"no_key": 1.0}) as server:
        client = make_client(server, tmp_path)
        errors = []

        def ask():
            try:
                client.ask(make_questions(3))
            except LLMError as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 4
    assert_clean(*(line for error in errors for line in all_of(error)), *told())


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from tests.llm.helpers import make_client, make_questions
class Server: url = {url!r}
make_client(Server, Path({folder!r})).ask(make_questions(3))
"""


def test_the_debugging_aids_of_the_sdk_and_of_asyncio(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_LOG", "debug")
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    tests = str(Path(__file__).parents[2])
    for fault in (None, "no_key"):
        with LocalServer(faults={fault: 1.0} if fault else ()) as server:
            script = SCRIPT.format(tests=tests, url=server.url, folder=str(tmp_path))
            command = [sys.executable, "-c", script]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (fault is None)
        assert_clean(done.stdout, done.stderr)
        tmp_path = tmp_path / "again"
