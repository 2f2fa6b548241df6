"""Files that are damaged, full, or another program's: no paid answer is lost."""

import json
import os
import pickle
import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.llm import AnswerStore, AnswerStoreError
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store import database as database_module
from sklearn_tagkd.llm.store.answer_store import StoredAnswer
from sklearn_tagkd.llm.store.rescue import RescueFile
from sklearn_tagkd.llm.store.rows import read_row, write_row
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import Rationale, check_rationales, read_answers
from tests.llm.helpers import examples, make_client, make_questions

GOOD = {
    "probabilities": {"sport": 1.0},
    "keywords": [],
    "neighbors": [],
    "explanation": "",
    "source": "words",
}
DAMAGED = {
    "prose": "no JSON",
    "a list": "[]",
    "nothing": "{}",
    "null": "null",
    "too deep": "[" * 100_000,
    "half": json.dumps(GOOD)[:20],
    "bytes": b"\xff\xfe",
    "a number": 5,
    "digits": json.dumps(GOOD).replace("1.0", "9" * 5000),
    "NaN": json.dumps({**GOOD, "probabilities": {"sport": float("nan")}}),
    "infinity": json.dumps({**GOOD, "probabilities": {"sport": float("inf")}}),
    "2**2000": json.dumps({**GOOD, "probabilities": {"sport": 2**2000}}),
    "a text": json.dumps({**GOOD, "probabilities": {"sport": "1"}}),
    "true": json.dumps({**GOOD, "probabilities": {"sport": True}}),
    "no class": json.dumps({**GOOD, "probabilities": {}}),
    "pairs": json.dumps({**GOOD, "probabilities": [["sport", 1]]}),
    "neighbours": json.dumps({**GOOD, "neighbors": [["x", ["a"]]]}),
    "a neighbour": json.dumps({**GOOD, "neighbors": [[1.5, ["a"]]]}),
    "words": json.dumps({**GOOD, "keywords": [5]}),
    "why": json.dumps({**GOOD, "explanation": None}),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_row_is_counted_and_asked_again(kind, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        answers = client.ask(make_questions(4))
        with client.store.database.transaction() as connection:
            connection.execute(
                "UPDATE answers SET answer = ? WHERE node = '\"node-1\"'",
                (DAMAGED[kind],),
            )
        with pytest.warns(RationaleWarning, match="1 of 4 rows .*are damaged"):
            assert client.store.export_answers(tmp_path / "out.jsonl") == 3
        with pytest.warns(RationaleWarning, match="^1 rows .*damaged"):
            again = client.ask(make_questions(4))
        assert client.ask(make_questions(4)).usage.requests == 0
    assert again == answers
    assert (again.usage.requests, again.usage.damaged_rows) == (1, 1)


def test_bytes_that_are_no_text_cost_one_row(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(3))
        with client.store.database.transaction() as connection:
            connection.execute(
                "UPDATE answers SET answer = CAST(x'fffe22' AS TEXT) "
                "WHERE node = '\"node-1\"'"
            )
        with pytest.warns(RationaleWarning, match="^1 rows"):
            assert client.ask(make_questions(3)).usage.requests == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "sport"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=examples(200), deadline=None)
@given(value=json_values, place=st.sampled_from([None, *GOOD]))
def test_no_row_gets_past_its_reader(value, place):
    entry = value if place is None else {**GOOD, place: value}
    answer = read_row(json.dumps(entry))
    if answer is None:
        return
    assert all(0 <= p <= 1.05 for p in answer.probabilities.values())
    assert read_row(write_row(answer)) == answer


def test_a_row_that_no_file_would_take_is_written_all_the_same():
    answer = NumberedAnswer({"sport": 1.0}, keywords=("half \ud83d a pair",))
    assert read_row(write_row(answer)) == answer
    assert write_row(answer).encode()


LAYOUTS = {
    "too few": "CREATE TABLE answers (key BLOB PRIMARY KEY, answer TEXT)",
    "no key": (
        "CREATE TABLE answers (key BLOB, answer TEXT, node TEXT, shown TEXT, "
        "model TEXT, tokens_in INTEGER, tokens_out INTEGER, time REAL)"
    ),
    "wants more": (
        "CREATE TABLE answers (key BLOB PRIMARY KEY, answer TEXT, node TEXT, shown "
        "TEXT, model TEXT, tokens_in INTEGER, tokens_out INTEGER, time REAL, "
        "extra TEXT NOT NULL) WITHOUT ROWID"
    ),
    "a view": "CREATE VIEW claims AS SELECT 1 AS key",
    "other claims": "CREATE TABLE claims (key BLOB PRIMARY KEY, owner TEXT)",
    "other purses": "CREATE TABLE purses (id TEXT PRIMARY KEY)",
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_another_layout_is_refused_before_anything_is_sent(kind, tmp_path):
    path = tmp_path / "answers.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(LAYOUTS[kind])
    connection.commit()
    connection.close()
    with LocalServer() as server:
        client = make_client(server, tmp_path, max_cost=1.0)
        with pytest.raises(AnswerStoreError, match=r"another program.*its table"):
            client.ask(make_questions(3))
    assert server.log.n_requests == 0


def test_a_column_that_may_stay_empty_is_no_harm(tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(2))
        with client.store.database.transaction() as connection:
            connection.execute("ALTER TABLE answers ADD COLUMN extra TEXT")
        assert client.ask(make_questions(4)).usage.requests == 2


def put_where_nothing_fits(store, monkeypatch):
    monkeypatch.setattr(database_module, "_PATIENCE", 0.05)
    len(store)
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    row = StoredAnswer(NumberedAnswer({"sport": 1.0}, ("privatetext",)), "m")
    try:
        with pytest.raises(AnswerStoreError) as caught:
            store.put(b"key", row, make_questions(1)[0])
    finally:
        other.rollback()
        other.close()
    return caught.value


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_rescued_answer_is_for_its_owner_alone(tmp_path, monkeypatch):
    store = AnswerStore(tmp_path / "a.sqlite")
    beside = tmp_path / "a.sqlite.rescued.jsonl"
    for exists in (False, True):
        if exists:
            beside.chmod(0o644)
        error = put_where_nothing_fits(store, monkeypatch)
        assert error.files == (beside,)
        assert beside.stat().st_mode & 0o777 == 0o600
    assert len(beside.read_text(encoding="utf-8").splitlines()) == 2


def test_a_rescued_answer_goes_elsewhere_where_its_folder_is_full(
    tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    (tmp_path / "a.sqlite.rescued.jsonl").mkdir()  # nothing can be written there
    store = AnswerStore(tmp_path / "a.sqlite")
    errors = [put_where_nothing_fits(store, monkeypatch) for _ in range(2)]
    (path,) = elsewhere.iterdir()
    assert [error.files for error in errors] == [(path,)] * 2  # one file for all
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    assert store.import_answers(path) == 2
    assert len(store) == 1


def test_a_link_in_the_way_of_a_rescue_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    victim = tmp_path / "victim"
    victim.write_text("important")
    (tmp_path / "a.sqlite.rescued.jsonl").symlink_to(victim)
    error = put_where_nothing_fits(AnswerStore(tmp_path / "a.sqlite"), monkeypatch)
    assert victim.read_text() == "important"
    assert error.files[0].name.startswith("sklearn_tagkd-rescued-")


def test_what_no_file_takes_is_in_the_error(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "_PATIENCE", 0.05)
    monkeypatch.setattr(RescueFile, "_places", lambda self: iter(()))
    path = tmp_path / "answers.sqlite"
    with LocalServer(latency=0.4) as server:
        client = make_client(server, tmp_path)
        client.ask(make_questions(1))
        other = sqlite3.connect(path, check_same_thread=False)
        put = client.store.put

        def locked_from_now_on(*args):
            if not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")
            return put(*args)

        client.store.put = locked_from_now_on
        with pytest.raises(AnswerStoreError, match=r"error\.rescued\.write") as caught:
            client.ask(make_questions(4)[1:])
        other.rollback()
        other.close()
        error = caught.value
        assert len(error.rescued) == 3 == server.log.n_requests - 1
        assert "privatetext" not in "".join(traceback.format_exception(error))
        assert "privatetext" not in repr(vars(error))
        sent = pickle.loads(pickle.dumps(error))  # as from a worker of a search
        assert (str(sent), sent.rescued) == (str(error), error.rescued)
        sent.rescued.write(tmp_path / "saved.jsonl")
        del client.store.put
        assert client.store.import_answers(tmp_path / "saved.jsonl") == 3
        assert client.ask(make_questions(4)).usage.requests == 0


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.llm.helpers import make_client, make_questions
class Server: url = {url!r}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
client = make_client(Server, Path({folder!r}))
client.ask(make_questions(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    client.ask(make_questions(200))
except Exception as error:
    print(type(error).__name__, len(error.rescued), *error.files)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_a_file_that_may_not_grow_loses_no_answer(tmp_path):
    with LocalServer() as server:
        root = str(Path(__file__).parents[2])
        script = FULL.format(root=root, url=server.url, folder=str(tmp_path))
        run = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        name, n_rescued, *files = run.stdout.split()
        assert (name, n_rescued, len(files)) == ("AnswerStoreError", "0", 1), run.stderr
        client = make_client(server, tmp_path)
        client.store.import_answers(files[0])
        n_paid = server.log.n_requests
        assert 1 < n_paid < 200
        again = client.ask(make_questions(200))
        assert again.usage.cache_hits == n_paid
    assert max(server.log.paid.values()) == 1


def test_hostile_lines_are_not_taken_over(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    line = {"key": "00", "answer": GOOD, "model": "m"}
    odd = [
        {**line, "model": {}},
        {**line, "key": 5},
        {**line, "answer": []},
        {**line, "answer": {**GOOD, "probabilities": {"sport": 2**2000}}},
        {**line, "answer": {**GOOD, "neighbors": 5}},
        [],
    ]
    path = tmp_path / "lines.jsonl"
    for entry in odd:
        path.write_text(f"{json.dumps(line)}\n{json.dumps(entry)}\n", encoding="utf-8")
        with pytest.raises(AnswerFormatError, match=r"Line 2 of lines\.jsonl"):
            store.import_answers(path)
    assert len(store) == 0


def test_hostile_numbers_in_a_file_of_answers(tmp_path):
    values = ["1e999", "-1e999", "NaN", str(2**2000), "9" * 6000, "true", '"1"', "[1]"]
    lines = [
        f'{{"node": "n{i}", "probabilities": {{"sport": {value}}}}}'
        for i, value in enumerate(values)
    ]
    lines += [
        '{"node": "good", "probabilities": {"sport": 1}}',
        f'{{"node": {10**30}, "probabilities": {{"sport": 1}}}}',
        f'{{"node": "far", "probabilities": {{"sport": 1}}, "shown": [{10**30}]}}',
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    answers, malformed = read_answers(path)
    ids = [*(f"n{i}" for i in range(len(values))), "good", "far"]
    graph = TextGraph(["a goal"] * len(ids), [], node_ids=ids)
    table = check_rationales(answers, graph, ["politics", "sport"])
    assert len(table) == 2
    assert set(malformed) == {4, 5, 6, 7, 8}
    assert list(table.abstained.values()) == ["not_a_distribution"] * 3
    direct = [Rationale("good", {"sport": value}) for value in (2**2000, "x", None)]
    assert len(check_rationales(direct, graph, ["politics", "sport"])) == 0
