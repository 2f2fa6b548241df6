"""One purse for all that a fit asks: of classes, of nodes, round by round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn_tagkd.llm import Question, Usage, ask_once
from sklearn_tagkd.rationales import Abstention, Rationale

__all__ = ["Ledger"]


class Ledger:
    """Asks, and keeps the account.

    Parameters
    ----------
    max_cost : float or None
        US dollars that all that is asked may take together; None is no limit beside
        the clients' own.
    """

    def __init__(self, max_cost: float | None) -> None:
        self.max_cost = max_cost
        self._total: Usage | None = None

    def ask(
        self, client: Any, questions: Sequence[Question]
    ) -> list[Rationale | Abstention]:
        """Ask, for what is left.

        Parameters
        ----------
        client : object with ``ask``
            Who answers.
        questions : sequence of Question
            What is asked.

        Returns
        -------
        list of Rationale or Abstention
            One per question.
        """
        left = None if self.max_cost is None else max(0.0, self.max_cost - self.spent)
        came = ask_once(client, questions, max_cost=left)
        usage = getattr(came, "usage", None)
        if usage is not None:
            self._total = usage if self._total is None else self._total + usage
        return list(came)

    @property
    def spent(self) -> float:
        """US dollars, as far as anybody knows."""
        return self.cost or 0.0

    @property
    def cost(self) -> float | None:
        """US dollars; None where nobody knows."""
        return None if self._total is None else self._total.cost

    @property
    def usage(self) -> dict[str, Any]:
        """What asking took; empty with clients that do not count."""
        return {} if self._total is None else self._total.to_dict()
