"""Doubted answers: the same node asked about again, with sure answers as examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.ledger import Ledger
from sklearn_tagkd.asking.rounds import SurveyResult
from sklearn_tagkd.asking.selection.node_map import NodeMap, map_nodes
from sklearn_tagkd.asking.selection.quick_model import (
    hard_targets,
    held_out,
    learn_quickly,
    margin,
)
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.llm import Question
from sklearn_tagkd.rationales import RationaleTable, check_rationales

__all__ = ["MOST_EXAMPLES", "ask_again", "check_examples_fit", "questions_again"]

_FEWEST = 20  # answers, below which nobody contradicts them
_STRONGLY = 0.5  # by which another class is more probable than the one that was named
_EXAMPLES_PER_CLASS = 2  # of the class that was named, and of the one that is expected
MOST_EXAMPLES = 2 * _EXAMPLES_PER_CLASS


@dataclass(frozen=True, eq=False)
class _Doubts:
    """Answers, and what a model of other answers says of the same nodes.

    Parameters
    ----------
    on_map : NodeMap
        Where the nodes lie.
    positions : ndarray of int64 of shape (n_answers,)
        Nodes that were asked about.
    named, expected : ndarray of int64 of shape (n_answers,)
        Class by the answer, and by the model that has not seen it.
    ahead : ndarray of float64 of shape (n_answers,)
        By how much the model holds the one for more probable than the other.
    is_sure : ndarray of bool of shape (n_answers,)
        Whether the answer counts, and the model says the same as clearly.
    """

    on_map: NodeMap
    positions: NDArray[np.int64]
    named: NDArray[np.int64]
    expected: NDArray[np.int64]
    ahead: NDArray[np.float64]
    is_sure: NDArray[np.bool_]

    @classmethod
    def of(
        cls, survey: Survey, kept: RationaleTable, unconfirmed: RationaleTable | None
    ) -> _Doubts:
        """Hold each answer against a model of the others."""
        others = np.empty(0, dtype=np.int64)
        if unconfirmed is not None:
            others = np.setdiff1d(unconfirmed.positions, kept.positions)
        on_map = map_nodes(survey.graph, np.union1d(kept.positions, others))
        rows, targets = on_map.rows_of(kept.positions), kept.probabilities
        said = [held_out(rows, hard_targets(targets))]
        told = [targets.argmax(axis=1)]
        if unconfirmed is not None and len(others):
            said.append(learn_quickly(rows, targets, on_map.rows_of(others)))
            places = np.searchsorted(unconfirmed.positions, others)
            told.append(unconfirmed.probabilities[places].argmax(axis=1))
        model, named = np.concatenate(said), np.concatenate(told)
        expected = model.argmax(axis=1)
        each = np.arange(len(named))
        return cls(
            on_map,
            np.concatenate([kept.positions, others]),
            named,
            expected,
            model[each, expected] - model[each, named],
            (each < len(kept)) & (named == expected) & (margin(model) >= _STRONGLY),
        )

    def strongest(self, n_most: int) -> NDArray[np.int64]:
        """Return places of the answers that are doubted most, those first."""
        order = np.lexsort([self.positions, -self.ahead])
        return order[self.ahead[order] >= _STRONGLY][:n_most]

    def examples_for(
        self, place: int, sure: NDArray[np.int64], avoided: set[int]
    ) -> list[int]:
        """Return places of sure answers like the doubted one, of both classes."""
        rows = self.on_map.rows_of(self.positions[sure])
        here = self.on_map.rows_of(self.positions[[place]])[0]
        nearest = sure[np.argsort(-(rows @ here), kind="stable")]
        chosen: list[int] = []
        for code in sorted({int(self.named[place]), int(self.expected[place])}):
            of_class = nearest[self.named[nearest] == code].tolist()
            fit = [at for at in of_class if int(self.positions[at]) not in avoided]
            chosen += fit[:_EXAMPLES_PER_CLASS]
        return chosen


def ask_again(
    survey: Survey,
    result: SurveyResult,
    n_most: int,
    ledger: Ledger,
) -> SurveyResult:
    """Ask again where answers are strongly contradicted by what the others teach.

    The question shows a few answers that are not: texts of nodes like this one, of the
    class that was named and of the one that is expected. A second answer that can be
    used takes the place of the first.

    Parameters
    ----------
    survey : Survey
        Who is asked.
    result : SurveyResult
        What came of asking once; what a cheap client said and does not count can be
        doubted too.
    n_most : int
        Most nodes to ask about again.
    ledger : Ledger
        Pays.

    Returns
    -------
    SurveyResult
        Its report counts ``'asked_again'``, ``'answer_changed'`` where another class
        was named, and ``'again abstained: <reason>'``.
    """
    table = result.table
    if not n_most or len(table) < _FEWEST:
        return result
    doubts = _Doubts.of(survey, table, result.unconfirmed)
    questions = _questions(survey, doubts, doubts.strongest(n_most))
    if not questions:
        return result
    came = ledger.ask(survey.client, questions)
    second = check_rationales(came, survey.graph, survey.labels)
    usable = set(survey.graph.parent[second.positions].node_ids.tolist())
    answers = [one for one in result.answers if one.node not in usable]
    answers += [one for one in came if one.node in usable]
    before = dict(zip(doubts.positions.tolist(), doubts.named.tolist(), strict=True))
    after = second.probabilities.argmax(axis=1).tolist()
    changed = [
        before[position] != code
        for position, code in zip(second.positions.tolist(), after, strict=True)
    ]
    refused = Counter(
        f"again abstained: {reason}" for reason in second.abstained.values()
    )
    counted = {"asked_again": len(questions), "answer_changed": sum(changed)}
    return replace(
        result,
        answers=answers,
        table=check_rationales(answers, survey.graph, survey.labels),
        stop_reason=f"{result.stop_reason}; {len(questions)} asked about again",
        report=result.report | counted | refused,
    )


def check_examples_fit(survey: Survey) -> None:
    """See whether a prompt has room for examples, before anything is paid for.

    Parameters
    ----------
    survey : Survey
        Who is asked.

    Raises
    ------
    PromptTemplateError
        If the user's own template has no place for examples.
    ValueError
        If they do not fit into the prompt.
    """
    if hasattr(survey.client, "plan"):
        some = survey.ask_about(survey.candidates[: 2 * MOST_EXAMPLES])
        survey.client.plan(questions_again(survey, some, 1))


def questions_again(
    survey: Survey, questions: list[Question], n_most: int
) -> list[Question]:
    """Return questions as long and as many as those that might be asked again.

    Which nodes will be in doubt, and which answers sure, nobody knows before.

    Parameters
    ----------
    survey : Survey
        Who is asked.
    questions : list of Question
        What is asked once.
    n_most : int
        Most nodes to ask about again.

    Returns
    -------
    list of Question
        The first ones, with texts of the next ones as examples.
    """
    again = []
    names = list(survey.classes)
    for number in range(min(n_most, len(questions))):
        question = questions[number]
        shown = {question.node, *question.neighbors}
        around = [
            questions[(number + step) % len(questions)]
            for step in range(1, 2 * MOST_EXAMPLES + 1)
        ]
        texts = [
            other.text for other in around if other.node not in shown and other.text
        ][:MOST_EXAMPLES]
        examples = tuple(
            (text, names[at % len(names)]) for at, text in enumerate(texts)
        )
        again.append(replace(question, examples=question.examples + examples))
    return again


def _questions(
    survey: Survey, doubts: _Doubts, places: NDArray[np.int64]
) -> list[Question]:
    parent: Any = survey.graph.parent
    questions = survey.ask_about(doubts.positions[places])
    sure = np.flatnonzero(doubts.is_sure & survey.has_text[doubts.positions])
    filled = []
    for place, question in zip(places.tolist(), questions, strict=True):
        nearby = survey.graph.positions([question.node, *question.neighbors])
        chosen = doubts.examples_for(place, sure, set(nearby.tolist()))
        if not chosen:  # the question would be the same
            continue
        texts = parent[doubts.positions[chosen]].texts
        names = map(str, survey.labels[doubts.named[chosen]])
        examples = tuple(zip(texts, names, strict=True))
        filled.append(replace(question, examples=question.examples + examples))
    return filled
