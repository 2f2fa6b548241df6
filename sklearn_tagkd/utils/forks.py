"""What must not be cut in two by a fork.

A child has the memory of its parent and none of its threads. An import that another
thread had begun would never end there, and SQLite would believe the locks to be its own
that its parent holds.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol

__all__ = ["Pausable", "close_before_fork", "forget_before_fork", "no_fork"]

no_fork = threading.RLock()
"""Held while something is done that has to be finished first."""


class Pausable(Protocol):
    """Whatever a child must not find open."""

    def pause(self) -> None:
        """Close it; nobody opens it before :meth:`resume`."""

    def resume(self) -> None:
        """Let it be opened again."""


_open: set[Pausable] = set()
_paused: list[Pausable] = []


def close_before_fork(thing: Pausable) -> None:
    """Have something closed before every fork; to be called with ``no_fork`` held.

    Parameters
    ----------
    thing : Pausable
        What is open from now on.
    """
    _open.add(thing)


def forget_before_fork(thing: Pausable) -> None:
    """Take note that something is closed.

    Parameters
    ----------
    thing : Pausable
        What was open.
    """
    _open.discard(thing)


def _before() -> None:
    no_fork.acquire()
    for thing in list(_open):
        thing.pause()
        _paused.append(thing)


def _after() -> None:
    while _paused:
        _paused.pop().resume()
    no_fork.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
