"""Killed with SIGKILL at any moment, a command goes on: nothing lost, nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import sklearn_tagkd
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.datasets.parts import PartFolder
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import read_answers
from tests.commands.jobs.conftest import KEY, read_table, write_tables
from tests.llm.helpers import Gate

SLOW = """
import sys, time
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.datasets.parts import PartFolder
write = PartFolder.write
def slowly(self, number, table):
    write(self, number, table)
    time.sleep(0.2)  # there is time to kill it before the last one
PartFolder.write = slowly
sys.exit(main(sys.argv[1:]))
"""


def start(*arguments, script=None):
    what = ["-m", "sklearn_tagkd"] if script is None else ["-c", script]
    command = [sys.executable, *what, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_for(condition, process, seconds=120):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def test_answers_survive_kill_9(toy, tmp_path, monkeypatch, run):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    folder = write_tables(toy, tmp_path / "docs", ".csv")
    answers = folder / "answers.jsonl"
    gate = Gate(range(15, 17))
    with LocalServer(gate) as server:
        command = ["annotate", folder, "-o", answers, "--base-url", server.url]
        command += ["--max-nodes", "all", "--max-concurrency", "2", "--quiet"]
        process = start(*command)
        gate.wait_for(2, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        gate.open()
        assert not answers.exists()  # whole, or not there
        assert server.log.n_requests == 17
        status, told, _ = run(*command)
        assert (status, told["answered"]) == (0, 60)
        # What was on its way, in two places, was lost with the process.
        assert told["already_answered"] == 15
        assert server.log.n_requests == 60 + 2
    nodes = [answer.node for answer in read_answers(answers)[0]]
    assert sorted(nodes) == sorted(toy.graph.node_ids)


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
def test_rows_survive_kill_9(toy, models, tmp_path, backbone, run):
    folder = write_tables(toy, tmp_path / "docs", ".jsonl")
    labels = tmp_path / "labels.csv"
    command = ["predict", models[backbone], folder, "-o", labels, "--part-rows", "1"]
    process = start(*command, "--probabilities", script=SLOW)
    parts = tmp_path / "labels.csv.parts"
    wait_for(lambda: len(list(parts.glob("part-*.csv"))) >= 5, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    n_there = len(list(parts.glob("part-*.csv")))
    assert n_there < 60
    assert not labels.exists()
    status, told, _ = run(*command, "--probabilities")
    assert (status, told["nodes"], told["parts_written_before"]) == (0, 60, n_there)
    table = read_table(labels)
    assert table["node"].tolist() == toy.graph.node_ids.tolist()
    exact = sklearn_tagkd.load(models[backbone]).predict_proba(toy.graph)
    found = table[sorted(set(toy.target))].to_numpy().astype(float)
    np.testing.assert_allclose(found, exact, atol=2e-6)
    assert not parts.exists()


def predict(models, folder, labels, *options):
    command = ["predict", models["mlp"], folder, "-o", labels, "--part-rows", "7"]
    return main([*map(str, command), "--quiet", *options])


@pytest.mark.parametrize("fails_at", ["a part", "the join"])
def test_the_same_bytes_with_and_without_an_interruption(
    folder, models, tmp_path, suffix, monkeypatch, fails_at
):
    whole, labels = tmp_path / f"whole{suffix}", tmp_path / f"labels{suffix}"
    assert predict(models, folder, whole) == 0
    real = PartFolder.write

    def write(self, number, table):
        if number == 5:
            raise KeyboardInterrupt
        real(self, number, table)

    def join(self, n_parts):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if fails_at == "a part":
            patched.setattr(PartFolder, "write", write)
        else:
            patched.setattr(PartFolder, "join", join)
        assert predict(models, folder, labels) == 130
    assert not labels.exists()
    assert predict(models, folder, labels) == 0
    assert labels.read_bytes() == whole.read_bytes()


def test_parts_of_something_else_do_not_count(folder, models, tmp_path, monkeypatch):
    labels = tmp_path / "labels.csv"

    def interrupted(self, n_parts):
        raise KeyboardInterrupt

    def leave_parts(*options):
        with monkeypatch.context() as patched:
            patched.setattr(PartFolder, "join", interrupted)
            assert predict(models, folder, labels, *options) == 130
        return labels.with_name("labels.csv.parts")

    leave_parts()
    nodes = pd.read_csv(folder / "nodes.csv")
    nodes["node"] = "new" + nodes["node"]
    nodes.to_csv(folder / "nodes.csv", index=False)
    assert predict(models, folder, labels) == 0
    assert read_table(labels)["node"].str.startswith("new").all()
    parts = leave_parts("--probabilities")
    assert predict(models, folder, labels) == 0
    assert len(read_table(labels).columns) == 3
    parts = leave_parts()
    (parts / "manifest.json").write_bytes(b"\xff{")
    (parts / "part-000001.csv").write_text("node,label,confidence\nx,y,1.0\n")
    assert predict(models, folder, labels) == 0
    assert len(read_table(labels)) == 60


def test_an_unfinished_file_is_not_left_behind(folder, models, tmp_path, monkeypatch):
    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert predict(models, folder, tmp_path / "labels.csv") == 1
    left = [p.name for p in tmp_path.rglob("*") if "unfinished" in p.name]
    assert left == []


def test_an_interrupted_command_says_so(folder, models, tmp_path, run, monkeypatch):
    def interrupted(self, n_parts):
        raise KeyboardInterrupt

    monkeypatch.setattr(PartFolder, "join", interrupted)
    command = ["predict", models["mlp"], folder, "-o", tmp_path / "labels.csv"]
    status, told, _ = run(*command)
    assert (status, told["status"]) == (130, "interrupted")
    assert "goes on" in told["error"]
    assert json.dumps(told)
