"""What was asked, what came back, and what it cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.reporting.document import Block, Facts, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_model import draw_answers, draw_selection
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["describe_answers", "describe_cost"]

_UNKNOWN = (
    "No answer of a language model is at hand. A file of a model holds none: give "
    "graph.annotated(rationales=table), or the pipeline that asked."
)
_NOBODY = (
    "Nobody was asked about a node: the model learnt from class profiles, or labels."
)
_ALWAYS = ("tokens_in", "tokens_out", "seconds")  # counts that are told even if 0


def describe_answers(subject: Subject) -> Section:
    """Tell what the language model said, and of which nodes it said nothing.

    Parameters
    ----------
    subject : Subject
        Model and graph.

    Returns
    -------
    Section
        Named ``asked``.
    """
    title, step, taught = "What was asked", subject.asking, subject.taught
    blocks: list[Block] = []
    columns: tuple[str, ...]
    if step is not None:
        facts = {
            "nodes asked about": int(step.n_asked_),
            "answers that count": int(step.n_answered_),
        }
        if getattr(step, "stop_reason_", ""):
            facts["why it ended"] = step.stop_reason_
        blocks.append(Facts(facts))
        # How right the teacher is has a section of its own.
        kinds = [pair for pair in step.report_.items() if "teacher_" not in pair[0]]
        kinds.sort(key=lambda pair: -pair[1])
        columns = ("what", "how often")
        blocks.append(
            Table.of("What the checks found", columns, kinds, subject.max_rows)
        )
    table = subject.reading.selected_table()
    if table is None or taught is None:
        told = _UNKNOWN if step is None or step.n_asked_ else _NOBODY
        return Section("asked", title, [*blocks, Note(told)])
    if table.abstained:
        ids = subject.graph.parent.node_ids
        silent = [(ids[at], reason) for at, reason in table.abstained.items()]
        columns = ("node", "reason")
        blocks.append(Table.of("Asked in vain", columns, silent, subject.max_rows))
    if subject.draws:
        blocks.append(draw_selection(subject))
    # Surely wrong before right: where teacher and student differ, then the unsure.
    order = np.lexsort((taught.share, taught.said == taught.predicted))
    order = order[: subject.max_rows]
    is_kept = np.zeros(len(table), dtype=bool)
    is_kept[order] = True
    kept = table.select(is_kept)
    records = kept.to_records(subject.graph.parent.node_ids)
    texts = subject.graph.parent[kept.positions].texts
    place = {int(at): number for number, at in enumerate(kept.positions)}
    rows: list[tuple[Any, ...]] = []
    for at in order.tolist():
        number = place[int(taught.positions[at])]
        record = records[number]
        rows.append(
            (
                record.node,
                taught.said[at],
                float(taught.share[at]),
                taught.predicted[at],
                list(record.keywords),
                record.explanation,
                texts[number],
            )
        )
    columns = ("node", "teacher", "how sure", "model", "keywords", "because", "text")
    shown = Table.of("Answers", columns, rows, subject.max_rows, ("how sure",))
    told = "Answers that the model contradicts come first, then those least sure."
    if len(table) > len(rows):
        told = f"{told} {len(rows):,} of {len(table):,} are shown."
    return Section("asked", title, [*blocks, Note(told), shown])


def describe_cost(subject: Subject) -> Section:
    """Tell what asking took.

    Parameters
    ----------
    subject : Subject
        Model and graph.

    Returns
    -------
    Section
        Named ``cost``.
    """
    title, step = "What it cost", subject.asking
    if step is None:
        told = "The model has no step that asked: what answers cost is not known here."
        return Section("cost", title, [Note(told)])
    facts: dict[str, Any] = {
        "US dollars": getattr(step, "cost_", None),
        "requests": int(getattr(step, "n_requests_", 0)),
    }
    usage = getattr(step, "usage_", {})
    for name, value in usage.items():
        is_told = name not in ("cost", "requests") and (value or name in _ALWAYS)
        if isinstance(value, int | float) and is_told:
            facts[name.replace("_", " ")] = value
    blocks: list[Block] = [Facts(facts)]
    if usage:
        told = "What else the client counts (retries, repairs, time outs, ...) is 0."
        blocks.append(Note(told))
    if step.n_answered_ and facts["US dollars"]:
        each = 100 * facts["US dollars"] / step.n_answered_
        blocks.append(Note(f"That is ${each:.4f} for 100 answers that count."))
    elif step.n_asked_ and not usage:
        told = "The client does not count: recorded answers, say, cost nothing again."
        blocks.append(Note(told))
    elif usage and facts["US dollars"] is None:
        told = "What a token costs is not known: give the client price=."
        blocks.append(Note(told))
    looks = [
        (o["n_answered"], o["agreement"], o["expected_gain"], o["cost"])
        for o in getattr(step, "outlook_", [])
    ]
    if looks:
        columns = (
            "answers",
            "agreement with the teacher",
            "points that 50 more would bring",
            "US dollars for 50 more",
        )
        blocks.append(Table.of("After each round", columns, looks, subject.max_rows))
    if subject.draws and (picture := draw_answers(step)):
        blocks.append(picture)
    return Section("cost", title, blocks)
