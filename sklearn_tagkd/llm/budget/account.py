"""Every request is paid for in advance, and settled when it has come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sklearn_tagkd.llm.budget.prices import Price
from sklearn_tagkd.llm.budget.purse import Amount, Purse
from sklearn_tagkd.llm.budget.usage import Usage
from sklearn_tagkd.llm.errors import AnswerStoreError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.prompting.tokens import most_tokens
from sklearn_tagkd.llm.store.answer_store import AnswerStore
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["Account", "Overcharge"]

_MOST = 10**15  # that one request is believed to take: sums must fit the store
_MARGIN = 1.02, 8  # by which servers count tokens otherwise, a factor and a few


@dataclass(frozen=True, slots=True)
class Overcharge:
    """A request for which a server counted more than it was allowed to take.

    Parameters
    ----------
    kind : str
        ``'tokens_in'`` or ``'tokens_out'``.
    billed : int
        Tokens that the server counted.
    allowed : int
        Tokens that it could take at most.
    """

    kind: str
    billed: int
    allowed: int


class Account:
    """Keeps the purses and the usage of one run in step.

    Parameters
    ----------
    purses : sequence of Purse
        All must have enough: the client's own, and the run's.
    store : AnswerStore
        Where the purses live.
    price : Price or None
        What tokens cost.
    max_answer_tokens : int
        Tokens of an answer at most.
    is_batch : bool
        Whether Batch mode's price counts.
    usage : Usage
        Counts along.

    Attributes
    ----------
    overcharge : Overcharge or None
        The first request that took more than it could. From then on the limits cannot
        be kept any more, and nothing is to be sent.
    """

    def __init__(
        self,
        purses: Sequence[Purse],
        store: AnswerStore,
        price: Price | None,
        max_answer_tokens: int,
        is_batch: bool,
        usage: Usage,
    ) -> None:
        self.usage = usage
        self.overcharge: Overcharge | None = None
        self._purses = purses
        self._store = store
        self._price = price
        self._max_answer_tokens = max_answer_tokens
        self._is_batch = is_batch
        self._nanodollars = 0
        usage.cost = None if price is None else 0.0

    @property
    def is_open(self) -> bool:
        """Whether more may be sent: the server has kept to what it was allowed."""
        return self.overcharge is None

    async def reserve(
        self, request: Request, next_change: Callable[[], Awaitable[None]]
    ) -> Amount | None:
        """Take out the most that a request can take.

        Parameters
        ----------
        request : Request
            What is to be sent.
        next_change : callable
            Waits until another request has come back; what it did not spend may
            be enough.

        Returns
        -------
        Amount or None
            None where not enough is left, and nobody will put anything back.
        """
        while (held := self.reserve_now(request)) is None:
            if not any(purse.n_held for purse in self._purses):
                return None
            await next_change()
        return held

    def reserve_now(self, request: Request, *, force: bool = False) -> Amount | None:
        """Take out the most that a request can take, or nothing.

        Parameters
        ----------
        request : Request
            What is to be sent.
        force : bool, default=False
            Whether it has been sent already, so that it counts in any case.

        Returns
        -------
        Amount or None
            None where not enough is left.
        """
        amount = self._amount(request.most_tokens_in, self._max_answer_tokens)
        for i, purse in enumerate(self._purses):
            if not purse.reserve(amount, self._store, force=force):
                for earlier in self._purses[:i]:
                    earlier.settle(amount, Amount(0, 0, 0), self._store)
                return None
        return amount

    def give_back(self, held: Amount) -> None:
        """Put back what was taken out for a request that was not sent.

        Parameters
        ----------
        held : Amount
            What had been taken out.
        """
        for purse in self._purses:
            purse.settle(held, Amount(0, 0, 0), self._store)

    def settle(
        self, request: Request, held: Amount, outcome: Reply | Failure | None
    ) -> None:
        """Put back what was not spent, and count what was.

        Parameters
        ----------
        request : Request
            What was sent.
        held : Amount
            What had been taken out.
        outcome : Reply, Failure or None
            What came back; None where nobody waited for it. Where the server did
            not say what it took, the most that it can have taken is spent.
        """
        tokens_in, tokens_out = request.most_tokens_in, self._max_answer_tokens
        if isinstance(outcome, Failure) and not outcome.may_be_billed:
            tokens_in = tokens_out = 0
        elif isinstance(outcome, Reply):
            tokens_in, tokens_out = self._confirmed(request, outcome)
        else:
            self.usage.tokens_unconfirmed += tokens_in + tokens_out
        spent = self._amount(tokens_in, tokens_out)
        for purse in self._purses:
            # Where the file is locked, what was taken out stays out: the limits hold,
            # and an answer that has come is not lost for the sake of its change.
            with suppress(AnswerStoreError):
                purse.settle(held, spent, self._store)
        if self._price is not None:
            self._nanodollars += spent.nanodollars
            self.usage.cost = self._nanodollars / 1e9

    def _confirmed(self, request: Request, reply: Reply) -> tuple[int, int]:
        usage = self.usage
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if tokens_in is None:
            tokens_in = request.most_tokens_in
            usage.tokens_unconfirmed += tokens_in
        else:
            usage.tokens_in += tokens_in
        if tokens_out is None:
            tokens_out = min(most_tokens(reply.content), self._max_answer_tokens)
            usage.tokens_unconfirmed += tokens_out
        else:
            usage.tokens_out += tokens_out
        if any(purse.limits for purse in self._purses):
            self._check("tokens_in", tokens_in, request.most_tokens_in)
        self._check("tokens_out", tokens_out, self._max_answer_tokens)
        return tokens_in, tokens_out

    def _check(self, kind: str, billed: int, allowed: int) -> None:
        if self.overcharge is None and billed > allowed * _MARGIN[0] + _MARGIN[1]:
            self.overcharge = Overcharge(kind, billed, allowed)

    def _amount(self, tokens_in: int, tokens_out: int) -> Amount:
        tokens_in, tokens_out = min(tokens_in, _MOST), min(tokens_out, _MOST)
        cost = 0
        if self._price is not None:
            cost = self._price.nanodollars(tokens_in, tokens_out, batch=self._is_batch)
        return Amount(1, tokens_in + tokens_out, min(cost, _MOST))
