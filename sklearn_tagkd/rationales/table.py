"""Checked answers as columns, aligned to the positions of the parent graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.rationales.phrases import PhraseLists
from sklearn_tagkd.rationales.record import KeyNeighbor, Rationale
from sklearn_tagkd.utils.extras import asking_for

if TYPE_CHECKING:
    from sklearn_tagkd.graph import TextGraph

__all__ = ["RationaleTable"]


@dataclass(frozen=True, eq=False, repr=False)
class RationaleTable:
    """Rationales that passed the checks, one row per answered node.

    Neighbours are stored as pairs: the row of the answer they belong to, and
    the position of the linked node in the parent.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted class labels; the columns of ``probabilities``.
    positions : ndarray of int64 of shape (n_answers,)
        Positions of the answered nodes, ascending.
    probabilities : ndarray of float64 of shape (n_answers, n_classes)
        Rows sum to 1.
    keywords : PhraseLists of length n_answers
        Phrases of the node's own text.
    explanations : PackedStrings of length n_answers
        One sentence each.
    shown_row, shown_node : ndarray of int64 of shape (n_shown,)
        Pairs (answer, linked node that was part of the question).
    key_row, key_node : ndarray of int64 of shape (n_key,)
        Pairs (answer, linked node that carried evidence); all are shown pairs.
    messages : PhraseLists of length n_key
        Phrases of the key neighbour's text; may be empty.
    abstained : mapping of int to str
        Position of a node that was asked in vain, to the reason.
    report : mapping of str to int
        How many things the checks dropped, by kind; kinds at 0 left out.

    Examples
    --------
    >>> from sklearn_tagkd import LLMRationaleTransformer, datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> step = LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=70)
    >>> table = step.fit_transform(docs.graph).annotations["rationales"]
    >>> table.probabilities.shape
    (70, 16)
    >>> record = table.to_records(docs.graph.node_ids)[0]  # as it was answered
    >>> sorted(record.probabilities, key=record.probabilities.get)[-1] in table.classes
    True
    """

    classes: NDArray[Any]
    positions: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    keywords: PhraseLists
    explanations: PackedStrings
    shown_row: NDArray[np.int64]
    shown_node: NDArray[np.int64]
    key_row: NDArray[np.int64]
    key_node: NDArray[np.int64]
    messages: PhraseLists
    abstained: Mapping[int, str]
    report: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        return (
            f"RationaleTable(answers={len(self)}, abstentions={len(self.abstained)}, "
            f"classes={len(self.classes)}, key_neighbors={len(self.key_row)})"
        )

    @property
    def passed_over(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs that were shown and not named as key: rows and nodes."""
        span = 1 + max(self.shown_node.max(initial=0), self.key_node.max(initial=0))
        shown = self.shown_row * span + self.shown_node
        key = self.key_row * span + self.key_node
        rejected = ~np.isin(shown, key)
        return self.shown_row[rejected], self.shown_node[rejected]

    def select(self, keep: NDArray[np.bool_]) -> RationaleTable:
        """Return some of the answers.

        Parameters
        ----------
        keep : ndarray of bool of shape (n_answers,)
            Which ones.

        Returns
        -------
        RationaleTable
            Those answers with their neighbours.
        """
        if keep.all():
            return self
        rows = np.flatnonzero(keep)
        new_row = np.full(len(self), -1, dtype=np.int64)
        new_row[rows] = np.arange(len(rows))
        shown, key = keep[self.shown_row], np.flatnonzero(keep[self.key_row])
        return replace(
            self,
            positions=self.positions[rows],
            probabilities=self.probabilities[rows],
            keywords=self.keywords.take(rows),
            explanations=PackedStrings.pack(self.explanations.take(rows)),
            shown_row=new_row[self.shown_row[shown]],
            shown_node=self.shown_node[shown],
            key_row=new_row[self.key_row[key]],
            key_node=self.key_node[key],
            messages=self.messages.take(key),
        )

    def restrict(self, positions: NDArray[np.int64], n_nodes: int) -> RationaleTable:
        """Return what is left when only some nodes of the graph are kept.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Old positions of the kept nodes, in their new order.
        n_nodes : int
            Number of nodes before.

        Returns
        -------
        RationaleTable
            Aligned to the new positions.
        """
        new = np.full(n_nodes, -1, dtype=np.int64)
        new[positions] = np.arange(len(positions))
        kept = self.select(new[self.positions] >= 0)
        shown = new[kept.shown_node] >= 0
        key = np.flatnonzero(new[kept.key_node] >= 0)
        # Ascending order is part of the contract; new positions may permute it.
        order = np.argsort(new[kept.positions], kind="stable")
        rank = np.argsort(order)
        return replace(
            kept,
            positions=new[kept.positions][order],
            probabilities=kept.probabilities[order],
            keywords=kept.keywords.take(order),
            explanations=PackedStrings.pack(kept.explanations.take(order)),
            shown_row=rank[kept.shown_row[shown]],
            shown_node=new[kept.shown_node[shown]],
            key_row=rank[kept.key_row[key]],
            key_node=new[kept.key_node[key]],
            messages=kept.messages.take(key),
            abstained={
                int(new[position]): reason
                for position, reason in self.abstained.items()
                if new[position] >= 0
            },
        )

    def extended(self, n_nodes: int) -> RationaleTable:
        """Return what holds once nodes are appended.

        Parameters
        ----------
        n_nodes : int
            Number of nodes after.

        Returns
        -------
        RationaleTable
            The same: answers stand at positions, and these stay.
        """
        return self

    def to_records(self, node_ids: NDArray[Any]) -> list[Rationale]:
        """Return the answers as records, to read or to write to a file.

        Parameters
        ----------
        node_ids : ndarray of shape (n_parent_nodes,)
            Ids of the *parent's* nodes: ``graph.parent.node_ids``.

        Returns
        -------
        list of Rationale
            One per answer.
        """
        shown: list[list[Any]] = [[] for _ in range(len(self))]
        neighbors: list[list[KeyNeighbor]] = [[] for _ in range(len(self))]
        for row, node in zip(self.shown_row, self.shown_node, strict=True):
            shown[row].append(node_ids[node])
        for row, node, message in zip(
            self.key_row, self.key_node, self.messages, strict=True
        ):
            neighbors[row].append(KeyNeighbor(node_ids[node], tuple(message)))
        return [
            Rationale(
                node=node_ids[position],
                probabilities={
                    str(label): float(p)
                    for label, p in zip(self.classes, probabilities, strict=True)
                    if p > 0
                },
                shown=tuple(shown[row]),
                keywords=tuple(self.keywords[row]),
                neighbors=tuple(neighbors[row]),
                explanation=self.explanations[row],
            )
            for row, (position, probabilities) in enumerate(
                zip(self.positions, self.probabilities, strict=True)
            )
        ]

    def to_frame(self, graph: TextGraph | None = None) -> Any:
        """Return the answers as a table; it holds phrases of texts.

        Parameters
        ----------
        graph : TextGraph, default=None
            The graph they are about, any view of it: nodes are then named by their ids,
            else by their positions in the parent.

        Returns
        -------
        pandas.DataFrame
            A row per answer, ascending by position: ``node``, ``label`` (the top
            class), ``probability`` (of it), ``keywords``, ``key_neighbors``,
            ``key_messages`` (a list of phrases per key neighbour), ``explanation``.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        ValueError
            If the graph is smaller than the one they are about.

        Examples
        --------
        >>> from sklearn_tagkd import TextGraph
        >>> from sklearn_tagkd.rationales import Rationale, check_rationales
        >>> graph = TextGraph(["a late goal", "the vote"], [], node_ids=["x", "y"])
        >>> said = [Rationale("x", {"sport": 1.0}, keywords=("goal",))]
        >>> table = check_rationales(said, graph, ["politics", "sport"])
        >>> table.to_frame(graph)[["node", "label", "keywords"]].values.tolist()
        [['x', 'sport', ['goal']]]
        """
        with asking_for("demo", "A table of rationales"):
            import pandas as pd
        last = max(part.max(initial=-1) for part in (self.positions, self.key_node))
        if graph is not None and last >= len(graph.parent):
            raise ValueError(
                f"The rationales are about a graph of at least {last + 1} nodes; this "
                f"one has {len(graph.parent)}. Give the graph that was asked about."
            )
        ids = np.arange(last + 1) if graph is None else graph.parent.node_ids
        best = self.probabilities.argmax(axis=1)
        records = self.to_records(ids)
        return pd.DataFrame(
            {
                "node": [record.node for record in records],
                "label": self.classes[best],
                "probability": self.probabilities[np.arange(len(self)), best],
                "keywords": [list(record.keywords) for record in records],
                "key_neighbors": [[n.node for n in r.neighbors] for r in records],
                "key_messages": [
                    [list(n.keywords) for n in r.neighbors] for r in records
                ],
                "explanation": [record.explanation for record in records],
            }
        )
