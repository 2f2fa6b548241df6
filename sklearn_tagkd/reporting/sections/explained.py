"""Why chosen nodes have their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.quick_model import margin
from sklearn_tagkd.inspection.explanation.explain import explain
from sklearn_tagkd.inspection.explanation.result import Explanation
from sklearn_tagkd.inspection.reading import positions_of
from sklearn_tagkd.reporting.document import Block, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_node import draw_linked
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["describe_explanations"]

_MOST_NODES, _CHOSEN, _BUDGET = 25, 3, 5
_KINDS = {
    "word": "words of its text",
    "neighbor": "linked node",
    "link": "link",
    "taught_by": "answer that taught it",
    "rationale": "the teacher on this node",
}


def describe_explanations(subject: Subject) -> Section:
    """Explain nodes: those that were chosen, or the ones in most doubt.

    Parameters
    ----------
    subject : Subject
        Model, graph and nodes.

    Returns
    -------
    Section
        Named ``explanations``.
    """
    title, graph = "Why chosen nodes have their labels", subject.graph
    blocks: list[Block] = []
    if subject.nodes is None:
        positions = _doubtful(subject)
        told = f"The {len(positions)} nodes that the model doubts most; nodes= chooses."
        blocks.append(Note(told))
    else:
        positions = positions_of(graph, subject.nodes)
        if len(positions) > _MOST_NODES:
            told = f"The first {_MOST_NODES} of {len(positions):,} nodes."
            blocks.append(Note(told))
            positions = positions[:_MOST_NODES]
    found = explain(subject.model, graph, graph.parent[positions], _BUDGET)
    rows = [(i.node, i.label, i.probability, i.runner_up, i.margin) for i in found]
    columns = ("node", "label", "probability", "not", "margin")
    blocks.append(Table.of("Explained nodes", columns, rows, len(rows)))
    for item in found:
        if subject.draws and (picture := draw_linked(item, subject)):
            blocks.append(picture)
        blocks += _one(item)
    return Section("explanations", title, blocks)


def _doubtful(subject: Subject) -> NDArray[np.int64]:
    doubt = 1 - margin(subject.probabilities)
    rows = np.argsort(-doubt, kind="stable")
    _, once = np.unique(subject.graph.rows[rows], return_index=True)
    chosen: NDArray[np.int64] = subject.graph.rows[rows[np.sort(once)[:_CHOSEN]]]
    return chosen


def _one(item: Explanation) -> list[Block]:
    rows: list[tuple[Any, ...]] = []
    for row in item.rows():
        what = row["what"]
        if row["kind"] == "link":
            what = " → ".join(map(str, what))
        said = [row["teacher_label"]] if row["teacher_label"] else []
        if row["keywords"]:
            said.append(", ".join(row["keywords"]))
        if row["explanation"]:
            said.append(row["explanation"])
        told = "; ".join(map(str, said)) or None
        rows.append((_KINDS[row["kind"]], what, row["effect"], row["weight"], told))
    columns = ("kind", "what", "effect", "weight", "the teacher said")
    caption = f"What speaks for {item.label} at {item.node}"
    table = Table.of(caption, columns, rows, len(rows))
    return [table, *(Note(note) for note in item.notes)]
