"""One survey among the nodes of a graph: who is asked, in which rounds, and what."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.questions import (
    build_questions,
    class_examples,
    describe_classes,
)
from sklearn_tagkd.asking.selection import STRATEGIES, select_nodes
from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
from sklearn_tagkd.estimators.label_codes import decode_labels
from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question, Usage, as_client, ask_once
from sklearn_tagkd.rationales import (
    Abstention,
    Rationale,
    RationaleTable,
    check_rationales,
)

__all__ = ["Survey", "SurveyResult", "prepare_survey"]


@dataclass(frozen=True)
class SurveyResult:
    """What a survey brought.

    Parameters
    ----------
    table : RationaleTable
        Answers that passed the checks.
    n_asked : int
        Nodes that were asked about.
    usage : dict of str to object
        What asking took, all rounds together; empty with a client that does not
        count.
    """

    table: RationaleTable
    n_asked: int
    usage: dict[str, Any]


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

    def questions(self) -> list[Question]:
        """Return what would be asked, were there one round.

        Returns
        -------
        list of Question
            One per node. With several rounds the later ones turn to other nodes,
            which nobody can know before; there are as many.
        """
        return self._questions(self._choose(self.max_nodes))

    def run(self, max_cost: float | None) -> SurveyResult:
        """Ask.

        Parameters
        ----------
        max_cost : float or None
            US dollars that all rounds together may spend at most.

        Returns
        -------
        SurveyResult
            What came of it.
        """
        answers: list[Rationale | Abstention] = []
        asked = np.empty(0, dtype=np.int64)
        total: Usage | None = None
        table: RationaleTable | None = None
        for n_wanted in self._round_sizes():
            chosen = self._choose(n_wanted, asked, table)
            spent = 0.0 if total is None else total.cost or 0.0
            left = None if max_cost is None else max(0.0, max_cost - spent)
            came = ask_once(self.client, self._questions(chosen), max_cost=left)
            usage = getattr(came, "usage", None)
            if usage is not None:
                total = usage if total is None else total + usage
            answers += came
            asked = np.concatenate([asked, chosen])
            table = check_rationales(answers, self.graph, self.labels)
        assert table is not None  # there is at least one round
        return SurveyResult(table, len(asked), {} if total is None else total.to_dict())

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
        return {**self._candidates[1], **(told if isinstance(told, Mapping) else {})}

    def _round_sizes(self) -> list[int | None]:
        """Return how many nodes each round asks about; None is all there are."""
        selection = self.selection
        strategy = STRATEGIES[selection] if isinstance(selection, str) else selection
        n_rounds: int = getattr(strategy, "n_rounds", 1)
        if self.max_nodes is None or n_rounds < 2:
            return [self.max_nodes]
        ends = np.linspace(0, self.max_nodes, min(n_rounds, self.max_nodes) + 1)
        return [int(size) for size in np.diff(ends.round())]

    def _choose(
        self,
        n_wanted: int | None,
        asked: NDArray[np.int64] | None = None,
        answered: RationaleTable | None = None,
    ) -> NDArray[np.int64]:
        known = dict(self.labelled)
        if answered is not None:  # what the model said counts towards the quotas too
            best = self.labels[answered.probabilities.argmax(axis=1)]
            told = zip(answered.positions.tolist(), map(str, best), strict=True)
            known = dict(told) | known
        return select_nodes(
            self.graph,
            self._candidates[0],
            n_wanted,
            strategy=self.selection,
            random_state=self.random_state,
            encoder=self.encoder,
            max_per_class=self.max_per_class,
            classes=self.classes,
            known=known,
            asked=asked,
            answered=answered,
        )

    @cached_property
    def _has_text(self) -> NDArray[np.bool_]:
        return nodes_with_text(self.graph)

    @cached_property
    def _candidates(self) -> tuple[NDArray[np.int64], dict[str, int]]:
        """Return positions that can be answered, and a count of what cannot."""
        candidates = np.unique(self.graph.rows)
        answerable = getattr(self.client, "answerable_nodes", None)
        if answerable is None:
            readable = self._readable(candidates)
            return readable, {"no_text": len(candidates) - len(readable)}
        known = self.graph.positions(answerable)
        n_unknown = int((known < 0).sum())
        if n_unknown == len(known):
            raise ValueError(
                f"None of the {len(known)} nodes that {self.client!r} can answer is "
                f"in the graph. Its ids are {_kind(answerable)}, the graph's are "
                f"{_kind(self.graph.node_ids[:1])}; give the graph the same node_ids."
            )
        return np.intersect1d(candidates, known), {"unknown_node": n_unknown}

    def _readable(self, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nodes that a question has something to show of."""
        readable = candidates[
            nodes_to_read(self.graph, self._has_text, self.max_neighbors)[candidates]
        ]
        if len(candidates) and not len(readable):
            where = "selected nodes have" if self._has_text.any() else "graph has"
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

    def _questions(self, positions: NDArray[np.int64]) -> list[Question]:
        questions = build_questions(
            self.graph, positions, self.classes, self.max_neighbors, self._has_text
        )
        if not self.n_examples:
            return questions
        return class_examples(
            self.graph, questions, self.labelled, self.n_examples, self.random_state
        )


def prepare_survey(
    graph: TextGraph,
    y: Any,
    *,
    llm: Any,
    classes: Sequence[Any] | Mapping[Any, str] | None,
    max_per_class: int | None,
    n_examples: int,
    **options: Any,
) -> tuple[Survey, NDArray[Any]]:
    """Find out what classes there are, and which labels are known.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes may be asked about.
    y : array-like of shape (n_nodes,) or None
        True labels of the view.
    llm : object with ``ask``, callable or None
        Who answers.
    classes : sequence of labels, mapping of label to description, or None
        What the user says that a node can be.
    max_per_class, n_examples, **options : object
        As in :class:`Survey`.

    Returns
    -------
    survey : Survey
        Ready to begin.
    labels : ndarray of shape (n_classes,)
        Sorted labels, as they stand in ``y``.

    Raises
    ------
    TypeError
        If there is no graph.
    ValueError
        If there is nobody to ask, or nobody names a class.
    """
    if not isinstance(graph, TextGraph):
        raise TypeError(
            "A language model is asked about the nodes of a TextGraph; got X of type "
            f"{type(graph).__name__}: TextGraph(texts, edges)."
        )
    if llm is None:
        raise ValueError(
            "llm=None: there is nobody to ask. Pass llm=OpenAIClient(model), "
            "RecordedAnswers(path) or another client, or leave this step out. A fitted "
            "step that was saved does not hold a plain function: set_params(llm=...)."
        )
    y, codes = decode_labels(classes, y, len(graph))
    descriptions = describe_classes(classes, graph, y, llm)
    labelled = dict[int, str]()  # position to name of the class
    if y is not None and (max_per_class is not None or n_examples):
        labels, is_labelled = labelled_rows(y, len(graph))
        places = graph.rows[is_labelled].tolist()
        labelled = dict(zip(places, map(str, labels[is_labelled]), strict=True))
    sorted_labels = np.unique(np.asarray(list(descriptions)))
    survey = Survey(
        graph=graph,
        client=as_client(llm),
        classes={str(label): text for label, text in descriptions.items()},
        labels=sorted_labels,
        labelled=labelled,
        max_per_class=max_per_class,
        n_examples=n_examples,
        **options,
    )
    return survey, sorted_labels if codes is None else codes


def _kind(ids: Any) -> str:
    first: Hashable = next(iter(ids), None)
    return f"{type(first).__name__} such as {first!r}"
