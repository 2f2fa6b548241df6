"""How a client asks."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn_tagkd.llm.budget.prices import Price

__all__ = ["AskSettings"]


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How a client asks, apart from what decides the answer.

    Parameters
    ----------
    max_concurrency : int
        Requests in flight at most.
    request_timeout : float
        Seconds for one try.
    deadline : float
        Seconds for one question, waiting and repairs included.
    max_retries : int
        Tries after the first for errors other than too many requests, which only
        the deadline ends.
    retry_delay : float
        Most seconds to wait after the first error; doubled with each one.
    repair : bool
        Whether to ask once more for an answer that cannot be used.
    max_answer_tokens : int
        Tokens of an answer at most.
    price : Price or None
        What tokens cost; None where nobody knows.
    probabilities : str
        ``'words'``, ``'logprobs'`` or ``'agreement'``.
    """

    max_concurrency: int
    request_timeout: float
    deadline: float
    max_retries: int
    retry_delay: float
    repair: bool
    max_answer_tokens: int
    price: Price | None
    probabilities: str
