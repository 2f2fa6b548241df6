"""An answer that speaks of neighbours by number: what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.rationales.record import KeyNeighbor, Rationale

__all__ = ["NumberedAnswer"]


@dataclass(frozen=True, slots=True)
class NumberedAnswer:
    """What a model said, before numbers become ids again.

    Two nodes with the same texts around them have the same prompt and share one
    answer; only ids tell them apart.

    Parameters
    ----------
    probabilities : mapping of str to float
        Probability per class; classes at 0 left out; they sum to 1.
    keywords : tuple of str
        Phrases of the node's text.
    neighbors : tuple of (int, tuple of str)
        Numbers of key neighbours, from 1, with their key messages.
    explanation : str
        One sentence.
    source : str
        Where the probabilities come from: ``'words'``, ``'logprobs'`` or
        ``'agreement'``.
    """

    probabilities: Mapping[str, float]
    keywords: tuple[str, ...] = field(default=(), repr=False)
    neighbors: tuple[tuple[int, tuple[str, ...]], ...] = field(default=(), repr=False)
    explanation: str = field(default="", repr=False)
    source: str = "words"

    @property
    def label(self) -> str:
        """The most probable class."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def for_question(self, question: Question) -> Rationale:
        """Return the answer with ids in place of numbers.

        Parameters
        ----------
        question : Question
            What was asked.

        Returns
        -------
        Rationale
            Not yet checked against the graph.
        """
        return Rationale(
            node=question.node,
            probabilities=dict(self.probabilities),
            shown=question.neighbors,
            keywords=self.keywords,
            neighbors=tuple(
                KeyNeighbor(question.neighbors[number - 1], phrases)
                for number, phrases in self.neighbors
                if 1 <= number <= len(question.neighbors)
            ),
            explanation=self.explanation,
            source=self.source,
        )

    @classmethod
    def of_rationale(cls, rationale: Rationale, question: Question) -> NumberedAnswer:
        """Return a recorded answer with numbers in place of ids.

        Parameters
        ----------
        rationale : Rationale
            What was recorded.
        question : Question
            The question that it is to answer; key neighbours that are not shown
            there are left out.

        Returns
        -------
        NumberedAnswer
            The same answer.
        """
        number = {node: i for i, node in enumerate(question.neighbors, start=1)}
        return cls(
            probabilities=dict(rationale.probabilities),
            keywords=rationale.keywords,
            neighbors=tuple(
                (number[item.node], item.keywords)
                for item in rationale.neighbors
                if item.node in number
            ),
            explanation=rationale.explanation,
            source=rationale.source,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers.

        Returns
        -------
        dict
            What :meth:`from_json` reads.
        """
        return {
            "probabilities": dict(self.probabilities),
            "keywords": list(self.keywords),
            "neighbors": [[number, list(words)] for number, words in self.neighbors],
            "explanation": self.explanation,
            "source": self.source,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> NumberedAnswer:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        entry : mapping
            Plain lists, strings and numbers.

        Returns
        -------
        NumberedAnswer
            The same answer.
        """
        return cls(
            probabilities=entry["probabilities"],
            keywords=tuple(entry["keywords"]),
            neighbors=tuple((n, tuple(words)) for n, words in entry["neighbors"]),
            explanation=entry["explanation"],
            source=entry["source"],
        )
