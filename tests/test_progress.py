"""A bar is seen on every terminal, also on one that does not know how wide it is."""

import fcntl
import os
import struct
import subprocess
import sys
import termios

import pytest

_SIZES = ("COLUMNS", "LINES")
_WORK = """
import time
from sklearn_tagkd.utils.progress import progress_bar
with progress_bar(3, "embed texts", "text", "auto") as bar:
    for _ in range(3):
        time.sleep(0.6)
        bar.update()
"""


@pytest.mark.parametrize(("lines", "columns"), [(0, 0), (24, 0), (24, 50)])
def test_a_bar_is_as_wide_as_the_terminal_and_never_unseen(lines, columns):
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in _SIZES}
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK], stderr=theirs, env=environment
    )
    assert process.wait(60) == 0
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    lines = [line.strip() for line in shown.split("\r") if line.strip()]
    assert lines
    assert all(line.startswith("embed texts:") for line in lines)
    assert max(map(len, lines)) <= (columns or 80)


# What tqdm looks at to know a notebook by.
_NOTEBOOK = """
import sys, types
shell = types.SimpleNamespace()
sys.modules["ipykernel.zmqshell"] = shell
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
sys.modules["ipywidgets"] = None  # as if it were not installed
"""


def imported(module):
    """Return what is said where a notebook without widgets imports something."""
    work = f"{_NOTEBOOK}\nimport {module}"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", work], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_notebook_without_widgets_gets_no_warning():
    assert "IProgress not found" in imported("tqdm.auto")
    assert "IProgress" not in imported("sklearn_tagkd.utils.progress, tqdm.auto")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
def test_a_fork_does_not_cut_into_another_threads_bar():
    script = """
import os, signal, threading
from sklearn_tagkd.utils.progress import progress_bar
bar = progress_bar(1, "work", "unit", False)
is_held = threading.Event()
def hold():
    with bar.get_lock():
        is_held.set()
        threading.Event().wait(0.5)
thread = threading.Thread(target=hold)
thread.start()
is_held.wait()
pid = os.fork()
if not pid:
    signal.alarm(20)
    with progress_bar(1, "work", "unit", False) as bar:
        bar.update()
    os._exit(0)
print(os.waitpid(pid, 0)[1])
thread.join()
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "0\n", run.stderr
