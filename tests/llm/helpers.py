"""Questions and clients that several test files share."""

import os
import socket
import threading
import time
from contextlib import contextmanager

from sklearn_tagkd.llm import OpenAIClient, Question
from sklearn_tagkd.llm.testing import made_up_answer

KEY = "sk-very-secret-key"
CLASSES = {"sport": "games and matches", "politics": ""}


def make_questions(n):
    return [
        Question(
            f"node-{i}",
            f"privatetext{i} about a late goal",
            ("x", "y"),
            (f"neighbourtext{i}", "a cup final"),
            CLASSES,
        )
        for i in range(n)
    ]


def make_client(server, folder, **options):
    chosen = {
        "base_url": server and server.url,
        "store": folder / "answers.sqlite",
        "price": (1.0, 2.0),
        "retry_delay": 0.01,
        "poll_seconds": 0.01,
        "progress": False,
    }
    return OpenAIClient("gpt-4o-mini", **(chosen | options))


@contextmanager
def nobody_listens():
    """Lend an address where nobody listens, and nobody else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1"


class Gate:
    """Answers for a server, of which some are held back until the gate is opened.

    What a test does while requests are on their way then depends on no clock.

    Parameters
    ----------
    held : container of int
        Which requests, numbered as they come.
    """

    def __init__(self, held):
        self.n_held = 0
        self._n_came = 0
        self._held = held
        self._lock = threading.Lock()
        self._open = threading.Event()

    def __call__(self, messages, schema):
        with self._lock:
            is_held = self._n_came in self._held
            self._n_came += 1
            self.n_held += is_held
        if is_held:
            assert self._open.wait(120), "nobody opened the gate"
        return made_up_answer(messages, schema)

    def open(self):
        self._open.set()

    def wait_for(self, n, process=None):
        """Wait until so many are held back, or a process has ended before its time."""
        until(lambda: self.n_held >= n or (process and process.poll() is not None))


def until(condition, seconds=120):
    """Wait for what is sure to happen, however busy the machine is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def examples(n):
    """As many examples as fit a change's tests; `make thorough` asks for more."""
    return n * int(os.environ.get("SKLEARN_TAGKD_EXAMPLES", "1"))
