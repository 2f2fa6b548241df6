"""When work is launched, recorded and repeated. What a GPU makes of it: test_gpu.py."""

from contextlib import nullcontext

import pytest
import torch

from sklearn_tagkd.nn.training import replay
from sklearn_tagkd.nn.training.replay import Replay


class Recording:
    def __init__(self, log, kind):
        self._log, self._kind = log, kind

    def replay(self):
        self._log.append(f"repeat {self._kind}")


@pytest.fixture
def log(monkeypatch):
    """Return a list of all that happens, on a device that is not there."""
    log = []

    def launch(function, kind, stream):
        log.append(f"launch {kind}")
        function(kind)

    def record(function, kind, stream):
        log.append(f"record {kind}")
        function(kind)
        return Recording(log, kind)

    monkeypatch.setattr(replay, "_launch", launch)
    monkeypatch.setattr(replay, "_record", record)
    monkeypatch.setattr(replay, "_stream_of_ours", lambda *thread: None)
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    return log


def test_three_calls_are_launched_one_is_recorded_and_the_rest_repeated(log):
    calls = []
    repeated = Replay(torch.device("cuda"))
    for _ in range(6):
        repeated(calls.append, "a")
    assert log == [*["launch a"] * 3, "record a", *["repeat a"] * 3]
    assert len(calls) == 4, "a repetition is the GPU's alone"


def test_another_kind_of_work_is_recorded_anew(log):
    repeated = Replay(torch.device("cuda"))
    for kind in "aaaab":
        repeated(lambda kind: None, kind)
    assert log[-1] == "launch b"
    for _ in range(3):
        repeated(lambda kind: None, "b")
    assert log[-2:] == ["record b", "repeat b"]


def test_a_function_that_fails_is_not_taken_for_recorded(log):
    def fail(kind):
        raise ValueError("out of memory, say")

    repeated = Replay(torch.device("cuda"))
    for _ in range(5):
        with pytest.raises(ValueError, match="out of memory"):
            repeated(fail, "a")
    assert "repeat a" not in log
