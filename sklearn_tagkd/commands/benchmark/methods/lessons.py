"""What of the answers a method is taught: labels, probabilities, reasons, the truth.

Every kind of lesson is a table of rationales with something taken out of it (or, for
the ceiling, the truth put in), so that all methods learn through the same door and
none can see what was left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.rationales.phrases import PhraseLists

__all__ = ["LESSONS", "REASONS", "Lesson", "prepare_lesson"]

REASONS = frozenset({"keywords", "neighbors", "messages"})

_NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Lesson:
    """What is left of the answers.

    Parameters
    ----------
    labels : {'hard', 'soft', 'true'}
        The model's top class, its probabilities, or the node's true class.
    reasons : frozenset of {'keywords', 'neighbors', 'messages'}
        Which reasons. Without ``'neighbors'`` it is not known which of the shown
        neighbours the model passed over; the key messages can stay.
    """

    labels: str
    reasons: frozenset[str] = frozenset()


LESSONS = {
    "hard": Lesson("hard"),
    "soft": Lesson("soft"),
    "rationale": Lesson("soft", REASONS),
    "true": Lesson("true"),
}


def prepare_lesson(
    table: RationaleTable, lesson: Lesson, true: NDArray[np.int64]
) -> RationaleTable:
    """Return what a lesson leaves of the answers.

    Parameters
    ----------
    table : RationaleTable
        The answers.
    lesson : Lesson
        What to keep.
    true : ndarray of int64 of shape (n_nodes,)
        Column of each node's true class, -1 where there is none. Looked at for the
        lesson ``'true'`` alone; nodes without a true class are then left out.

    Returns
    -------
    RationaleTable
        Of the same nodes.
    """
    table = _keep_reasons(table, lesson.reasons)
    if lesson.labels == "soft":
        return table
    if lesson.labels == "true":
        codes = true[table.positions]
        table, codes = table.select(codes >= 0), codes[codes >= 0]
    else:
        codes = table.probabilities.argmax(axis=1)
    return replace(table, probabilities=np.eye(len(table.classes))[codes])


def _keep_reasons(table: RationaleTable, reasons: frozenset[str]) -> RationaleTable:
    if "keywords" not in reasons:
        table = replace(table, keywords=PhraseLists.pack([()] * len(table)))
    if not reasons & {"neighbors", "messages"}:
        return replace(
            table,
            shown_row=_NOBODY,
            shown_node=_NOBODY,
            key_row=_NOBODY,
            key_node=_NOBODY,
            messages=PhraseLists.pack([]),
        )
    if "neighbors" not in reasons:  # as if all that were shown had been named
        table = replace(table, shown_row=table.key_row, shown_node=table.key_node)
    if "messages" not in reasons:
        silent = PhraseLists.pack([()] * len(table.key_row))
        table = replace(table, messages=silent)
    return table
