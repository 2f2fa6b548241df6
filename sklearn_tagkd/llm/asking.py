"""Many questions at a time: claim, send, read, repair, store."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.prompt import PromptTemplates
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.reply import read_reply
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore, StoredAnswer
from sklearn_tagkd.llm.store.owner import new_owner
from sklearn_tagkd.llm.wire.pacing import AdaptiveLimit, backoff
from sklearn_tagkd.llm.wire.transport import Failure, Reply, Transport

__all__ = ["Asker", "Link"]

_LEASE = 30.0  # seconds after which the claims of a process that froze lapse
_POLL = 0.1  # seconds between two looks at what others are asking
# Others who wait for the same answer need not try these; another purse, or another
# minute, can do better with the rest.
_FAULT_OF_THE_ANSWER = {
    "refused",
    "truncated",
    "invalid_label",
    "not_a_distribution",
    "not_json",
    "rejected",
}
_MOST_REJECTIONS = 5  # without one reply: then it is not the questions' fault


@dataclass
class Link:
    """What all runs of a client in a process share.

    Parameters
    ----------
    transport : Transport
        Carries requests.
    limit : AdaptiveLimit
        How many are in flight.
    with_schema : bool
        Whether the server is asked for a strict schema; False once it has refused.
    """

    transport: Transport
    limit: AdaptiveLimit
    with_schema: bool = True

    async def close(self) -> None:
        """Close the transport."""
        await self.transport.close()


@dataclass
class Asker:
    """One run.

    Parameters
    ----------
    link : Link
        Connection and limit.
    store : AnswerStore
        Where answers go.
    account : Account
        What may be spent.
    settings : AskSettings
        How to ask.
    templates : PromptTemplates
        Words a request for repair.
    on_done : callable
        Called after each question.
    results : dict of bytes to NumberedAnswer or str, optional
        Outcomes by key of the request; filled by :meth:`ask`.
    """

    link: Link
    store: AnswerStore
    account: Account
    settings: AskSettings
    templates: PromptTemplates
    on_done: Callable[[], object]
    results: dict[bytes, NumberedAnswer | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = new_owner()
        self._stop = asyncio.Event()
        self._random = random.Random()  # spreads retries; no answer depends on it
        self._n_replies = self._n_rejected = 0
        self._rejection = ""

    def stop(self) -> None:
        """Send nothing more; what is on its way is still waited for."""
        self._stop.set()

    async def ask(self, requests: Sequence[Request]) -> None:
        """Find an answer to every request, or a reason why there is none.

        Parameters
        ----------
        requests : sequence of Request
            What to ask; of equal ones only one is sent. The outcome is in
            ``results``, by key.

        Raises
        ------
        LLMError
            If the model cannot be asked at all.
        """
        started = time.time()
        by_key = {request.key: request for request in requests}
        pending = list(by_key)
        heartbeat = asyncio.create_task(self._keep_claims())
        try:
            while pending and not self._stop.is_set():
                claims = self.store.claim(pending, self.owner, _LEASE, started)
                self.account.usage.cache_hits += len(claims.known)
                self.results |= claims.known
                self.results |= claims.failed
                for _ in range(len(pending) - len(claims.mine) - len(claims.others)):
                    self.on_done()
                if claims.mine:
                    await self._work([by_key[key] for key in claims.mine])
                elif claims.others:
                    await self._pause(_POLL)
                pending = claims.others
            if self._n_rejected and self._nothing_came():
                raise LLMError(self._rejection)
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            self.store.release(self.owner)

    async def _keep_claims(self) -> None:
        while True:
            await asyncio.sleep(_LEASE / 6)
            self.store.renew(self.owner, _LEASE)

    async def _work(self, requests: Sequence[Request]) -> None:
        queue = iter(requests)
        # Twice as many as may be in flight: some wait before another try.
        n_workers = min(len(requests), 2 * self.settings.max_concurrency)
        workers = [asyncio.create_task(self._drain(queue)) for _ in range(n_workers)]
        try:
            done = await asyncio.gather(*workers, return_exceptions=True)
        except asyncio.CancelledError:
            await asyncio.gather(*workers, return_exceptions=True)
            raise
        for error in done:
            if isinstance(error, BaseException):
                raise error

    async def _drain(self, queue: Iterator[Request]) -> None:
        try:
            for request in queue:
                outcome = await self._answer(request)
                if outcome is None:  # stopped before there was one
                    return
                self.finish(request, outcome)
        except BaseException:
            self.stop()
            raise

    def finish(
        self, request: Request, outcome: tuple[NumberedAnswer, Reply] | str
    ) -> None:
        """Take note of how a request ended; an answer is on disk before all else.

        Parameters
        ----------
        request : Request
            What was asked.
        outcome : (NumberedAnswer, Reply) or str
            The answer and what it came in, or the reason why there is none.
        """
        if isinstance(outcome, str):
            shared = outcome if outcome in _FAULT_OF_THE_ANSWER else None
            self.store.fail(request.key, self.owner, shared)
            self.results[request.key] = outcome
        else:
            answer, reply = outcome
            counts = reply.tokens_in or 0, reply.tokens_out or 0
            row = StoredAnswer(answer, request.model, *counts)
            self.store.put(request.key, row, request.question)
            self.results[request.key] = answer
        self.on_done()

    async def _answer(
        self, request: Request
    ) -> tuple[NumberedAnswer, Reply] | str | None:
        """Return the answer, or the reason why there is none; None when stopped."""
        deadline = time.monotonic() + self.settings.deadline
        reply = await self._deliver(request, deadline)
        if not isinstance(reply, Reply):
            return reply
        read = self.read(request, reply)
        if isinstance(read, NumberedAnswer):
            return read, reply
        if read == "refused" or not self.settings.repair:
            return read
        repair = request.with_messages(
            self.templates.repair(request.messages, reply.content, read)
        )
        again = await self._deliver(repair, deadline, is_repair=True)
        if not isinstance(again, Reply):
            return None if again is None else read
        repaired = self.read(request, again)
        return repaired if isinstance(repaired, str) else (repaired, again)

    def read(self, request: Request, reply: Reply) -> NumberedAnswer | str:
        """Read a reply, and count what is wrong with it.

        Parameters
        ----------
        request : Request
            What was asked.
        reply : Reply
            What came back.

        Returns
        -------
        NumberedAnswer or str
            The answer, or the reason why it cannot be believed.
        """
        source = self.settings.probabilities
        return read_reply(request.question, reply, source, self.account.usage)

    async def _deliver(
        self, request: Request, deadline: float, *, is_repair: bool = False
    ) -> Reply | str | None:
        """Send until there is a reply, or a reason to give up; None when stopped."""
        usage, n_errors, n_tries = self.account.usage, 0, 0
        while not self._stop.is_set():
            sent = await self._send_once(request, deadline)
            if sent is None or isinstance(sent, str):
                return sent
            n_tries += 1
            usage.retries += n_tries > 1
            usage.repairs += is_repair and n_tries == 1
            if isinstance(sent, Reply):
                self._n_replies += 1
                return sent
            if sent.lacks_schema and self.link.with_schema:
                self.link.with_schema = False
                continue
            if (reason := self._give_up(sent)) is not None:
                return reason
            n_errors += sent.reason != "rate_limited"
            if n_errors > self.settings.max_retries:
                return self._exhausted(sent.reason)
            wait = backoff(
                max(n_errors, 1) if sent.reason != "rate_limited" else n_tries,
                sent.retry_after,
                self._random,
                self.settings.retry_delay,
            )
            if time.monotonic() + wait >= deadline:
                return "time_out"
            await self._pause(wait)
        return None

    async def _send_once(
        self, request: Request, deadline: float
    ) -> Reply | Failure | str | None:
        async with self.link.limit.slot():
            held = await self.account.reserve(request, self.link.limit.next_change)
            if held is None:
                return "over_budget"
            started = time.monotonic()
            left = deadline - started
            if self._stop.is_set() or left <= 0:
                self.account.give_back(held)
                return None if self._stop.is_set() else "time_out"
            outcome: Reply | Failure | None = None
            self.account.usage.requests += 1
            try:
                outcome = await self.link.transport.send(
                    request,
                    with_schema=self.link.with_schema,
                    timeout=min(self.settings.request_timeout, left),
                )
            finally:
                self.account.settle(request, held, outcome)
            if isinstance(outcome, Reply):
                self.link.limit.succeeded(time.monotonic() - started)
            elif outcome.reason == "rate_limited":
                self.link.limit.refused()
            return outcome

    def _give_up(self, failure: Failure) -> str | None:
        """Return the reason to abstain where another try cannot help."""
        if failure.reason == "fatal":
            raise LLMError(failure.message)
        if failure.reason == "refused":
            return "refused"
        if failure.reason == "rejected":
            self._n_rejected += 1
            self._rejection = failure.message
            if self._n_rejected >= _MOST_REJECTIONS and self._nothing_came():
                raise LLMError(failure.message)
            return "rejected"
        return None

    def _exhausted(self, reason: str) -> str:
        if reason == "no_connection" and self._nothing_came():
            raise LLMError(
                "There is no connection to the server, after "
                f"{self.settings.max_retries} retries. See to the network and to "
                "base_url=, and run the same again."
            )
        return reason

    def _nothing_came(self) -> bool:
        """Tell whether there was no answer at all, from the store neither."""
        known = self.results.values()
        return not self._n_replies and not any(
            isinstance(outcome, NumberedAnswer) for outcome in known
        )

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
