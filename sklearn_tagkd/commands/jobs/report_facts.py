"""What a step's report says to programs and to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["facts_of_report", "right_lines"]

_RIGHT = "teacher_right_percent"
_ENDS = ("", "_at_least", "_at_most")


def facts_of_report(report: Mapping[str, int]) -> dict[str, Any]:
    """Tell what checks dropped from how right the teacher is.

    Parameters
    ----------
    report : mapping of str to int
        ``report_`` of the step that asks.

    Returns
    -------
    dict
        ``dropped``, count by kind, and ``teacher_right_percent``: the estimate, and
        between what it lies; None where nobody knows.

    Examples
    --------
    >>> from sklearn_tagkd.commands.jobs.report_facts import facts_of_report
    >>> facts_of_report({"keywords": 2})
    {'dropped': {'keywords': 2}, 'teacher_right_percent': None}
    """
    is_known = any(kind.startswith(_RIGHT) for kind in report)
    # A report leaves out what is 0.
    estimate = [report.get(_RIGHT + end, 0) for end in _ENDS] if is_known else None
    dropped = {
        kind: count for kind, count in report.items() if not kind.startswith(_RIGHT)
    }
    return {"dropped": dropped, _RIGHT: estimate}


def right_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return how right the teacher is in a line, where that is known.

    Parameters
    ----------
    facts : mapping
        Of the command.

    Returns
    -------
    list of str
        One line, or none where it would say nothing.
    """
    share, low, high = facts[_RIGHT] or (0, 0, 100)
    if (low, high) == (0, 100):
        return []
    return [f"right        about {share}% of the answers ({low}% to {high}%)"]
