"""The same questions in OpenAI's Batch mode: half the price, within a day."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sklearn_tagkd.llm.asking import LEASE, Asker
from sklearn_tagkd.llm.batch_calls import BatchCalls, BatchState
from sklearn_tagkd.llm.batch_lines import (
    custom_id,
    pack_lines,
    read_line,
    write_line,
)
from sklearn_tagkd.llm.budget.purse import Amount
from sklearn_tagkd.llm.courier import FINAL
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import describe
from sklearn_tagkd.llm.wire.sdk import SDKTransport
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["BatchAsker"]

_MOST_ROUNDS = 5  # that one question may be part of
_MORE_LINES = 100  # of a file than there are questions; the rest is not read
_LARGEST_FRAME = 16_384  # bytes of a line around the answer
_BYTES_PER_TOKEN = 64, 8192  # of an answer, and with what could have stood there
_FINAL = {"completed", "expired", "cancelled", "failed"}


@dataclass
class _Item:
    """A question on its way through batches."""

    request: Request  # what is kept under its key
    sent: Request  # what is sent: the same, or the request to repair the answer
    stage: int = 0  # 0 is a first try, 1 a repair
    rounds: int = 0
    reason: str = "time_out"  # to abstain, should there be no answer
    held: Amount | None = None

    @property
    def name(self) -> str:
        """Name of its line in a file."""
        return custom_id(self.request.key, self.stage)


@dataclass
class _Batch:
    tag: str
    batch_id: str
    items: dict[str, _Item] = field(default_factory=dict)


@dataclass
class BatchAsker(Asker):
    """A run that sends files of questions and waits for them.

    Parameters
    ----------
    link, store, account, settings, templates, on_done, results : object
        As in :class:`~sklearn_tagkd.llm.asking.Asker`.
    poll_seconds : float
        Seconds between two looks at a batch.
    on_poll : callable
        Called after each look with the number of questions in all batches that the
        server is done with, and has not handed out.
    """

    poll_seconds: float = 30.0
    on_poll: Callable[[int], object] = int

    async def _work(self, requests: Sequence[Request]) -> None:
        courier, transport = self.courier, self.link.transport
        assert isinstance(transport, SDKTransport)
        deadline = courier.clock.now() + self.settings.deadline
        self._calls = BatchCalls(transport, courier, self.settings, deadline)
        self._end = ""  # what ends the run once all that has come is read
        by_key = {request.key: request for request in requests}
        under_way = await self._resume(by_key)
        sent = {id_ for batch in under_way for id_ in batch.items}
        waiting = [
            _Item(request, request)
            for request in requests
            if not sent & {custom_id(request.key, stage) for stage in (0, 1)}
        ]
        while (waiting or under_way) and not courier.stopped.is_set():
            waiting = await self._submit(waiting, under_way)
            left = deadline - courier.clock.now()
            await courier.pause(min(self.poll_seconds, max(left, 0.0)))
            if under_way and courier.clock.now() >= deadline:
                raise self._calls.late()
            waiting += await self._look(under_way)

    async def _look(self, under_way: list[_Batch]) -> list[_Item]:
        """Read what is finished; return what has to be sent again."""
        again: list[_Item] = []
        n_done = 0
        for batch in list(under_way):
            if self.courier.stopped.is_set():
                return []
            state = await self._calls.look(batch.batch_id)
            n_done += state.n_done
            self.on_poll(n_done)
            if state.status in _FINAL:
                under_way.remove(batch)
                again += await self._collect(batch, state)
            if self._end:
                raise LLMError(self._end)
        return again

    # -- sending -------------------------------------------------------------------

    async def _submit(self, items: list[_Item], under_way: list[_Batch]) -> list[_Item]:
        """Send what can be paid for; return what has to wait for others' change."""
        affordable: list[_Item] = []
        waiting: list[_Item] = []
        for item in self._still_mine(items):
            is_open = self.account.is_open
            item.held = self.account.reserve_now(item.sent) if is_open else None
            (waiting if item.held is None else affordable).append(item)
        form = self.link.dialect.form
        lines = [write_line(item.name, item.sent, form) for item in affordable]
        for part in pack_lines(lines):
            batch = await self._create(affordable[part], lines[part])
            under_way.append(batch)
        if not under_way:  # nobody will put anything back
            for item in waiting:
                self.finish(item.request, "over_budget")
            return []
        return waiting

    def _still_mine(self, items: list[_Item]) -> list[_Item]:
        """Look once more what is to be sent: others may have gone on meanwhile."""
        if not items:
            return []
        claims = self._claim([item.request.key for item in items], LEASE)
        self._take_over(claims)
        self._lost += claims.others
        mine = set(claims.mine)
        return [item for item in items if item.request.key in mine]

    async def _create(self, items: list[_Item], lines: list[bytes]) -> _Batch:
        tag = uuid.uuid4().hex
        file, made = await self._calls.upload(lines)
        # Noted first: should the process die now, the batch is found by its tag.
        self.store.batch_notes.begin_batch(
            tag, [(item.request.key, item.stage) for item in items], made
        )
        batch = _Batch(tag, await self._calls.create(file, tag, made))
        self.store.batch_notes.name_batch(tag, batch.batch_id)
        usage = self.account.usage
        for item in items:
            usage.requests += 1
            usage.retries += item.rounds > 0 and item.stage == 0
            usage.repairs += item.stage
            item.rounds += 1
            batch.items[item.name] = item
        return batch

    async def _resume(self, by_key: Mapping[bytes, Request]) -> list[_Batch]:
        """Find the batches that an earlier run was waiting for."""
        resumed = []
        notes = self.store.batch_notes.open_batches(by_key)
        for tag, batch_id, noted, entries in notes:
            if batch_id is None:
                batch_id = await self._calls.find(tag, noted)
                if batch_id is None:  # the earlier run died before it was made
                    self.store.batch_notes.end_items(tag, [key for key, _ in entries])
                    continue
                self.store.batch_notes.name_batch(tag, batch_id)
            batch = _Batch(tag, batch_id)
            for key, stage in entries:
                item = _Item(by_key[key], by_key[key], stage, rounds=1)
                item.held = self.account.reserve_now(item.sent, force=True)
                batch.items[custom_id(key, stage)] = item
            resumed.append(batch)
        return resumed

    # -- receiving -----------------------------------------------------------------

    async def _collect(self, batch: _Batch, state: BatchState) -> list[_Item]:
        """Read a finished batch; return what has to be sent again."""
        if state.status == "failed":
            self._give_up_batch(batch, state)
        has_choices = self.settings.probabilities == "logprobs"
        per_token = _BYTES_PER_TOKEN[has_choices]
        per_line = _LARGEST_FRAME + per_token * self.settings.max_answer_tokens
        again: list[_Item] = []
        for file in state.files:
            n_lines = len(batch.items) + _MORE_LINES
            for line in await self._calls.download(file, n_lines, per_line):
                name, outcome = read_line(line) or ("", Failure("time_out"))
                if name in batch.items:
                    again += self._close(batch, batch.items[name], outcome)
        # Lines that never came back; of a batch that is complete they may be paid for.
        lost = Failure("time_out", may_be_billed=state.status == "completed")
        for item in list(batch.items.values()):
            again += self._close(batch, item, lost)
        return again

    def _give_up_batch(self, batch: _Batch, state: BatchState) -> None:
        for item in batch.items.values():
            if item.held is not None:
                self.account.give_back(item.held)
        self.store.batch_notes.end_items(
            batch.tag, [i.request.key for i in batch.items.values()]
        )
        raise LLMError(
            f"The server has turned the batch {batch.batch_id} down "
            f"({', '.join(sorted(state.codes)) or 'no reason given'}). Nothing was "
            "charged. With token_limit_exceeded ask about fewer nodes at a time."
        )

    def _close(
        self, batch: _Batch, item: _Item, outcome: Reply | Failure
    ) -> list[_Item]:
        """Settle one item; return it where it has to be sent again."""
        if item.held is not None:
            self.account.settle(item.sent, item.held, outcome)
        del batch.items[item.name]
        again = self._next_step(item, outcome)
        self.store.batch_notes.end_items(batch.tag, [item.request.key])
        return again

    def _next_step(self, item: _Item, outcome: Reply | Failure) -> list[_Item]:
        if isinstance(outcome, Failure):
            return self._after_failure(item, outcome)
        self.courier.something_came = True
        read = self.read(item.request, outcome)
        if isinstance(read, NumberedAnswer):
            self.finish(item.request, (read, outcome))
        elif item.stage or not self.can_be_repaired(read, outcome):
            self.finish(item.request, read)
        else:
            messages = item.request.messages
            repair = self.templates.repair(messages, outcome.content, describe(read))
            sent = item.request.with_messages(repair)
            return [_Item(item.request, sent, 1, item.rounds, read)]
        return []

    def _after_failure(self, item: _Item, failure: Failure) -> list[_Item]:
        reason = failure.reason
        if reason == "fatal":
            self._end = failure.message
        elif reason not in FINAL and item.rounds < _MOST_ROUNDS:
            return [item]
        if reason in ("rejected", "forbidden"):
            self.courier.note(failure)
        told = {"fatal": "over_budget", "forbidden": "refused"}.get(reason, reason)
        self.finish(item.request, told if reason in FINAL else item.reason)
        return []
