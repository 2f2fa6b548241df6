"""A hard limit on what is spent: taken out before a request is sent."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import Any

from sklearn_tagkd.llm.store.answer_store import AnswerStore

__all__ = ["Amount", "Limits", "Purse"]


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
    """The most that may be spent; None is no limit.

    Parameters
    ----------
    max_requests : int or None
        Requests sent, retries and repairs included.
    max_tokens : int or None
        Tokens in and out.
    max_cost : float or None
        US dollars.
    """

    max_requests: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_requests", "max_tokens", "max_cost"):
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (is_number and value >= 0):
                raise ValueError(
                    f"{name} must be a number of 0 or more, or None for no limit; got "
                    f"{value!r}."
                )

    def __bool__(self) -> bool:
        return self != Limits()


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
        self._lock = threading.Lock()
        self.n_held = 0  # amounts that this process has taken out and not settled

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
                    "INSERT OR IGNORE INTO purses VALUES (?, 0, 0, 0)", (self.name,)
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
        with self._lock:
            self.n_held += 1
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
        with self._lock:
            self.n_held -= 1
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
