"""A database's locks outlive whatever else the process does with its file."""

import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from sklearn_tagkd.features.encoding.store import EmbeddingStore
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.utils.private_files import create_private, make_private

# Leaves write-ahead logging, which nobody may while somebody else is connected.
ALONE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0)
try:
    print(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0])
except sqlite3.OperationalError as error:
    print(error)
"""


def believes_to_be_alone(path):
    command = [sys.executable, "-c", ALONE, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def connect(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (a)")
    connection.execute("SELECT * FROM t").fetchall()
    return connection


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
@pytest.mark.parametrize("touch", [create_private, make_private])
def test_a_file_that_is_there_keeps_its_locks(tmp_path, touch):
    path = tmp_path / "a.sqlite"
    connection = connect(path)
    touch(path)
    assert "locked" in believes_to_be_alone(path)
    connection.close()
    assert believes_to_be_alone(path).strip() == "delete"  # the check can fail


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_another_store_of_the_same_file_keeps_its_locks(tmp_path):
    store = AnswerStore(tmp_path / "a.sqlite")
    len(store)
    connection = connect(store.path)
    len(AnswerStore(tmp_path / "a.sqlite"))
    assert "locked" in believes_to_be_alone(store.path)
    connection.close()


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_looking_vectors_up_keeps_the_locks_of_other_threads(tmp_path):
    store = EmbeddingStore(tmp_path, "k")
    store.put([b"key"], np.ones((1, 3), dtype=np.float32))
    connection = connect(store.path)
    assert store.get([b"key"])[b"key"].tolist() == [1, 1, 1]
    assert "locked" in believes_to_be_alone(store.path)
    connection.close()


def test_a_link_to_a_file_that_is_not_there_is_no_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match="it is no file"):
        make_private(tmp_path / "link")
    assert not (tmp_path / "nowhere").exists()
