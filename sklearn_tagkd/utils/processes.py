"""Processes, named so that another one can tell whether they still run."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["is_running", "this_process"]

_GONE = "ZX"  # states of what was killed and is only not yet buried


def this_process() -> str:
    """Name this process as no other one is called, before, after or elsewhere.

    Returns
    -------
    str
        Machine, since when it runs, container, number and start; empty where the
        system does not tell (it does on Linux).

    Examples
    --------
    >>> from sklearn_tagkd.utils.processes import is_running, this_process
    >>> is_running(this_process())
    True
    """
    try:
        return f"{_place()} {os.getpid()} {_start(os.getpid())}"
    except OSError:
        return ""


def is_running(name: str) -> bool | None:
    """Tell whether a process still runs.

    Parameters
    ----------
    name : str
        What :func:`this_process` said in that one.

    Returns
    -------
    bool or None
        None where nobody here can know: on another machine, in another container.
    """
    place, _, known = name.rpartition(" ")[0].rpartition(" ")
    try:
        if place != _place() or not known.isdecimal():
            return None
    except OSError:
        return None
    try:
        return name == f"{place} {known} {_start(int(known))}"
    except OSError:
        return False


def _place() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {os.readlink('/proc/self/ns/pid')}"


def _start(process: int) -> str:
    """Return when a process began; nothing of what no longer runs."""
    # Its name, in brackets, may hold anything.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return "" if fields[0] in _GONE else fields[19]
