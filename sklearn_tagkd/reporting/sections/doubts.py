"""Labels that others contradict, and nodes worth asking about next."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.issues import label_issues
from sklearn_tagkd.inspection.questions import next_questions
from sklearn_tagkd.reporting.document import Facts, Note, Section, Table
from sklearn_tagkd.reporting.sections.subject import Subject
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["describe_issues", "describe_next"]

_MOST_NEXT = 20
_MOST_JUDGED = 5_000  # labels: a minute on a busy core for every 50,000


def describe_issues(subject: Subject) -> Section:
    """Tell which answers and labels are contradicted.

    Parameters
    ----------
    subject : Subject
        Model, graph and labels.

    Returns
    -------
    Section
        Named ``issues``.
    """
    title = "Labels that are contradicted"
    try:
        graph, y, notes = _to_judge(subject)
        found = label_issues(subject.model, graph, y)
    except ValueError as error:
        return Section("issues", title, [Note(f"None can be found: {error}")])
    facts = {
        "answers and labels judged": len(found),
        "more likely wrong than right": int(found.flagged.sum()),
    }
    some = found[: subject.max_rows]
    texts = subject.graph.parent[some.positions].texts
    columns = ("node", "given", "of", "if wrong", "likely wrong", "why", "text")
    rows = zip(
        some.nodes,
        some.given,
        some.sources,
        some.suggestions,
        some.scores,
        some.reasons,
        texts,
        strict=True,
    )
    table = Table.of(
        "Most suspicious first", columns, rows, len(some), ("likely wrong",)
    )
    told = "A person decides: export_review writes these for a review, to be read back."
    return Section("issues", title, [Facts(facts), *notes, Note(told), table])


def _to_judge(subject: Subject) -> tuple[TextGraph, Any, list[Note]]:
    """Return nodes to judge labels of, and a sentence where these are not all."""
    graph, taught = subject.graph, subject.taught
    if subject.y is None:
        return graph, None, []
    labels, is_labelled = labelled_rows(subject.y, len(graph))
    labelled = np.flatnonzero(is_labelled)
    if len(labelled) <= _MOST_JUDGED:
        return graph, labels, []
    drawn = private_stream(0, "labels to judge").permutation(labelled)[:_MOST_JUDGED]
    if taught is not None:
        drawn = np.union1d(drawn, np.flatnonzero(np.isin(graph.rows, taught.positions)))
    rows = np.sort(drawn)
    told = (
        f"Of {len(labelled):,} labels a random sample of {_MOST_JUDGED:,} is judged, "
        "by one another; label_issues(model, graph, y) judges all."
    )
    return graph[rows], labels[rows], [Note(told)]


def describe_next(subject: Subject) -> Section:
    """Tell whom to ask about next.

    Parameters
    ----------
    subject : Subject
        Model, graph and labels.

    Returns
    -------
    Section
        Named ``next``.
    """
    title, n_wanted = "Worth asking about next", min(_MOST_NEXT, subject.max_rows)
    told, y = "What an answer is worth is beside that of the best one.", subject.y
    if y is not None and labelled_rows(y, len(subject.graph))[1].all():
        told, y = f"{told} Labels are left aside here: every node has one.", None
    try:
        found = next_questions(subject.model, subject.graph, n_wanted, y=y)
    except ValueError as error:
        return Section("next", title, [Note(f"Not known: {error}")])
    texts = subject.graph.parent[found.positions].texts
    columns = ("node", "model", "worth", "doubt", "why", "text")
    rows = zip(
        found.nodes,
        found.suggestions,
        found.scores,
        found.doubts,
        found.reasons,
        texts,
        strict=True,
    )
    table = Table.of("Best first", columns, rows, len(found), ("worth", "doubt"))
    return Section("next", title, [Note(told), table])
