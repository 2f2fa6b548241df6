"""What a command ends with: an exit status, facts for machines, lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ERROR",
    "INTERRUPTED",
    "OK",
    "STATUS_NAMES",
    "STOPPED",
    "USAGE",
    "Outcome",
    "UsageError",
]

OK, ERROR, USAGE, STOPPED, INTERRUPTED = 0, 1, 2, 3, 130
STATUS_NAMES = {
    OK: "ok",
    ERROR: "error",
    USAGE: "usage",
    STOPPED: "stopped",
    INTERRUPTED: "interrupted",
}


class UsageError(Exception):
    """Options that do not go together; says which, and what to write."""


@dataclass(frozen=True)
class Outcome:
    """What a command brought.

    Parameters
    ----------
    facts : mapping of str to object
        For ``--json``: names are the same in every run, values are what JSON holds.
    lines : list of str
        For people.
    status : int, default=0
        Exit status.
    """

    facts: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)
    status: int = OK
