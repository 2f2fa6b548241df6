"""Many questions at a time: claim, send, read, repair, store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sklearn_tagkd.llm.budget.account import Account
from sklearn_tagkd.llm.courier import Courier, Link
from sklearn_tagkd.llm.errors import AnswerStoreError
from sklearn_tagkd.llm.prompting.prompt import PromptTemplates
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import describe
from sklearn_tagkd.llm.reading.reply import read_reply
from sklearn_tagkd.llm.settings import AskSettings
from sklearn_tagkd.llm.store.answer_store import AnswerStore, StoredAnswer
from sklearn_tagkd.llm.store.claims import Claims
from sklearn_tagkd.llm.wire.transport import Reply
from sklearn_tagkd.utils.processes import new_owner

__all__ = ["LEASE", "Asker", "TakenOverError"]

LEASE = 30.0  # seconds after which the claims of a process that froze lapse
_LONGEST_TIMEOUT = 3600.0  # seconds of a request that others wait for, asleep or not
_POLL = 0.1  # seconds between two looks at what others are asking
# Others who wait for the same answer need not try these; another purse, or another
# minute, can do better with the rest.
_FAULT_OF_THE_ANSWER = {
    "refused",
    "truncated",
    "invalid_label",
    "not_a_distribution",
    "not_json",
    "no_logprobs",
    "rejected",
}


class TakenOverError(Exception):
    """Somebody else asks this by now, or has asked it."""


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
        self._started = time.time()
        self._lost: list[bytes] = []  # what others ask about by now
        self._damaged: set[bytes] = set()
        self.courier = Courier(self.link, self.account, self.settings)

    def stop(self) -> None:
        """Send nothing more; what is on its way is still waited for."""
        self.courier.stopped.set()

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
        self._started = time.time()
        by_key = {request.key: request for request in requests}
        pending = list(by_key)
        beside = [asyncio.create_task(self._keep_claims())]
        beside.append(asyncio.create_task(self.courier.clock.tick()))
        try:
            while pending and not self.courier.stopped.is_set():
                claims = self._claim(pending, LEASE)
                self._take_over(claims)
                self._damaged |= self.store.damaged.intersection(claims.mine)
                if claims.mine:
                    await self._work([by_key[key] for key in claims.mine])
                elif claims.others:
                    await self.courier.pause(_POLL)
                pending = claims.others + self._lost
                self._lost = []
            self.account.usage.damaged_rows += len(self._damaged)
            self.courier.check()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            # Locked: they lapse, and the error that says where answers are goes on.
            with suppress(AnswerStoreError):
                self.store.claims.release(self.owner)

    def _claim(self, keys: Sequence[bytes], lease: float) -> Claims:
        has_slept = self.courier.clock.has_just_slept(LEASE)
        return self.store.claims.take(
            keys, self.owner, lease, self._started, has_slept=has_slept
        )

    def _take_over(self, claims: Claims) -> None:
        """Take note of what others have found out."""
        self.account.usage.cache_hits += len(claims.known)
        self.courier.something_came |= bool(claims.known)
        self.results |= claims.known
        self.results |= claims.failed
        for _ in range(len(claims.known) + len(claims.failed)):
            self.on_done()

    def confirm(self, key: bytes) -> None:
        """Look once more whether a request is still to be sent, and claim it anew.

        A process that slept does not know that others have gone on without it.

        Parameters
        ----------
        key : bytes
            Of the request.

        Raises
        ------
        TakenOverError
            If it is not.
        """
        # While it is on its way nobody else shall send it, were this process to sleep.
        timeout = min(self.settings.request_timeout, _LONGEST_TIMEOUT)
        claims = self._claim([key], timeout + 2 * LEASE)
        if not claims.mine:
            self._take_over(claims)
            self._lost += claims.others
            raise TakenOverError

    async def _keep_claims(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 6)
            with suppress(AnswerStoreError):  # locked for the moment: again soon
                self.store.claims.renew(self.owner, LEASE)

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
        errors = [error for error in done if isinstance(error, BaseException)]
        # Each may have rescued an answer that had come, and is paid for.
        if unkept := [e for e in errors if isinstance(e, AnswerStoreError)]:
            raise AnswerStoreError.joined(unkept)
        if errors:
            raise errors[0]

    async def _drain(self, queue: Iterator[Request]) -> None:
        try:
            for request in queue:
                try:
                    outcome = await self._answer(request)
                except TakenOverError:
                    continue
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
            self.store.claims.fail(request.key, self.owner, shared)
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
        courier, confirm = self.courier, partial(self.confirm, request.key)
        deadline = courier.clock.now() + self.settings.deadline
        reply = await courier.deliver(request, deadline, confirm=confirm)
        if not isinstance(reply, Reply):
            return reply
        read = self.read(request, reply)
        if isinstance(read, NumberedAnswer):
            return read, reply
        if not self.can_be_repaired(read, reply):
            return read
        repair = request.with_messages(
            self.templates.repair(request.messages, reply.content, describe(read))
        )
        again = await courier.deliver(repair, deadline, confirm=confirm, is_repair=True)
        if not isinstance(again, Reply):
            return None if again is None else read
        repaired = self.read(request, again)
        return repaired if isinstance(repaired, str) else (repaired, again)

    def can_be_repaired(self, reason: str, reply: Reply) -> bool:
        """Tell whether a model may do better when it is asked once more.

        Parameters
        ----------
        reason : str
            Why its answer cannot be believed.
        reply : Reply
            What it came in.

        Returns
        -------
        bool
            A server that sends no log-probabilities will not send any then either.
        """
        is_hopeless = reason == "no_logprobs" and not reply.choices
        return self.settings.repair and reason != "refused" and not is_hopeless

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
