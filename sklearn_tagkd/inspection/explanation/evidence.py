"""What carries a node's label: things taken away, and what is left of its margin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.explanation.candidates import (
    heaviest_senders,
    links_within,
)
from sklearn_tagkd.inspection.explanation.lessons import Lessons
from sklearn_tagkd.inspection.explanation.phrases import Phrase
from sklearn_tagkd.inspection.explanation.result import Evidence
from sklearn_tagkd.inspection.explanation.what_if import NodeChanges
from sklearn_tagkd.inspection.reading import Reading
from sklearn_tagkd.inspection.removal.change import Change, weights_at
from sklearn_tagkd.rationales import Rationale, RationaleTable

__all__ = ["NodeEvidence", "plain", "rationale_of"]

_MOST_NEIGHBORS = 32  # taken away one by one
_FEWEST_LINKS = 16  # taken away one by one, of those that promise most
_NO_LINKS = np.empty((0, 2), dtype=np.int64)
_NEVER_TOLD = (
    "Which answers taught the model is not known here: a file holds none. Give the "
    "graph with them: graph.annotated(rationales=table)."
)
_NONE_TAUGHT = "No answer about a node taught the model: it learnt from {}."

Effects = tuple[NDArray[np.int64], NDArray[np.float64]]


class NodeEvidence:
    """What carries the label of a node.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    node : int
        Its position in the parent.
    node_ids : ndarray of shape (n_parent_nodes,)
        Ids of all nodes.
    budget : int
        Most things to name of each kind.
    """

    def __init__(
        self, reading: Reading, node: int, node_ids: NDArray[Any], budget: int
    ) -> None:
        self.reading, self._node, self._ids = reading, node, node_ids
        self._budget = budget
        self.changes = NodeChanges(reading, node)
        self.notes: list[str] = []
        logits = self.changes.field.outcomes([self.changes.nothing()])[0]
        order = np.argsort(-logits, kind="stable")
        self.best, self.second = int(order[0]), int(order[min(1, len(order) - 1)])
        self.margin = float(logits[self.best] - logits[self.second])
        if self.changes.field.share < 1 - 1e-5:
            self.notes.append(
                "Of what the node hears, effects are of the nodes that say "
                f"{100 * self.changes.field.share:.2f}%; it hears more than are looked "
                "at."
            )

    @property
    def sees_links(self) -> bool:
        """Whether links are of any consequence."""
        return self.reading.sees_links

    def effects(self, changes: list[Change]) -> NDArray[np.float64]:
        """Return by how much the margin falls with each change.

        Parameters
        ----------
        changes : list of Change
            One at a time.

        Returns
        -------
        ndarray of float64 of shape (n_changes,)
            Below 0 where it grows.
        """
        said = self.changes.field.outcomes(changes)
        left: NDArray[np.float64] = said[:, self.best] - said[:, self.second]
        return self.margin - left

    def words(
        self, phrases: list[Phrase], rows: NDArray[np.float32]
    ) -> tuple[Evidence, ...]:
        """Find the phrases that carry the label.

        Parameters
        ----------
        phrases : list of Phrase
            Of the node's text.
        rows : ndarray of float32 of shape (n_phrases, n_dimensions)
            The text without each.

        Returns
        -------
        tuple of Evidence
            Most first.
        """
        if not phrases:
            self.notes.append("Words: the node has no text that the model reads.")
            return ()
        effects = self.word_effects(rows)
        self.notes.append(
            f"Words: {len(phrases)} phrases; the text was embedded anew without each."
        )
        return tuple(
            Evidence(phrases[place].words, float(effects[place]))
            for place in self._first(effects)
        )

    def word_effects(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return by how much the margin falls with each other text.

        Parameters
        ----------
        rows : ndarray of float32 of shape (n_texts, n_dimensions)
            Of the other texts.

        Returns
        -------
        ndarray of float64 of shape (n_texts,)
            Below 0 where it grows.
        """
        return self.effects([self.changes.cut(_NO_LINKS, row) for row in rows])

    def neighbors(self) -> tuple[Evidence, ...]:
        """Find the linked nodes that carry the label; each is taken away whole.

        Returns
        -------
        tuple of Evidence
            Most first, with the weights of their links.
        """
        if not self.reading.sees_links:
            return ()
        most = max(_MOST_NEIGHBORS, self._budget)
        senders, weights, n_all = heaviest_senders(self.reading, self._node, most)
        if n_all > len(senders):
            self.notes.append(
                f"Linked nodes: the {len(senders)} of {n_all} with the heaviest links."
            )
        effects = self.neighbor_effects(senders)
        return tuple(
            Evidence(self._id(senders[place]), float(effects[place]), weights[place])
            for place in self._first(effects)
        )

    def neighbor_effects(self, others: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return by how much the margin falls without each of some nodes.

        Parameters
        ----------
        others : ndarray of int64 of shape (n_others,)
            Positions of linked nodes.

        Returns
        -------
        ndarray of float64 of shape (n_others,)
            Below 0 where it grows.
        """
        cut = [self.changes.cut_neighbor(other) for other in others.tolist()]
        return self.effects(cut)

    def links(self, reach: int) -> tuple[Evidence, ...]:
        """Find the links that carry the label.

        Parameters
        ----------
        reach : {1, 2}
            Whose links: the node's own, or its neighbours' too.

        Returns
        -------
        tuple of Evidence
            Most first; each from sender to receiver.
        """
        if not self.reading.sees_links:
            self.notes.append("Links: an 'mlp' looks at none.")
            return ()
        pairs, n_all = links_within(self.reading, self._node, reach)
        chosen, effects = self.link_effects(pairs)
        told = f"Links: {len(effects)} of {n_all} were taken away"
        told += "." if n_all == len(effects) else ", those that promise most"
        if len(pairs) < n_all:
            told += f" of the {len(pairs)} heaviest"
        self.notes.append(told.rstrip(".") + ".")
        weights = weights_at(self.reading.inputs.links, *pairs[chosen].T)
        return tuple(
            Evidence(
                tuple(self._id(end) for end in pairs[chosen[place], ::-1]),
                float(effects[place]),
                float(weights[place]),
            )
            for place in self._first(effects)
        )

    def link_effects(self, pairs: NDArray[np.int64]) -> Effects:
        """Take the links away that promise most, one by one.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender.

        Returns
        -------
        places : ndarray of int64 of shape (n_taken,)
            Which ones.
        effects : ndarray of float64 of shape (n_taken,)
            By how much the margin falls without each.
        """
        if not len(pairs):
            return np.empty(0, dtype=np.int64), np.empty(0)
        field = self.changes.field
        guess = field.estimates(pairs, self.best, self.second)
        if not self.reading.graph.directed:
            guess = guess + field.estimates(pairs[:, ::-1], self.best, self.second)
        most = max(_FEWEST_LINKS, 2 * self._budget)
        chosen = np.argsort(-guess, kind="stable")[:most]
        cut = [self.changes.cut(pairs[[place]]) for place in chosen]
        return chosen, self.effects(cut)

    def taught_by(self, lessons: Lessons | None) -> tuple[Evidence, ...]:
        """Find the answers that taught the label.

        Parameters
        ----------
        lessons : Lessons or None
            None where no answers are known.

        Returns
        -------
        tuple of Evidence
            Most first, with what the language model said.
        """
        if lessons is None:
            self.notes.append(_why_untold(self.reading))
            return ()
        effects = lessons.effects(self._node, self.best, self.second)
        return tuple(
            Evidence(
                self._id(lessons.table.positions[place]),
                float(effects[place]),
                None,
                rationale_of(lessons.table, int(place), self._ids),
            )
            for place in self._first(effects)
        )

    def _first(self, effects: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the places of the greatest effects, none that is 0 or less."""
        order = np.argsort(-effects, kind="stable")[: self._budget]
        return order[effects[order] > 0]

    def _id(self, position: Any) -> Any:
        return plain(self._ids[int(position)])


def rationale_of(table: RationaleTable, row: int, node_ids: NDArray[Any]) -> Rationale:
    """Return one answer of a table as a record.

    Parameters
    ----------
    table : RationaleTable
        Of a graph.
    row : int
        Which answer.
    node_ids : ndarray of shape (n_parent_nodes,)
        Ids of all nodes.

    Returns
    -------
    Rationale
        With its reasons.
    """
    one = np.zeros(len(table), dtype=bool)
    one[row] = True
    return table.select(one).to_records(node_ids)[0]


def plain(value: Any) -> Any:
    """Return what a numpy scalar holds.

    Parameters
    ----------
    value : object
        An id or a label.

    Returns
    -------
    object
        Python's own.
    """
    return value.item() if isinstance(value, np.generic) else value


def _why_untold(reading: Reading) -> str:
    if reading.step.supervision == "y":
        return _NONE_TAUGHT.format("labels alone")
    if reading.learnt_from is not None and not len(reading.learnt_from):
        return _NONE_TAUGHT.format("class profiles or labels")
    return _NEVER_TOLD
