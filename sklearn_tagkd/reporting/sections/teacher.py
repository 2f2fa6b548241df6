"""How right the teacher is, and where the model says something else."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sklearn_tagkd.reporting.document import Block, Facts, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_model import draw_teacher
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["describe_teacher"]


def describe_teacher(subject: Subject) -> Section:
    """Hold teacher and student against each other.

    Parameters
    ----------
    subject : Subject
        Model and graph.

    Returns
    -------
    Section
        Named ``teacher``.
    """
    title, taught = "Teacher and student", subject.taught
    blocks: list[Block] = []
    audit = getattr(subject.asking, "teacher_audit_", None)
    if audit is not None:
        right, low, high = audit.right
        facts: dict[str, Any] = {
            "the teacher is right, estimated share": right,
            "at least": low,
            "at most": high,
            "held against": audit.source,
            "an answer counts, of a label": float(audit.answer_weight),
        }
        if audit.agreement is not None:
            facts["held-out answers that are predicted"] = audit.agreement[0]
        blocks.append(Facts(facts))
        rows = [(name, *share) for name, share in audit.of_class.items()]
        rows.sort(key=lambda row: row[1])
        heads = ("class", "right", "at least", "at most")
        caption = "How right its answers are, by the class that they name"
        blocks.append(Table.of(caption, heads, rows, subject.max_rows, ("right",)))
    if taught is None:
        if audit is None:
            blocks.append(Note("There are no answers to compare with."))
        return Section("teacher", title, blocks)
    pairs = zip(taught.said.tolist(), taught.predicted.tolist(), strict=True)
    counts = Counter(pairs)
    n_alike = sum(n for (a, b), n in counts.items() if a == b)
    blocks.append(
        Facts(
            {
                "answered nodes": len(taught.said),
                "the model says the same, share": n_alike / len(taught.said),
            }
        )
    )
    told = (
        "Of nodes that it learnt from: that they agree is no score. Where they do not, "
        "other answers outweighed this one."
    )
    apart = [(a, b, n) for (a, b), n in counts.most_common() if a != b]
    columns = ("the teacher said", "the model says", "nodes")
    caption = "Where they differ"
    blocks.append(Note(told))
    if subject.draws and (picture := draw_teacher(taught)):
        blocks.append(picture)
    blocks.append(Table.of(caption, columns, apart, subject.max_rows))
    return Section("teacher", title, blocks)
