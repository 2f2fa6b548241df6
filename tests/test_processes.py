"""Who is at work is told from who has ended, and from who cannot be asked after."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sklearn_tagkd.utils import processes
from sklearn_tagkd.utils.processes import is_running, new_owner

ROOT = Path(__file__).parents[1]
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="processes as Linux has them"
)
NEW_OWNER = """
import sys, time
sys.path.insert(0, {root!r})
from sklearn_tagkd.utils.processes import new_owner
print(new_owner(), flush=True)
time.sleep(60)
"""


def start(script, *command):
    return subprocess.Popen(
        [*command, sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )


def test_names_differ_also_within_a_process():
    assert new_owner() != new_owner()


@linux
def test_an_owner_knows_itself():
    assert is_running(new_owner()) is True


@pytest.mark.parametrize(
    "name",
    [
        *("", "a", "elsewhere/1/a", "a/b/c/d", "a/-1/0/x", "a/0/0/x", "////", "\x00"),
        "elsewhere pid:[1] 1 1",  # as an early build named processes
    ],
)
def test_of_a_name_that_says_nothing_nobody_knows(name):
    assert is_running(name) is None


@linux
def test_an_owner_is_gone_once_killed_even_before_anybody_waits_for_it():
    process = start(NEW_OWNER.format(root=str(ROOT)))
    owner = process.stdout.readline().strip()
    assert is_running(owner) is True
    os.kill(process.pid, signal.SIGSTOP)
    assert is_running(owner) is True  # it may go on at any moment
    process.kill()
    end = time.monotonic() + 60
    while is_running(owner) and time.monotonic() < end:
        time.sleep(0.01)
    assert is_running(owner) is False  # nobody has waited for it: its number is taken
    process.communicate()
    assert is_running(owner) is False


@linux
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"name": "another"}, True),
        ({"began": "1"}, False),  # the number belongs to another process by now
        ({"pid": str(2**22 + 5)}, False),  # above the most
        ({"pid": str(2**31)}, None),
        ({"pid": "\u0661"}, None),
        ({"began": "-"}, None),  # it could not find out when it began
        ({"world": "another"}, None),
        ({"world": "another", "began": "1"}, None),
    ],
)
def test_every_part_of_a_name_counts(change, expected):
    names = "world", "pid", "began", "name"
    parts = dict(zip(names, new_owner().split("/"), strict=True))
    assert is_running("/".join((parts | change).values())) is expected


@linux
def test_a_process_of_somebody_else_is_there(monkeypatch):
    def refused(pid, number):
        raise PermissionError

    process = start(NEW_OWNER.format(root=str(ROOT)))
    owner = process.stdout.readline().strip()
    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", refused)
        assert is_running(owner) is True
    process.kill()
    process.communicate()


def test_where_the_system_tells_nothing_no_signal_is_sent(monkeypatch, tmp_path):
    """As on Windows, where signal 0 would end a process."""

    def uname():
        return type("Uname", (), {"sysname": "Linux"})

    def kill(pid, number):
        raise AssertionError

    monkeypatch.setattr(processes, "_PROC", tmp_path)
    monkeypatch.setattr(os, "uname", uname, raising=False)
    monkeypatch.setattr(os, "kill", kill)
    processes._world.cache_clear()
    try:
        owner = new_owner()
        assert owner.split("/")[2] == "-"
        assert is_running(owner) is None
        processes._world.cache_clear()  # as another process would begin
        assert is_running(owner) is None
    finally:
        processes._world.cache_clear()


@linux
def test_another_namespace_of_process_ids_is_another_world():
    apart = ["unshare", "--pid", "--fork", "--kill-child"]
    can = (
        shutil.which("unshare")
        and not subprocess.run(
            [*apart, "true"], capture_output=True, check=False
        ).returncode
    )
    if not can:
        pytest.skip("no namespaces may be made here")
    process = start(NEW_OWNER.format(root=str(ROOT)), *apart)
    owner = process.stdout.readline().strip()
    assert owner.split("/")[0] != new_owner().split("/")[0]
    assert is_running(owner) is None  # whatever process here has its number, or none
    process.kill()
    process.communicate()
