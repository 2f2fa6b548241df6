"""What is read, paid for or another run's is never replaced by an output."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import read_answers
from sklearn_tagkd.utils.one_writer import only_writer
from tests.commands.jobs.conftest import KEY, QUICK, read_table
from tests.llm.helpers import Gate, until

HOLDER = """
import sys
from pathlib import Path
from sklearn_tagkd.utils.one_writer import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def process(*arguments, **options):
    command = [sys.executable, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **options)


def heed_signals():
    """Tests may run where signals are ignored, as behind nohup."""
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.mark.parametrize("command", ["annotate", "train", "predict"])
def test_one_run_at_a_time_writes_an_output(
    folder, models, tmp_path, server, command, run
):
    out = tmp_path / "out.csv"
    arguments = {
        "annotate": ["annotate", folder, "--base-url", server.url, "--max-nodes", "2"],
        "train": ["train", folder, *QUICK],
        "predict": ["predict", models["mlp"], folder],
    }[command]
    with only_writer(out):
        status, told, _ = run(*arguments, "-o", out)
        assert status == 1
        assert "Another run writes" in told["error"]
        assert not server.log.n_requests
        assert sorted(p.name for p in tmp_path.glob("*out*")) == [".out.csv.lock"]
    assert run(*arguments, "-o", out)[0] == 0
    assert not list(tmp_path.glob("*.lock"))


def test_of_two_processes_one_writes_and_nothing_is_lost(
    folder, tmp_path, monkeypatch, run
):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "answers.jsonl"
    gate = Gate(range(1))
    with LocalServer(gate) as server:
        command = ["annotate", folder, "--base-url", server.url, "--max-nodes", "12"]
        command += ["--max-concurrency", "1", "-o", out]
        first = process("-m", "sklearn_tagkd", *command, "--json")
        gate.wait_for(1, first)
        status, told, _ = run(*command)
        assert (status, "Another run" in told["error"]) == (1, True)
        gate.open()
        assert json.loads(first.communicate(timeout=120)[0])["status"] == "ok"
        assert server.log.n_requests == 12
    assert len(read_answers(out)[0]) == 12


def test_a_run_that_was_killed_is_in_nobodys_way(tmp_path):
    out = tmp_path / "labels.csv"
    holder = process("-c", HOLDER, out, stdin=subprocess.PIPE)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(BlockingIOError, match="Another run"), only_writer(out):
        pass
    holder.kill()
    holder.communicate()
    assert (tmp_path / ".labels.csv.lock").exists()
    with only_writer(out):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_asked_to_end_a_command_keeps_what_there_is(
    folder, tmp_path, monkeypatch, name
):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    with LocalServer(latency=0.2) as server:
        command = ["-m", "sklearn_tagkd", "annotate", folder, "--base-url", server.url]
        command += ["--max-nodes", "all", "--max-concurrency", "1", "--json"]
        running = process(
            *command, "-o", tmp_path / "answers.jsonl", preexec_fn=heed_signals
        )
        until(lambda: server.log.n_requests > 2 or running.poll() is not None)
        running.send_signal(getattr(signal, name))
        printed, _ = running.communicate(timeout=60)
    told = json.loads(printed)
    assert (running.returncode, told["status"]) == (130, "interrupted")
    assert "answers are kept" in told["error"]
    assert not list(tmp_path.glob(".answers*"))


def test_what_nohup_ignores_stays_ignored(tmp_path):
    from sklearn_tagkd.commands.signals import ending_in_order

    def terminate():
        with ending_in_order():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with ending_in_order():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with pytest.raises(KeyboardInterrupt):
            terminate()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_answers_and_profiles_in_the_folder_are_not_replaced(folder, models, run):
    for name in ("answers.jsonl", "class_profiles.jsonl"):
        (folder / name).write_text("dear")
        for command in (["train", folder, *QUICK], ["predict", models["mlp"], folder]):
            status, told, _ = run(*command, "-o", folder / name)
            assert (status, "is an input" in told["error"]) == (2, True)
        assert (folder / name).read_text() == "dear"


def test_outputs_of_annotate_are_not_each_other_nor_the_store(folder, server, run):
    (folder / "answers.jsonl").touch()
    command = ["annotate", folder, "--base-url", server.url, "--max-nodes", "1"]
    out, asked = folder / "out.jsonl", ["--class-profiles", "ask", "--profiles-output"]
    for options, says in (
        (["--store", out], "is an input"),
        ([*asked, out], "names too"),
        ([*asked, folder / "answers.jsonl"], "is an input"),
        ([*asked, folder / "nowhere" / "profiles.jsonl"], "--profiles-output"),
    ):
        status, told, _ = run(*command, "-o", out, *options)
        assert status == 2
        assert says in told["error"]
    assert server.log.n_requests == 0


def test_a_card_replaces_no_input(folder, run):
    given = folder / "model.md"
    given.write_text("dear")
    command = ["train", folder, "-o", folder / "model.safetensors", "--card", *QUICK]
    status, told, _ = run(*command, "--answers", given)
    assert (status, "--card" in told["error"]) == (2, True)
    assert given.read_text() == "dear"


def test_a_link_is_followed_and_stays(folder, models, tmp_path, run):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    command = ["predict", models["mlp"], folder, "-o"]
    assert run(*command, link)[0] == 0
    assert link.is_symlink()
    assert len(read_table(real)) == 60
    for name, to in (("circle.csv", "circle.csv"), ("lost.csv", "nowhere/x.csv")):
        (tmp_path / name).symlink_to(tmp_path / to)
        assert run(*command, tmp_path / name)[0] == 2
    link.unlink()
    link.symlink_to(folder / "nodes.csv")
    assert "is an input" in run(*command, link)[1]["error"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_what_is_no_file_is_not_replaced(folder, models, tmp_path, run):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    status, told, _ = run("predict", models["mlp"], folder, "-o", pipe)
    assert (status, "no ordinary file" in told["error"]) == (2, True)
    assert pipe.is_fifo()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_where_nobody_listens_there_is_no_traceback(folder, models, tmp_path, options):
    out = tmp_path / "labels.csv"
    plan = ["plan", folder, *options]
    predict = ["predict", models["mlp"], folder, "-o", out, *options]
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full", "w") as full, os.fdopen(writing, "w") as broken:
        for command, stdout, stderr, status in (
            (plan, broken, subprocess.PIPE, 0),
            (plan, full, subprocess.PIPE, 1),
            (predict, subprocess.DEVNULL, full, 0),
        ):
            ended = subprocess.run(
                [sys.executable, "-m", "sklearn_tagkd", *map(str, command)],
                stdout=stdout,
                stderr=stderr,
                text=True,
            )
            assert ended.returncode == status
            told = ended.stderr or ""
            assert "Traceback" not in told
            assert "Exception" not in told
            assert ("cannot be printed" in told) == (stdout is full)
    assert len(read_table(out)) == 60
