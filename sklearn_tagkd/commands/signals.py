"""Signals that ask a process to end, heard as Ctrl-C is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

__all__ = ["ending_in_order"]

_NAMES = ("SIGTERM", "SIGHUP")  # of a scheduler or a container; of a closed terminal


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work as Ctrl-C does: what there is is kept.

    The second one ends the process at once. What whoever started the process chose,
    such as nohup, stays.

    Raises
    ------
    KeyboardInterrupt
        When a signal comes.
    """
    before: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)  # Windows knows but one
                if number and signal.getsignal(number) is signal.SIG_DFL:
                    before[number] = signal.signal(number, _interrupt)
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt
