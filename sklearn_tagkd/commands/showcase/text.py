"""The comparison in words: a table, and a few nodes with their rationales."""

from __future__ import annotations

import textwrap

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.showcase.comparison import Comparison

__all__ = ["format_examples", "format_rows", "format_table"]

_ROWS = {
    "MLP": "a network on the texts alone that learns the LLM's answers as labels: no "
    "links, no reasons.",
    "GCN": "the usual graph network, which learns the same answers as labels and "
    "listens to linked nodes: no reasons.",
    "interpreter": "learns from the answers with their reasons, and reads the reasons "
    "where a node has some; it is the student's teacher.",
    "student": "learns from the interpreter and sees texts and links alone: this is "
    "the model that you keep, and it never asks anybody.",
    "class names alone": "a student of what the LLM knew of the classes before it saw "
    "a node: not one of your texts was sent.",
}


def format_table(comparison: Comparison) -> str:
    """Return the results as a table in Markdown.

    Parameters
    ----------
    comparison : Comparison
        What to show.

    Returns
    -------
    str
        One line per method: what was asked for its lesson, then mean and standard
        deviation over seeds.
    """
    heads = [
        "method",
        "LLM requests",
        "your texts sent",
        "accuracy, unanswered nodes",
        "seconds to fit",
        "LLM requests at prediction",
    ]
    rows = [
        [
            method.name,
            str(method.n_asked),
            str(method.n_texts),
            f"{np.mean(method.accuracy):.3f} ± {np.std(method.accuracy):.3f}",
            f"{np.mean(method.seconds):.1f}",
            str(method.requests),
        ]
        for method in comparison.methods
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        f"| {' | '.join(map(str.ljust, line, widths))} |"
        for line in (heads, rule, *rows)
    )


def format_rows(comparison: Comparison) -> str:
    """Return what the rows of the table are, in a sentence each.

    Parameters
    ----------
    comparison : Comparison
        What is shown.

    Returns
    -------
    str
        One paragraph per method.
    """
    return "\n".join(
        textwrap.fill(f"{name}: {_ROWS[name]}", 88, subsequent_indent="  ")
        for name in (method.name for method in comparison.methods)
    )


def format_examples(
    comparison: Comparison, target: NDArray[np.str_], n_examples: int = 3
) -> str:
    """Return a few answered nodes with what the language model said about them.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    target : ndarray of str of shape (n_nodes,)
        True labels.
    n_examples : int, default=3
        Number of nodes: of different classes as far as there are, and of each class
        one with most key neighbours.

    Returns
    -------
    str
        One paragraph per node.
    """
    graph = comparison.annotated
    table = graph.annotations["rationales"]
    n_keys = np.bincount(table.key_row, minlength=len(table))
    order = np.argsort(-n_keys, kind="stable")
    top = table.probabilities.argmax(axis=1)[order]
    is_first = np.zeros(len(order), dtype=bool)
    is_first[np.unique(top, return_index=True)[1]] = True
    chosen = np.concatenate([order[is_first], order[~is_first]])[:n_examples]
    records = table.to_records(graph.parent.node_ids)
    predicted = comparison.student.predict(graph.parent[table.positions[chosen]])
    paragraphs = []
    for row, label in zip(chosen, predicted, strict=True):
        record = records[row]
        best = max(record.probabilities, key=lambda name: record.probabilities[name])
        lines = [
            f"{record.node}",
            f"  LLM: {best} ({record.probabilities[best]:.2f}), student: {label}, "
            f"true: {target[table.positions[row]] or 'unknown'}",
            f"  keywords: {', '.join(record.keywords)}",
        ]
        for neighbor in record.neighbors:
            phrases = ", ".join(neighbor.keywords)
            lines.append(f"  key neighbour {neighbor.node}: {phrases}")
        lines.append(f"  because: {record.explanation}")
        paragraphs.append("\n".join(_clip(line) for line in lines))
    return "\n\n".join(paragraphs)


def _clip(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return indent + textwrap.shorten(line, 100 - len(indent), placeholder=" ...")
