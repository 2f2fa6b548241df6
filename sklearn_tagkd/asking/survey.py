"""One survey among the nodes of a graph: who is asked, in which rounds, and what."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.descriptions import described_classes
from sklearn_tagkd.asking.questions import (
    build_questions,
    class_examples,
)
from sklearn_tagkd.asking.selection import STRATEGIES, AutoSelection, select_nodes
from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["Survey"]

_MOST_SLOW_ROUNDS = 2
_DESCRIPTION = "a word " * 20  # as long as one sentence about a class


@dataclass(frozen=True)
class Survey:
    """A survey that is ready to begin.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes may be asked about.
    client : object with ``ask``
        Who answers.
    classes : mapping of str to str
        Names of classes with their descriptions.
    labels : ndarray of shape (n_classes,)
        Sorted labels that the names stand for.
    labelled : mapping of int to str
        Position to name of the class, where a true label is known.
    selection : str or callable
        A strategy of :func:`~sklearn_tagkd.selection.select_nodes`. One with an
        attribute ``n_rounds`` is asked that many times, each time with the answers
        so far.
    max_nodes : int or None
        Most nodes to ask about.
    max_neighbors : int
        Most linked nodes to show per question.
    max_per_class : int or None
        Most nodes per class.
    n_examples : int
        Labelled texts per class to show in every prompt.
    encoder : str or object with ``encode``
        What embeds texts for a strategy that is named.
    random_state : int, RandomState instance or None
        Chooses nodes and examples.
    profiles : ProfileTable or None, default=None
        What is known of the classes.
    audited : ndarray of int64 of shape (n_audited,), default=()
        Labelled nodes that the first round asks about whatever the strategy says.
    """

    graph: TextGraph
    client: Any
    classes: Mapping[str, str]
    labels: NDArray[Any]
    labelled: Mapping[int, str]
    selection: Any
    max_nodes: int | None
    max_neighbors: int
    max_per_class: int | None
    n_examples: int
    encoder: Any
    random_state: Any
    profiles: ProfileTable | None = None
    audited: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64)
    )

    def with_profiles(self, profiles: ProfileTable) -> Survey:
        """Return the same survey of somebody who knows the classes.

        Parameters
        ----------
        profiles : ProfileTable
            What is known of them.

        Returns
        -------
        Survey
            Questions have the descriptions where the user described no class, as far
            as there is room.
        """
        names = map(str, profiles.classes.tolist())
        known = dict(zip(names, profiles.descriptions, strict=True))
        classes = described_classes(self.classes, known, self.client)
        return replace(self, profiles=profiles, classes=classes)

    def expecting_descriptions(self) -> Survey:
        """Return the same survey with a stand-in for each description that is to come.

        Returns
        -------
        Survey
            Its questions are about as long as they will be.
        """
        stand_ins = dict.fromkeys(self.classes, _DESCRIPTION)
        classes = described_classes(self.classes, stand_ins, self.client)
        return replace(self, classes=classes)

    def questions(self) -> list[Question]:
        """Return what would be asked, were there one round.

        Returns
        -------
        list of Question
            One per node. With several rounds the later ones turn to other nodes,
            which nobody can know before; there are as many.
        """
        return self.ask_about(self.choose(self.max_nodes))

    def count_passed_over(self) -> dict[str, int]:
        """Count what cannot be asked about.

        Returns
        -------
        dict of str to int
            ``unknown_node``: nodes that the client can answer and the graph does not
            hold; ``no_text``: nodes of the view without a text and without a linked
            one; and what the client itself reports of its answers.
        """
        told = getattr(self.client, "report", None)
        found = {} if self.max_nodes == 0 else self._candidates[1]
        return {**found, **(told if isinstance(told, Mapping) else {})}

    def round_sizes(self, in_rounds: bool) -> list[int | None]:
        """Return how many nodes each round asks about.

        Parameters
        ----------
        in_rounds : bool
            Whether there are to be rounds even where the strategy needs none.

        Returns
        -------
        list of int or None
            None is all there are. Empty where nobody is to be asked about.
        """
        if self.max_nodes == 0:
            return []
        selection = self.selection
        strategy = STRATEGIES[selection] if isinstance(selection, str) else selection
        n_there = len(self._candidates[0])
        wanted = n_there if self.max_nodes is None else min(self.max_nodes, n_there)
        # Where all are asked about, their order is of no consequence.
        has_choice = wanted < n_there and self.max_nodes is not None
        if hasattr(strategy, "round_ends") or in_rounds:
            if not (has_choice or in_rounds):
                return [self.max_nodes]
            planner = strategy if hasattr(strategy, "round_ends") else AutoSelection()
            # A batch takes up to a day, whatever its size.
            is_slow = getattr(self.client, "mode", "live") == "batch"
            most = _MOST_SLOW_ROUNDS if is_slow else wanted
            planned = [0, *planner.round_ends(wanted, most)]
            return np.diff(planned).tolist() if wanted else [self.max_nodes]
        n_rounds: int = getattr(strategy, "n_rounds", 1)
        if self.max_nodes is None or n_rounds < 2:
            return [self.max_nodes]
        ends = np.linspace(0, self.max_nodes, min(n_rounds, self.max_nodes) + 1)
        return [int(size) for size in np.diff(ends.round())]

    def choose(
        self,
        n_wanted: int | None,
        asked: NDArray[np.int64] | None = None,
        answered: RationaleTable | None = None,
    ) -> NDArray[np.int64]:
        """Choose whom to ask about next.

        Parameters
        ----------
        n_wanted : int or None
            Most nodes; None is all.
        asked : ndarray of int64 of shape (n_asked,), default=None
            Positions that were asked about.
        answered : RationaleTable, default=None
            Answers so far.

        Returns
        -------
        ndarray of int64 of shape (n_chosen,)
            Positions, ascending.
        """
        if n_wanted == 0:
            return np.empty(0, dtype=np.int64)
        known = dict(self.labelled)
        if answered is not None:  # what the model said counts towards the quotas too
            best = self.labels[answered.probabilities.argmax(axis=1)]
            told = zip(answered.positions.tolist(), map(str, best), strict=True)
            known = dict(told) | known
        candidates, _, pool = self._candidates
        first = self.audited[:0]
        if asked is None or not len(asked):
            first = np.intersect1d(self.audited, candidates)[:n_wanted]
            asked = first
            n_wanted = None if n_wanted is None else n_wanted - len(first)
            if n_wanted == 0:
                return first
        chosen = select_nodes(
            self.graph,
            candidates,
            n_wanted,
            strategy=self.selection,
            random_state=self.random_state,
            encoder=self.encoder,
            max_per_class=self.max_per_class,
            classes=self.classes,
            known=known,
            asked=asked,
            answered=answered,
            pool=pool,
            profiles=self.profiles,
        )
        return np.union1d(first, chosen)

    @cached_property
    def has_text(self) -> NDArray[np.bool_]:
        """Which nodes of the parent have a text."""
        return nodes_with_text(self.graph)

    @property
    def candidates(self) -> NDArray[np.int64]:
        """Nodes of the view that can be asked about: positions, ascending."""
        return self._candidates[0]

    @cached_property
    def _candidates(
        self,
    ) -> tuple[NDArray[np.int64], dict[str, int], NDArray[np.int64]]:
        """Return whom to ask about, a count of what cannot be, and whom of all."""
        candidates = np.unique(self.graph.rows)
        answerable = getattr(self.client, "answerable_nodes", None)
        if answerable is None:
            can_be_read = nodes_to_read(self.graph, self.has_text, self.max_neighbors)
            readable = self._readable(candidates, can_be_read)
            n_left_out = len(candidates) - len(readable)
            return readable, {"no_text": n_left_out}, np.flatnonzero(can_be_read)
        known = self.graph.positions(answerable)
        n_unknown = int((known < 0).sum())
        if n_unknown == len(known):
            raise ValueError(
                f"None of the {len(known)} nodes that {self.client!r} can answer is "
                f"in the graph. Its ids are {_kind(answerable)}, the graph's are "
                f"{_kind(self.graph.node_ids[:1])}; give the graph the same node_ids."
            )
        pool = np.unique(known[known >= 0])
        return np.intersect1d(candidates, pool), {"unknown_node": n_unknown}, pool

    def _readable(
        self, candidates: NDArray[np.int64], can_be_read: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the nodes that a question has something to show of."""
        readable = candidates[can_be_read[candidates]]
        if len(candidates) and not len(readable):
            where = "selected nodes have" if self.has_text.any() else "graph has"
            raise ValueError(
                f"The {where} no texts, so that there is nothing to ask a language "
                "model about. Give texts, one per node: TextGraph(texts, edges); or "
                "leave this step out, and learn from y."
            )
        n_left_out = len(candidates) - len(readable)
        if 2 * n_left_out > len(candidates):
            warnings.warn(
                f"{n_left_out} of {len(candidates)} nodes have no text, nor a linked "
                "node with one, and are not asked about. Were texts lost on the way?",
                RationaleWarning,
                stacklevel=2,
            )
        return readable

    def ask_about(self, positions: NDArray[np.int64]) -> list[Question]:
        """Return the questions about some nodes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_nodes,)
            Nodes.

        Returns
        -------
        list of Question
            One per node.
        """
        questions = build_questions(
            self.graph, positions, self.classes, self.max_neighbors, self.has_text
        )
        if not self.n_examples:
            return questions
        return class_examples(
            self.graph, questions, self.labelled, self.n_examples, self.random_state
        )


def _kind(ids: Any) -> str:
    first: Hashable = next(iter(ids), None)
    first = first.item() if isinstance(first, np.generic) else first
    return f"{type(first).__name__} such as {first!r}"
