"""Names for who is at work, by which others can tell whether it still runs.

A process is known by the boot of its machine, its namespace of process ids, its id
there and the moment it began. A container has a namespace of its own: its first process
is number 1, as the first one of every other container is.
"""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["is_running", "new_owner"]

_PROC = Path("/proc")
_STARTED = 19  # place of the start time among what follows the name in /proc/PID/stat
_UNKNOWN = "-"
_ENDED = "ended"


def new_owner() -> str:
    """Return a name that nobody else has.

    Returns
    -------
    str
        Where this process lives, its id there, when it began, and a random part, with
        slashes between them.

    Examples
    --------
    >>> from sklearn_tagkd.utils.processes import is_running, new_owner
    >>> is_running(new_owner()) is False
    False
    """
    pid = os.getpid()
    began = _began("self") or _UNKNOWN
    return f"{_world(pid)}/{pid}/{began}/{uuid.uuid4().hex}"


def is_running(owner: str) -> bool | None:
    """Tell whether the process that made a name still runs.

    Parameters
    ----------
    owner : str
        As :func:`new_owner` made it.

    Returns
    -------
    bool or None
        False where it has ended, or where its number belongs to another one by now.
        None where nobody here can know: it is in another container, on another machine
        or of another boot, or the system does not tell. What it claims has to lapse
        with time then.
    """
    parts = owner.split("/")
    if len(parts) != 4 or parts[0] != _world(os.getpid()) or not _is_pid(parts[1]):
        return None
    if not _is_taken(int(parts[1])):
        return False
    if not _shows_own_namespace():
        return None
    began = _began(parts[1])
    if began is None or parts[2] == _UNKNOWN:
        return None
    return began == parts[2]


def _is_pid(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) < 11
    return is_number and 0 < int(text) < 2**31


def _is_taken(pid: int) -> bool:
    """Tell whether any process has a number."""
    # On Windows signal 0 would end a process instead of asking after it. There only
    # this one lives in a world that is known here.
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, and somebody else's
        pass
    return True


@cache
def _world(pid: int) -> str:
    """Name what process ids are unique in; found out once per process, and fork."""
    with suppress(OSError):
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.stat(_PROC / 'self/ns/pid').st_ino}"
    if os.name == "posix" and os.uname().sysname != "Linux":  # it has no namespaces
        return socket.gethostname().replace("/", " ")
    return f"unknown {uuid.uuid4().hex}"


def _shows_own_namespace() -> bool:
    """Tell whether /proc numbers processes as this process does."""
    try:
        return os.readlink(_PROC / "self") == str(os.getpid())
    except OSError:
        return False


def _began(pid: str) -> str | None:
    """Return when a process began, ``'ended'`` for one nobody has waited for yet."""
    try:
        text = (_PROC / pid / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    if len(fields) <= _STARTED:
        return None
    return _ENDED if fields[0] in "ZX" else fields[_STARTED]
