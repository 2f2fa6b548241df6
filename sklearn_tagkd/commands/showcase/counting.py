"""What a comparison asks, counted as it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn_tagkd.llm import Question, RationaleClient

__all__ = ["CountingClient"]


class CountingClient(RationaleClient):
    """Passes questions on; counts them, and the texts of the graph in them.

    Parameters
    ----------
    client : RationaleClient
        Who answers.
    """

    is_free = True

    def __init__(self, client: RationaleClient) -> None:
        self._client = client
        self.answerable_nodes = client.answerable_nodes
        self.answers_classes = client.answers_classes
        self.classes = client.classes
        self.start_again()

    def start_again(self) -> None:
        """Forget what was counted."""
        self._n_questions, self._texts = 0, set[str]()

    def counts(self) -> tuple[int, int]:
        """Return how many questions there were, and different texts in them.

        Returns
        -------
        tuple of int
            Texts of nodes, of linked ones and of examples: what would leave the
            machine, were a model behind a network to answer.
        """
        return self._n_questions, len(self._texts)

    def ask(self, questions: Sequence[Question]) -> Any:
        """Count, and pass on.

        Parameters
        ----------
        questions : sequence of Question
            One per node or class.

        Returns
        -------
        sequence of Rationale or Abstention
            One per question.
        """
        self._n_questions += len(questions)
        for one in questions:
            shown = (one.text, *one.neighbor_texts, *(text for text, _ in one.examples))
            self._texts.update(text for text in shown if text)
        return self._client.ask(questions)
