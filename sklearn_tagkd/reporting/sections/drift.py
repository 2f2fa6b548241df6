"""How far the model is from fresh answers."""

from __future__ import annotations

from sklearn_tagkd.inspection.drift import agreement
from sklearn_tagkd.reporting.document import Note, Section, Table
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["describe_drift"]


def describe_drift(subject: Subject) -> Section:
    """Hold the model against fresh answers, where there are some.

    Parameters
    ----------
    subject : Subject
        Model, graph and answers.

    Returns
    -------
    Section
        Named ``drift``.
    """
    title = "Drift"
    if subject.answers is None:
        told = (
            "No fresh answers were given. Ask about fifty nodes of today, and "
            "report(model, graph, answers=...) says whether the texts have moved on."
        )
        return Section("drift", title, [Note(told)])
    found = agreement(
        subject.model, subject.graph, subject.answers, times=subject.times
    )
    table = found.columns()
    rows = zip(*table.values(), strict=True)
    caption = "How often the model says what the answers say"
    columns = ("of", "which", "share", "at least", "at most", "answers")
    return Section(
        "drift",
        title,
        [
            Note(f"Verdict: {found.verdict}."),
            Table.of(caption, columns, rows, subject.max_rows, ("share",)),
        ],
    )
