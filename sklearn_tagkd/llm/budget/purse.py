"""A hard limit on what is spent: taken out before a request is sent."""

from __future__ import annotations

import os
import threading
import uuid
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from sklearn_tagkd.llm.store.answer_store import AnswerStore

__all__ = ["Amount", "Limits", "Purse"]

# What nobody can spend. In billionths of a dollar, and with all requests in flight on
# top, it still fits SQLite's whole numbers.
_MOST_DOLLARS, _MOST_COUNT = 10**9, 10**18


@dataclass(frozen=True, slots=True)
class Amount:
    """What requests take.

    Parameters
    ----------
    requests : int
        Number of requests.
    tokens : int
        Tokens in and out.
    nanodollars : int
        Billionths of a US dollar; whole numbers, so that sums are exact.
    """

    requests: int
    tokens: int
    nanodollars: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent; None is no limit, and so is infinity.

    Parameters
    ----------
    max_requests : int or None
        Requests sent, retries and repairs included.
    max_tokens : int or None
        Tokens in and out.
    max_cost : float or None
        US dollars.

    Raises
    ------
    ValueError
        If one is no number of 0 or more, or if a count is not whole.
    """

    max_requests: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_requests", "max_tokens", "max_cost"):
            value = getattr(self, name)
            if value is None:
                continue
            is_number = isinstance(value, Real) and not isinstance(value, bool)
            if not (is_number and value >= 0):
                raise ValueError(
                    f"{name} must be a number of 0 or more, or None for no limit; got "
                    f"{value!r}."
                )
            object.__setattr__(self, name, _as_limit(name, value))

    def __bool__(self) -> bool:
        return self != Limits()


def _as_limit(name: str, value: Any) -> int | float | None:
    """Return a plain number; None for what no run can reach."""
    if name != "max_cost" and isinstance(value, Integral):
        return int(value) if int(value) < _MOST_COUNT else None
    try:
        plain = float(value)
    except OverflowError:
        return None
    if plain >= _MOST_DOLLARS:
        return None
    if name == "max_cost":
        return plain
    if not plain.is_integer():
        raise ValueError(f"{name} must be a whole number or None; got {value!r}.")
    return int(plain)


class Purse:
    """What may still be spent, by all processes that share it together.

    It lives in the store: a client that is pickled to the workers of a search
    takes its purse's name along, not a copy of its contents. What a killed process
    had taken out stays out.

    Parameters
    ----------
    limits : Limits
        The most that may be spent.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.name = uuid.uuid4().hex
        self._forget_process()

    def _forget_process(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._n_held = 0

    @property
    def n_held(self) -> int:
        """Amounts that this process has taken out and not settled."""
        self._notice_fork()
        return self._n_held

    def _notice_fork(self) -> None:
        if self._pid != os.getpid():  # what its parent holds does not come back to it
            self._forget_process()

    def _count(self, change: int) -> None:
        self._notice_fork()
        with self._lock:
            self._n_held += change

    def __getstate__(self) -> dict[str, Any]:
        return {"limits": self.limits, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget_process()

    def reserve(
        self, amount: Amount, store: AnswerStore, *, force: bool = False
    ) -> bool:
        """Take out the most that a request can take.

        Parameters
        ----------
        amount : Amount
            The most.
        store : AnswerStore
            Where the purse lives.
        force : bool, default=False
            Whether to take it out even if not enough is left, because it is spent.

        Returns
        -------
        bool
            Whether that much was left; nothing is taken out otherwise.
        """
        if self.limits:
            most = Limits() if force else self.limits
            cost = None if most.max_cost is None else round(most.max_cost * 1e9)
            with store.database.transaction() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO purses (id, requests, tokens, nanodollars)"
                    " VALUES (?, 0, 0, 0)",
                    (self.name,),
                )
                taken = connection.execute(
                    "UPDATE purses SET requests = requests + :r, tokens = tokens + :t,"
                    " nanodollars = nanodollars + :n WHERE id = :id"
                    " AND (:max_r IS NULL OR requests + :r <= :max_r)"
                    " AND (:max_t IS NULL OR tokens + :t <= :max_t)"
                    " AND (:max_n IS NULL OR nanodollars + :n <= :max_n)",
                    {
                        "id": self.name,
                        "r": amount.requests,
                        "t": amount.tokens,
                        "n": amount.nanodollars,
                        "max_r": most.max_requests,
                        "max_t": most.max_tokens,
                        "max_n": cost,
                    },
                )
                if not taken.rowcount:
                    return False
        self._count(1)
        return True

    def settle(self, held: Amount, spent: Amount, store: AnswerStore) -> None:
        """Put back what was not spent.

        Parameters
        ----------
        held : Amount
            What was taken out.
        spent : Amount
            What the request took.
        store : AnswerStore
            Where the purse lives.
        """
        self._count(-1)
        if self.limits and held != spent:
            with store.database.transaction() as connection:
                connection.execute(
                    "UPDATE purses SET requests = requests - ?, tokens = tokens - ?,"
                    " nanodollars = nanodollars - ? WHERE id = ?",
                    (
                        held.requests - spent.requests,
                        held.tokens - spent.tokens,
                        held.nanodollars - spent.nanodollars,
                        self.name,
                    ),
                )

    def spent(self, store: AnswerStore) -> Amount:
        """Return what is out of the purse, reserved amounts included.

        Parameters
        ----------
        store : AnswerStore
            Where the purse lives.

        Returns
        -------
        Amount
            Zeros where there is no limit: nothing is counted then.
        """
        rows = store.database.query(
            "SELECT requests, tokens, nanodollars FROM purses WHERE id = ?",
            (self.name,),
        )
        return Amount(*rows[0]) if rows else Amount(0, 0, 0)
