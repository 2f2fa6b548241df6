"""A rationale is checked against its graph before it is believed.

An answer whose label cannot be trusted is abstained from, with a reason. A
reason that cannot be trusted (a neighbour that is not linked, a phrase that is
not in the text) is dropped, and counted. Nothing is ever made up in its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.link_blocks import both_ways
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.text_graph import TextGraph
from sklearn_tagkd.rationales.class_codes import ClassCodes
from sklearn_tagkd.rationales.phrases import PhraseLists
from sklearn_tagkd.rationales.record import Abstention, KeyNeighbor, Rationale
from sklearn_tagkd.rationales.table import RationaleTable
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["check_rationales"]

# Models round: 0.33 three times is a distribution, 0.5 alone is not. The ends belong to
# it, and sums of floats miss them by a little.
SUM_TOLERANCE = 0.05 + 1e-9


def check_rationales(
    answers: Sequence[Rationale | Abstention],
    graph: TextGraph,
    classes: Sequence[Any] | NDArray[Any],
) -> RationaleTable:
    """Check answers and align them to the positions of the parent graph.

    Parameters
    ----------
    answers : sequence of Rationale or Abstention
        In any order; the last of several about the same node counts.
    graph : TextGraph
        Graph whose nodes were asked about; the whole parent is looked at.
    classes : sequence of labels
        Known classes; an answer names them by ``str(label)``.

    Returns
    -------
    RationaleTable
        What passed. ``abstained`` holds the reasons ``'unknown_class'`` and
        ``'not_a_distribution'`` beside those that came in; ``report`` counts, by
        kind: ``unknown_node``, ``repeated_answer``, ``unknown_class``,
        ``not_a_distribution``, ``shown_not_linked``, ``key_not_linked``,
        ``key_not_shown``, ``repeated_key``, ``keyword_not_in_text``,
        ``message_not_in_text``.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.rationales import Rationale, check_rationales
    >>> graph = TextGraph(["a late goal", "the vote"], [], node_ids=["x", "y"])
    >>> table = check_rationales(
    ...     [Rationale("x", {"sport": 1.0}, keywords=("goal", "penalty"))],
    ...     graph, ["politics", "sport"],
    ... )
    >>> table.keywords[0], dict(table.report)
    (['goal'], {'keyword_not_in_text': 1})
    """
    labels = np.unique(np.asarray(classes))
    report: Counter[str] = Counter()
    abstained: dict[int, str] = {}
    records = _locate(answers, graph, report, abstained)
    records = _check_probabilities(records, labels, report, abstained)
    positions = np.fromiter((place for place, _ in records), np.int64, len(records))
    rationales = [record for _, record in records]
    shown_row, shown_node = _check_shown(positions, rationales, graph, report)
    key_row, key_node, messages = _check_keys(
        positions, rationales, shown_row, shown_node, graph, report
    )
    texts = _FoldedTexts(graph)
    keywords = [
        texts.contained(record.keywords, place, report, "keyword_not_in_text")
        for place, record in records
    ]
    kept_messages = [
        texts.contained(item.keywords, int(node), report, "message_not_in_text")
        for node, item in zip(key_node, messages, strict=True)
    ]
    return RationaleTable(
        classes=labels,
        positions=positions,
        probabilities=_probability_matrix(rationales, labels)[0],
        keywords=PhraseLists.pack(keywords),
        explanations=PackedStrings.pack(
            [valid_text(r.explanation) for r in rationales]
        ),
        shown_row=shown_row,
        shown_node=shown_node,
        key_row=key_row,
        key_node=key_node,
        messages=PhraseLists.pack(kept_messages),
        abstained=abstained,
        report={kind: count for kind, count in sorted(report.items()) if count},
    )


def _locate(
    answers: Sequence[Rationale | Abstention],
    graph: TextGraph,
    report: Counter[str],
    abstained: dict[int, str],
) -> list[tuple[int, Rationale]]:
    """Find each answer's node; ascending by position, one answer a node."""
    positions = graph.positions([answer.node for answer in answers])
    located: dict[int, Rationale] = {}
    for place, answer in zip(positions.tolist(), answers, strict=True):
        if place < 0:
            report["unknown_node"] += 1
            continue
        if isinstance(answer, Abstention):
            abstained[place] = answer.reason
            continue
        report["repeated_answer"] += place in located
        located[place] = answer
    for place in located:  # one usable answer outweighs an abstention
        abstained.pop(place, None)
    return sorted(located.items())


def _check_probabilities(
    records: list[tuple[int, Rationale]],
    labels: NDArray[Any],
    report: Counter[str],
    abstained: dict[int, str],
) -> list[tuple[int, Rationale]]:
    matrix, has_unknown = _probability_matrix([r for _, r in records], labels)
    with np.errstate(invalid="ignore"):
        proper = (matrix >= 0).all(axis=1) & np.isfinite(matrix).all(axis=1)
        proper &= matrix.max(axis=1, initial=0) > 0
    for row, (place, _) in enumerate(records):
        if has_unknown[row]:
            abstained[place] = "unknown_class"
        elif not proper[row]:
            abstained[place] = "not_a_distribution"
    kept = [record for record in records if record[0] not in abstained]
    report["unknown_class"] += int(has_unknown.sum())
    report["not_a_distribution"] += int((~has_unknown & ~proper).sum())
    return kept


def _probability_matrix(
    rationales: list[Rationale], labels: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return normalised rows, and which give weight to an unknown class.

    A row that is no distribution becomes NaN.
    """
    code = ClassCodes(labels)
    flat = [
        (row, code.get(name, len(labels)), _as_float(value))
        for row, rationale in enumerate(rationales)
        for name, value in rationale.probabilities.items()
    ]
    matrix = np.zeros((len(rationales), len(labels) + 1))  # last column: unknown
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if flat:
            row, column, value = (np.array(part) for part in zip(*flat, strict=True))
            np.add.at(matrix, (row, column), value)
        total = matrix.sum(axis=1, keepdims=True)
        off = ~(np.abs(total - 1) <= SUM_TOLERANCE)
        known = matrix[:, :-1] / total
    known[off.ravel()] = np.nan
    return known, matrix[:, -1] > 0


def _as_float(value: Any) -> float:
    """Return a number; NaN for what is none, or too large for one."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _flat_pairs(
    node_lists: list[tuple[Any, ...]], graph: TextGraph
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row, position) of every id in lists of ids."""
    lengths = [len(nodes) for nodes in node_lists]
    rows = np.repeat(np.arange(len(node_lists)), lengths)
    return rows, graph.positions([node for nodes in node_lists for node in nodes])


def _is_linked(
    receivers: NDArray[np.int64], senders: NDArray[np.int64], graph: TextGraph
) -> NDArray[np.bool_]:
    """Tell which pairs are links of the graph, in either direction."""
    n_nodes = len(graph.parent)
    involved, row = np.unique(receivers, return_inverse=True)
    cells = [links[involved].tocoo() for links in both_ways(graph)]
    known = [some.row.astype(np.int64) * n_nodes + some.col for some in cells]
    return (senders >= 0) & np.isin(row * n_nodes + senders, np.concatenate(known))


def _check_shown(
    positions: NDArray[np.int64],
    rationales: list[Rationale],
    graph: TextGraph,
    report: Counter[str],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, nodes = _flat_pairs([r.shown for r in rationales], graph)
    linked = _is_linked(positions[rows], nodes, graph)
    report["shown_not_linked"] += int((~linked).sum())
    pairs = np.unique(np.column_stack([rows[linked], nodes[linked]]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _check_keys(
    positions: NDArray[np.int64],
    rationales: list[Rationale],
    shown_row: NDArray[np.int64],
    shown_node: NDArray[np.int64],
    graph: TextGraph,
    report: Counter[str],
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[KeyNeighbor]]:
    n_nodes = len(graph.parent)
    named = [tuple(item.node for item in r.neighbors) for r in rationales]
    rows, nodes = _flat_pairs(named, graph)
    linked = _is_linked(positions[rows], nodes, graph)
    pair = rows * n_nodes + nodes
    shown = np.isin(pair, shown_row * n_nodes + shown_node)
    first = np.zeros(len(pair), dtype=bool)
    first[np.unique(pair, return_index=True)[1]] = True
    report["key_not_linked"] += int((~linked).sum())
    report["key_not_shown"] += int((linked & ~shown).sum())
    report["repeated_key"] += int((linked & shown & ~first).sum())
    kept = np.flatnonzero(linked & shown & first)
    items = [item for r in rationales for item in r.neighbors]
    return rows[kept], nodes[kept], [items[place] for place in kept]


class _FoldedTexts:
    """Texts with case and white space folded, each folded once."""

    def __init__(self, graph: TextGraph) -> None:
        self._texts = graph.parent
        self._folded: dict[int, str] = {}

    def contained(
        self,
        phrases: Sequence[str],
        position: int,
        report: Counter[str],
        kind: str,
    ) -> list[str]:
        """Return the phrases that stand in a node's text; count the others."""
        if not phrases:
            return []
        if position not in self._folded:
            self._folded[position] = _fold(self._texts[[position]].texts[0])
        text = self._folded[position]
        kept = [p for p in phrases if (folded := _fold(p)) and folded in text]
        report[kind] += len(phrases) - len(kept)
        return kept


def _fold(text: str) -> str:
    # Prompts write some signs of a text in full width, and a model copies them.
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(r"\s+", " ", plain).strip().casefold()
