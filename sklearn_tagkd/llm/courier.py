"""One request: sent until there is a reply, or a reason to give up."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field

from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.wire.dialect import Dialect, Wording
from sklearn_tagkd.llm.wire.pacing import AdaptiveLimit, backoff
from sklearn_tagkd.llm.wire.transport import Failure, Reply, Transport

__all__ = ["Courier", "Link"]

_MOST_HOPELESS = 5  # requests given up without one reply: then it is not their fault
_PROBLEMS = {
    "no_connection": (
        "There is no connection to the server. See to the network and to base_url=, "
        "and run the same again."
    ),
    "server_error": (
        "The server answers with errors of its own, and with nothing else. Run the "
        "same again later."
    ),
    "bad_response": (
        "What the server sends is not what OpenAI's protocol says. See to base_url=: "
        "as a rule it ends in /v1."
    ),
}


@dataclass
class Link:
    """What all runs of a client in a process share.

    Parameters
    ----------
    transport : Transport
        Carries requests.
    limit : AdaptiveLimit
        How many are in flight.
    dialect : Dialect
        How the server wants to be asked.
    """

    transport: Transport
    limit: AdaptiveLimit
    dialect: Dialect = field(default_factory=Dialect)

    async def close(self) -> None:
        """Close the transport."""
        await self.transport.close()


class Courier:
    """Sends the requests of one run, and knows when it is no use to go on.

    Parameters
    ----------
    link : Link
        Connection and limit.
    account : Account
        What may be spent.
    settings : AskSettings
        How often to try, and for how long.

    Attributes
    ----------
    stopped : asyncio.Event
        Set once nothing more is to be sent.
    something_came : bool
        Whether there was a reply, or an answer from the store: the server can be
        asked then, whatever becomes of single requests.
    """

    def __init__(self, link: Link, account: Account, settings: AskSettings) -> None:
        self.stopped = asyncio.Event()
        self.something_came = False
        self._link = link
        self._account = account
        self._settings = settings
        self._random = random.Random()  # spreads retries; no answer depends on it
        self._n_hopeless = 0
        self._problem = ""

    async def deliver(
        self, request: Request, deadline: float, *, is_repair: bool = False
    ) -> Reply | str | None:
        """Send until there is a reply, or a reason to give up.

        Parameters
        ----------
        request : Request
            What to send.
        deadline : float
            Time of the monotonic clock after which nothing is tried.
        is_repair : bool, default=False
            Whether it asks for a better answer; only counted.

        Returns
        -------
        Reply, str or None
            None when stopped.

        Raises
        ------
        LLMError
            If the model cannot be asked at all.
        """
        usage, n_errors, n_tries = self._account.usage, 0, 0
        wording = Wording(self._link.dialect)
        while not self.stopped.is_set():
            sent = await self._send_once(request, wording, deadline)
            if sent is None or isinstance(sent, str):
                return sent
            n_tries += 1
            usage.retries += n_tries > 1
            usage.repairs += is_repair and n_tries == 1
            if isinstance(sent, Reply):
                self.something_came = True
                wording.accepted()
                return sent
            if wording.change(sent):
                continue
            if sent.reason == "fatal":
                raise LLMError(sent.message)
            if sent.reason == "refused":
                return "refused"
            is_refused = sent.reason == "rate_limited"
            n_errors += not is_refused
            if sent.reason == "rejected" or n_errors > self._settings.max_retries:
                return self._give_up(sent)
            wait = self.delay(n_tries if is_refused else n_errors, sent)
            if time.monotonic() + wait >= deadline:
                return "time_out"
            await self.pause(wait)
        return None

    def note(self, failure: Failure) -> None:
        """Take note of a request that was given up.

        Parameters
        ----------
        failure : Failure
            What came of its last try.
        """
        if failure.reason != "time_out":  # it may take longer than others, no more
            self._n_hopeless += 1
            self._problem = failure.message or _PROBLEMS[failure.reason]

    def check(self) -> None:
        """Raise an LLMError if requests were given up and nothing came at all."""
        if self._problem and not self.something_came:
            raise LLMError(self._problem)

    def delay(self, attempt: int, failure: Failure) -> float:
        """Return how long to wait before another try.

        Parameters
        ----------
        attempt : int
            Tries so far, from 1.
        failure : Failure
            What came of the last one.

        Returns
        -------
        float
            Seconds.
        """
        first = self._settings.retry_delay
        return backoff(attempt, failure.retry_after, self._random, first)

    async def pause(self, seconds: float) -> None:
        """Wait, or until stopped.

        Parameters
        ----------
        seconds : float
            How long.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds)

    async def _send_once(
        self, request: Request, wording: Wording, deadline: float
    ) -> Reply | Failure | str | None:
        limit = self._link.limit
        async with limit.slot():
            held = await self._account.reserve(request, limit.next_change)
            if held is None:
                return "over_budget"
            started = time.monotonic()
            left = deadline - started
            if self.stopped.is_set() or left <= 0:
                self._account.give_back(held)
                return None if self.stopped.is_set() else "time_out"
            outcome: Reply | Failure | None = None
            self._account.usage.requests += 1
            try:
                outcome = await self._link.transport.send(
                    request,
                    form=wording.choose(),
                    timeout=min(self._settings.request_timeout, left),
                )
            finally:
                self._account.settle(request, held, outcome)
            if isinstance(outcome, Reply):
                limit.succeeded(time.monotonic() - started)
            elif outcome.reason == "rate_limited":
                limit.refused(started)
            return outcome

    def _give_up(self, failure: Failure) -> str:
        """Return the reason to abstain; raise where the others will fare no better."""
        self.note(failure)
        is_cut_off = failure.reason == "no_connection"
        if is_cut_off or self._n_hopeless >= _MOST_HOPELESS:
            self.check()
        return failure.reason
