"""About how many tokens it takes to ask a language model for a lesson."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.benchmark.charges import Charge
from sklearn_tagkd.commands.benchmark.methods.lessons import Lesson
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import ClassQuestion, Price, PromptTemplates, Question
from sklearn_tagkd.llm.prompting.class_prompt import class_messages
from sklearn_tagkd.llm.prompting.tokens import estimate_tokens
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["TokenCounts", "charge_profiles"]

_MOST_OF_A_PROFILE = 2_000  # tokens of an answer about a class


@dataclass(frozen=True)
class TokenCounts:
    """Estimated tokens of asking about nodes, one by one, with our own prompt.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_answers,)
        Positions of the nodes, ascending.
    prompt : ndarray of int64 of shape (n_answers,)
        Tokens of the prompt.
    answer : dict of str to ndarray of int64 of shape (n_answers,)
        Tokens of an answer that has the top class (''hard''), the probabilities
        (''soft'') or all reasons too (''rationale'') in it.
    price : Price
        What a token costs.
    """

    positions: NDArray[np.int64]
    prompt: NDArray[np.int64]
    answer: dict[str, NDArray[np.int64]]
    price: Price

    @classmethod
    def estimate(
        cls, graph: TextGraph, table: RationaleTable, price: Price
    ) -> TokenCounts:
        """Count the tokens of prompts and recorded answers.

        Parameters
        ----------
        graph : TextGraph
            The graph.
        table : RationaleTable
            All answers.
        price : Price
            What a token costs.

        Returns
        -------
        TokenCounts
            One figure per answer and kind.
        """
        answers = [_answer(table, row) for row in range(len(table))]
        kinds = {
            "hard": ["label"],
            "soft": ["probabilities"],
            "rationale": ["probabilities", "keywords", "neighbors", "explanation"],
        }
        counted = {
            kind: np.array(
                [
                    estimate_tokens(
                        json.dumps({field: said[field] for field in fields})
                    )
                    for said in answers
                ],
                dtype=np.int64,
            )
            for kind, fields in kinds.items()
        }
        return cls(table.positions, _count_prompts(graph, table), counted, price)

    def charge(self, positions: NDArray[np.int64], lesson: Lesson) -> Charge:
        """Return what a lesson about some nodes takes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_nodes,)
            Answered nodes.
        lesson : Lesson
            What is asked for; a lesson with any reason is counted with all of them.

        Returns
        -------
        Charge
            Prompts and answers; nothing for true labels, which no model gives.
        """
        if lesson.labels == "true":
            return Charge()
        kind = "rationale" if lesson.reasons else lesson.labels
        rows = np.searchsorted(self.positions, positions)
        asked, told = int(self.prompt[rows].sum()), int(self.answer[kind][rows].sum())
        return Charge(len(rows), asked + told, self.price.of(asked, told))


def charge_profiles(
    profiles: ProfileTable, classes: NDArray[np.str_], price: Price
) -> Charge:
    """Return what asking for class profiles takes.

    Parameters
    ----------
    profiles : ProfileTable
        The answers.
    classes : ndarray of str of shape (n_classes,)
        Names of the classes.
    price : Price
        What a token costs.

    Returns
    -------
    Charge
        One request per class.
    """
    named = dict.fromkeys(map(str, classes), "")
    prompts = [
        part["content"]
        for name in named
        for part in class_messages(ClassQuestion.about(name, named), _MOST_OF_A_PROFILE)
    ]
    answers = [
        json.dumps([one.description, one.keywords, one.documents])
        for one in profiles.to_records()
    ]
    asked, told = (sum(map(estimate_tokens, texts)) for texts in (prompts, answers))
    return Charge(len(named), asked + told, price.of(asked, told))


def _answer(table: RationaleTable, row: int) -> dict[str, Any]:
    said = table.probabilities[row]
    keys = np.flatnonzero(table.key_row == row)
    return {
        "label": str(table.classes[said.argmax()]),
        "probabilities": {
            str(label): round(float(p), 2)
            for label, p in zip(table.classes, said, strict=True)
            if p > 0
        },
        "keywords": table.keywords[row],
        "neighbors": [
            {"number": number, "keywords": table.messages[int(key)]}
            for number, key in enumerate(keys, start=1)
        ],
        "explanation": table.explanations[row],
    }


def _count_prompts(graph: TextGraph, table: RationaleTable) -> NDArray[np.int64]:
    templates = PromptTemplates()
    classes = {str(label): "" for label in table.classes}
    texts, ids = graph.parent.texts, graph.parent.node_ids
    counts = np.empty(len(table), dtype=np.int64)
    for row, position in enumerate(table.positions):
        shown = table.shown_node[table.shown_row == row]
        question = Question(
            node=ids[position],
            text=texts[position],
            neighbors=tuple(ids[shown]),
            neighbor_texts=tuple(texts[node] for node in shown),
            classes=classes,
        )
        prompt = templates.messages(question)
        counts[row] = sum(estimate_tokens(part["content"]) for part in prompt)
    return counts
