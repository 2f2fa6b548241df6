"""From questions to the requests that are sent for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.prompting.class_prompt import class_messages, class_schema
from sklearn_tagkd.llm.prompting.prompt import Message, PromptTemplates
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.prompting.schema import answer_schema
from sklearn_tagkd.llm.settings import check_count

__all__ = ["RequestWriter"]

_FOR_TEXTS = 3  # one part in so many of a prompt is for texts


@dataclass(frozen=True)
class RequestWriter:
    """All that decides what a model is asked, and how it is to answer.

    Parameters
    ----------
    model : str
        Name of the model; part of the key under which answers are kept.
    templates : PromptTemplates
        What stands around a question.
    max_prompt_tokens : int
        Tokens of a prompt, about.
    options : mapping
        Decoding parameters.
    n_samples : int
        Answers per question, for their agreement.
    with_probabilities : bool
        Whether the model is to say them.
    max_answer_tokens : int
        Tokens of an answer at most.
    """

    model: str
    templates: PromptTemplates
    max_prompt_tokens: int
    options: Mapping[str, Any]
    n_samples: int = 1
    with_probabilities: bool = True
    max_answer_tokens: int = 1000

    def __post_init__(self) -> None:
        check_count("max_prompt_tokens", self.max_prompt_tokens, least=1)
        check_count("n_samples", self.n_samples, least=1)

    def messages(self, question: Question) -> list[Message]:
        """Return what the model would read.

        Parameters
        ----------
        question : Question
            About one node, or one class.

        Returns
        -------
        list of dict
            Messages with ``role`` and ``content``.
        """
        if isinstance(question, ClassQuestion):
            return class_messages(question, self.max_answer_tokens)
        return self.templates.messages(
            question,
            self.max_prompt_tokens,
            with_probabilities=self.with_probabilities,
        )

    def leaves_room(self, classes: Mapping[str, str]) -> bool:
        """Tell whether a prompt that lists these classes has room for texts.

        Parameters
        ----------
        classes : mapping of str to str
            Names with descriptions.

        Returns
        -------
        bool
            False where less than a third of ``max_prompt_tokens`` would be left.
        """
        taken = self.templates.taken(
            classes, with_probabilities=self.with_probabilities
        )
        return _FOR_TEXTS * (self.max_prompt_tokens - taken) >= self.max_prompt_tokens

    def requests(self, question: Question) -> list[Request]:
        """Return what is sent for a question.

        Parameters
        ----------
        question : Question
            About one node, or one class.

        Returns
        -------
        list of Request
            One per sample; one for a class.
        """
        messages = self.messages(question)
        if isinstance(question, ClassQuestion):
            return [
                Request(question, self.model, messages, class_schema(), self.options)
            ]
        schema = answer_schema(
            question.classes,
            len(question.neighbors),
            with_probabilities=self.with_probabilities,
        )
        return [
            Request(question, self.model, messages, schema, self.options, sample)
            for sample in range(self.n_samples)
        ]
