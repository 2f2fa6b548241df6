"""How a client asks."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from sklearn_tagkd.llm.budget.prices import Price

__all__ = ["AskSettings", "check_count", "check_seconds"]

_COUNTS = {"max_concurrency": 1, "max_answer_tokens": 1, "max_retries": 0}  # least ones
_ENDLESS = 1e9  # seconds


_MOST = 10**9  # more of anything is a mistake, or none of its sums fits a file


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

    def __post_init__(self) -> None:
        # Plain numbers: a scalar of numpy's cannot be sent.
        for name, least in _COUNTS.items():
            count = check_count(name, getattr(self, name), least=least)
            object.__setattr__(self, name, count)
        for name in ("request_timeout", "deadline", "retry_delay"):
            seconds = check_seconds(name, getattr(self, name))
            object.__setattr__(self, name, seconds)


def check_seconds(name: str, value: Any) -> float:
    """Return a time as a plain number.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : object
        What was given.

    Returns
    -------
    float
        Seconds, 0 or more; endless ones are as many as a clock can count.

    Raises
    ------
    ValueError
        If it is none.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not (is_number and value >= 0):
        raise ValueError(
            f"{name} must be a number of seconds, 0 or more; got {value!r}."
        )
    try:
        return min(float(value), _ENDLESS)
    except OverflowError:
        return _ENDLESS


def check_count(name: str, value: Any, *, least: int) -> int:
    """Return a whole number as a plain one.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : object
        What was given.
    least : int
        Least that is allowed.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ValueError
        If it is not whole, or too small.
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not (is_whole and least <= value <= _MOST):
        raise ValueError(
            f"{name} must be a whole number of {least} or more, a billion at most; got "
            f"{value!r}."
        )
    return int(value)
