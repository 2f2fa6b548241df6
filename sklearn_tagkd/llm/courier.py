"""One request: sent until there is a reply, or a reason to give up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.budget.purse import Amount
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.wire.awake import AwakeClock
from sklearn_tagkd.llm.wire.dialect import Dialect, Wording
from sklearn_tagkd.llm.wire.pacing import AdaptiveLimit, backoff
from sklearn_tagkd.llm.wire.transport import Failure, Reply, Transport

__all__ = ["FINAL", "Courier", "Link", "spoken"]

_MOST_HOPELESS = 5  # requests given up without one reply: then it is not their fault
FINAL = {"fatal", "forbidden", "refused", "rejected"}  # no other try can help
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
    clock : AwakeClock
        The time of deadlines.
    problems : dict of str to str
        What came of requests that were given up, by reason.
    """

    def __init__(self, link: Link, account: Account, settings: AskSettings) -> None:
        self.stopped = asyncio.Event()
        self.something_came = False
        self.clock = AwakeClock()
        self.problems: dict[str, str] = {}
        self._problem = ""
        self._link = link
        self._account = account
        self._settings = settings
        self._random = random.Random()  # spreads retries; no answer depends on it
        self._n_hopeless = 0
        self._quiet_until = float("-inf")  # by the clock, as the server has asked

    async def deliver(
        self,
        request: Request,
        deadline: float,
        *,
        confirm: Callable[[], object],
        is_repair: bool = False,
    ) -> Reply | str | None:
        """Send until there is a reply, or a reason to give up.

        Parameters
        ----------
        request : Request
            What to send.
        deadline : float
            Time of the clock after which nothing is tried.
        confirm : callable
            Called each time before it is sent; raises where it is not to be.
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
        wording, is_refused = Wording(self._link.dialect), False
        while not self.stopped.is_set():
            sent = await self._send_once(request, wording, deadline, confirm)
            if sent is None or isinstance(sent, str):
                return "rate_limited" if sent == "time_out" and is_refused else sent
            n_tries += 1
            usage.retries += n_tries > 1
            usage.repairs += is_repair and n_tries == 1
            if isinstance(sent, Reply):
                self.something_came = True
                wording.accepted()
                return sent
            if wording.change(sent):
                continue
            was_refused, is_refused = is_refused, sent.reason == "rate_limited"
            n_errors += not is_refused
            wait = self.delay(n_tries if is_refused else n_errors, sent)
            is_late = self.clock.now() + wait >= deadline
            if is_late and was_refused and sent.reason == "time_out":
                return "rate_limited"  # of the last try nothing was heard any more
            if sent.reason in FINAL or n_errors > self._settings.max_retries:
                return self._give_up(sent)
            if is_late:
                return self._run_out(sent)
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
            self._problem = failure.message or _PROBLEMS.get(failure.reason, "")
            reason = "refused" if failure.reason == "forbidden" else failure.reason
            self.problems[reason] = self._problem

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
        self,
        request: Request,
        wording: Wording,
        deadline: float,
        confirm: Callable[[], object],
    ) -> Reply | Failure | str | None:
        limit = self._link.limit
        async with limit.slot():
            held = await self._account.reserve(request, limit.next_change)
            if held is None:
                return "over_budget"
            # All this may have taken long: who slept meanwhile looks again.
            reason = self._reason_not_to_send(deadline)
            try:
                if reason is None:
                    confirm()
            except BaseException:
                self._account.give_back(held)
                raise
            if reason is None:
                return await self._send(
                    request, wording, held, deadline - self.clock.now()
                )
            self._account.give_back(held)
            return reason or None

    def _reason_not_to_send(self, deadline: float) -> str | None:
        """Return a reason to abstain, an empty one when stopped, or None."""
        if self.stopped.is_set():
            return ""
        if self._quiet_until >= deadline:
            return "rate_limited"
        if not self._account.is_open:
            return "over_budget"
        return "time_out" if self.clock.now() >= deadline else None

    async def _send(
        self, request: Request, wording: Wording, held: Amount, left: float
    ) -> Reply | Failure:
        limit, started = self._link.limit, time.monotonic()
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
        elif outcome.reason in ("rate_limited", "time_out"):
            limit.refused(started)
            self._account.usage.time_outs += outcome.reason == "time_out"
        return outcome

    def _give_up(self, failure: Failure) -> str:
        """Return the reason to abstain; raise where the others will fare no better."""
        if failure.reason == "fatal":
            raise LLMError(failure.message)
        if failure.reason == "refused":
            return "refused"
        self.note(failure)
        is_cut_off = failure.reason == "no_connection"
        if is_cut_off or self._n_hopeless >= _MOST_HOPELESS:
            self.check()
        # Others were answered with the same key: it is this text that is not wanted.
        return "refused" if failure.reason == "forbidden" else failure.reason

    def _run_out(self, failure: Failure) -> str:
        """Return the reason to abstain where the next try would come too late."""
        asked, deadline = failure.retry_after, self._settings.deadline
        if asked is not None and asked > deadline:
            self._quiet_until = self.clock.now() + asked
            message = (
                f"The server asks to wait {spoken(asked)} before the next request "
                f"(Retry-After), longer than deadline={deadline:g} seconds. Run the "
                "same again then; what came is kept."
            )
            self.note(replace(failure, message=message))
            self.check()
            return "rate_limited"
        return "rate_limited" if failure.reason == "rate_limited" else "time_out"


def spoken(seconds: float) -> str:
    """Return a time as people say it.

    Parameters
    ----------
    seconds : float
        How long.

    Returns
    -------
    str
        In the largest unit of which there are two.

    Examples
    --------
    >>> from sklearn_tagkd.llm.courier import spoken
    >>> spoken(86_400), spoken(90)
    ('24 hours', '90 seconds')
    """
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
