"""Names for who is asking, by which others can tell whether it is still there.

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

__all__ = ["is_dead", "new_owner"]

_PROC = Path("/proc")
_STARTED = 19  # place of the start time among what follows the name in /proc/PID/stat
_UNKNOWN = "-"


def new_owner() -> str:
    """Return a name that nobody else has.

    Returns
    -------
    str
        Where the process lives, its id there, when it began, and a random part.
    """
    pid = os.getpid()
    began = _began("self") or _UNKNOWN
    return f"{_world(pid)}/{pid}/{began}/{uuid.uuid4().hex}"


def is_dead(owner: str) -> bool:
    """Tell whether an owner is surely gone.

    Parameters
    ----------
    owner : str
        As :func:`new_owner` made it.

    Returns
    -------
    bool
        True only where its process can be looked for, and is no more: it has ended, or
        its number belongs to another one by now. Elsewhere (another container, another
        machine, another boot) nobody can know, and its claims lapse with time.
    """
    parts = owner.split("/")
    if len(parts) != 4 or parts[0] != _world(os.getpid()) or not _is_pid(parts[1]):
        return False
    try:
        # On Windows signal 0 would end the process instead of asking after it; there
        # the world is unknown.
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and somebody else's
        pass
    if not _shows_own_namespace():
        return False
    began = _began(parts[1])
    return began is not None and parts[2] not in (_UNKNOWN, began)


def _is_pid(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) < 11
    return is_number and 0 < int(text) < 2**31


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
    return "ended" if fields[0] in "ZX" else fields[_STARTED]
