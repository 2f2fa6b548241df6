"""What asking took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.rationales.record import Abstention, Rationale

__all__ = ["Answers", "Usage"]


@dataclass
class Usage:
    """What asking took, counted as it happens.

    Parameters
    ----------
    requests : int
        Requests sent, retries and repairs included.
    retries : int
        Requests sent again after an error.
    repairs : int
        Requests for a better answer.
    time_outs : int
        Requests whose answer did not come in time.
    tokens_in, tokens_out : int
        As the server counted them.
    tokens_unconfirmed : int
        The most that requests can have taken whose count never arrived; limits and
        cost count them as spent.
    cache_hits : int
        Requests that the store answered, those included that another run was
        sending at the same time.
    abstentions : Counter of str
        Questions without an answer, by reason.
    damaged_rows : int
        Rows of the store that hold no answer any more, and count as not answered.
    off_schema : int
        Answers that did not come as the bare JSON object that was asked for.
    invented_neighbors : int
        Neighbours that answers named and that were never shown.
    labels_alone : int
        Answers with a label and without probabilities, where these were wanted.
    contradictions : int
        Answers with another label than their own probabilities name.
    no_logprobs : int
        Answers without log-probabilities of use, where these were wanted.
    cost : float or None
        US dollars, unconfirmed tokens at their highest; None where nobody knows
        the price.
    seconds : float
        Wall time.

    Examples
    --------
    >>> from sklearn_tagkd.llm import Usage
    >>> both = Usage(requests=2, cost=0.01) + Usage(requests=3, cost=0.02)
    >>> both.requests, round(both.cost, 2)
    (5, 0.03)
    """

    requests: int = 0
    retries: int = 0
    repairs: int = 0
    time_outs: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_unconfirmed: int = 0
    cache_hits: int = 0
    abstentions: Counter[str] = field(default_factory=Counter)
    damaged_rows: int = 0
    off_schema: int = 0
    invented_neighbors: int = 0
    labels_alone: int = 0
    contradictions: int = 0
    no_logprobs: int = 0
    cost: float | None = None
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        costs = [usage.cost for usage in (self, other) if usage.cost is not None]
        mine, others = vars(self), vars(other)
        summed = {name: mine[name] + others[name] for name in mine if name != "cost"}
        return Usage(**summed, cost=sum(costs) if costs else None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers.

        Returns
        -------
        dict
            One entry per attribute.
        """
        return {**vars(self), "abstentions": dict(sorted(self.abstentions.items()))}


class Answers(list[Rationale | Abstention]):
    """Answers, one per question, and what they took.

    Parameters
    ----------
    answers : iterable of Rationale or Abstention
        One per question.
    usage : Usage
        What they took.

    Attributes
    ----------
    usage : Usage
        What they took.

    Examples
    --------
    What a client that counts returns:

    >>> from sklearn_tagkd.llm import Answers, Usage
    >>> from sklearn_tagkd.rationales import Rationale
    >>> answers = Answers([Rationale("n7", {"sport": 1.0})], Usage(requests=1))
    >>> len(answers), answers.usage.requests
    (1, 1)
    """

    def __init__(self, answers: Iterable[Rationale | Abstention], usage: Usage) -> None:
        super().__init__(answers)
        self.usage = usage
