"""Many questions at a time: claim, send, read, repair, store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

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
from sklearn_tagkd.llm.store.owner import new_owner
from sklearn_tagkd.llm.wire.transport import Reply

__all__ = ["Asker"]

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
    "no_logprobs",
    "rejected",
}


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
        started = time.time()
        by_key = {request.key: request for request in requests}
        pending = list(by_key)
        heartbeat = asyncio.create_task(self._keep_claims())
        try:
            while pending and not self.courier.stopped.is_set():
                claims = self.store.claims.take(pending, self.owner, _LEASE, started)
                self.account.usage.cache_hits += len(claims.known)
                self.courier.something_came |= bool(claims.known)
                self.results |= claims.known
                self.results |= claims.failed
                for _ in range(len(pending) - len(claims.mine) - len(claims.others)):
                    self.on_done()
                if claims.mine:
                    await self._work([by_key[key] for key in claims.mine])
                elif claims.others:
                    await self.courier.pause(_POLL)
                pending = claims.others
            self.courier.check()
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            # Locked: they lapse, and the error that says where answers are goes on.
            with suppress(AnswerStoreError):
                self.store.claims.release(self.owner)

    async def _keep_claims(self) -> None:
        while True:
            await asyncio.sleep(_LEASE / 6)
            with suppress(AnswerStoreError):  # locked for the moment: again soon
                self.store.claims.renew(self.owner, _LEASE)

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
        deadline = time.monotonic() + self.settings.deadline
        reply = await self.courier.deliver(request, deadline)
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
        again = await self.courier.deliver(repair, deadline, is_repair=True)
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
