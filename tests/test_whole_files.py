"""What a writer that was killed left beside a file goes with the next writing."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sklearn_tagkd.utils.processes import is_running, new_owner
from sklearn_tagkd.utils.whole_files import write_json

WRITE = """
import os, signal, sys
from pathlib import Path
from sklearn_tagkd.utils.whole_files import replacing

with replacing(Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half of i")
    print("begun", flush=True)
    sys.stdin.read()
"""
needs_processes = pytest.mark.skipif(
    not is_running(new_owner()), reason="the system does not tell processes apart"
)


def begin(target):
    job = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout.readline() == "begun\n"
    return job


def end(job, *, killed):
    if killed:
        job.send_signal(signal.SIGKILL)
    job.communicate("")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@needs_processes
def test_what_a_killed_writer_left_goes(tmp_path):
    target = tmp_path / "model.safetensors"
    for _ in range(2):
        end(begin(target), killed=True)
        (left,) = names(tmp_path)
        assert left.startswith(".model.safetensors.")
    write_json(target, {"a": 1})
    assert names(tmp_path) == ["model.safetensors"]


@needs_processes
def test_what_somebody_is_at_stays(tmp_path):
    target = tmp_path / "model.safetensors"
    job = begin(target)
    write_json(target, {})
    assert len(names(tmp_path)) == 2
    end(job, killed=False)
    assert target.read_text() == "half of i"
    assert names(tmp_path) == ["model.safetensors"]


def test_of_other_machines_what_lay_untouched_for_a_day_goes(tmp_path):
    target = tmp_path / "a"
    fresh = tmp_path / ".a.elsewhere+1=1=1=abcdef01.unfinished"
    stale = tmp_path / ".a.1234-abcdef01.unfinished"  # as they were called before
    others = [".ab.1234-abcdef01.unfinished", ".b.1234-abcdef01.unfinished", ".a.lock"]
    for path in (fresh, stale, *map(tmp_path.joinpath, others)):
        path.touch()
        if path != fresh:
            os.utime(path, (time.time() - 100_000,) * 2)
    write_json(target, {})
    assert names(tmp_path) == sorted([*others, fresh.name, "a"])


def test_names_may_be_as_long_as_the_system_has_them(tmp_path):
    names_of = ["n" * 255, "n" * 254 + "m", "\N{GRINNING FACE}" * 63]
    for name in names_of:
        write_json(tmp_path / name, {})
    assert names(tmp_path) == sorted(names_of)
