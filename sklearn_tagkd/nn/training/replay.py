"""Work of a GPU that is launched at once, not kernel by kernel."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from threading import get_ident

import torch

__all__ = ["Replay"]

_LAUNCHED = 3  # calls before the one that is recorded: libraries get ready in them


class Replay:
    """Calls a function; its kernels are recorded once and then repeated.

    A step of training on a small graph is a hundred short kernels, and to launch one
    takes a CPU longer than a GPU needs to run it. What the function reads and writes
    must lie where it lay before, and it must not wait for the GPU.

    Parameters
    ----------
    device : torch.device
        A CUDA device.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kind: Hashable = None
        self._n_launched = 0
        self._recording: torch.cuda.CUDAGraph | None = None

    def __call__(self, function: Callable[[Hashable], None], kind: Hashable) -> None:
        """Do it, or do it again.

        Parameters
        ----------
        function : callable
            Always the same one. It is not kept: its owner may own this, too.
        kind : hashable
            Its argument, which tells what is done and not with what: for each new one
            it is recorded anew, and the recording before is dropped.
        """
        with torch.cuda.device(self._device):
            ours = _stream_of_ours(self._device, get_ident())
            if kind != self._kind:
                self._kind, self._n_launched, self._recording = kind, 0, None
            if self._recording is None and self._n_launched < _LAUNCHED:
                self._n_launched += 1
                _launch(function, kind, ours)
                return
            if self._recording is None:
                self._recording = _record(function, kind, ours)
            self._recording.replay()


@cache
def _stream_of_ours(device: torch.device, thread: int) -> torch.cuda.Stream:
    """Return a stream of a thread: libraries keep memory for each that they meet.

    The device is the current one.
    """
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


def _launch(
    function: Callable[[Hashable], None], kind: Hashable, ours: torch.cuda.Stream
) -> None:
    """Call it as it will be called while it is recorded: on a stream of its own."""
    theirs = torch.cuda.current_stream()
    ours.wait_stream(theirs)
    with torch.cuda.stream(ours):
        function(kind)
    theirs.wait_stream(ours)


def _record(
    function: Callable[[Hashable], None], kind: Hashable, ours: torch.cuda.Stream
) -> torch.cuda.CUDAGraph:
    # torch.cuda.graph would empty torch's memory and collect Python's garbage first,
    # which takes longer than many steps.
    recording = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.stream(ours):
        # Other threads may go on with work of their own meanwhile.
        recording.capture_begin(capture_error_mode="thread_local")
        try:
            function(kind)
        finally:
            recording.capture_end()
    return recording
