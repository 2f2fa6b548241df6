"""The same questions in OpenAI's Batch mode: half the price, within a day."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.llm.asking import Asker
from sklearn_tagkd.llm.batch_lines import (
    ENDPOINT,
    custom_id,
    pack_lines,
    read_line,
    write_line,
)
from sklearn_tagkd.llm.budget.purse import Amount
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.reading.parse import describe
from sklearn_tagkd.llm.wire.sdk import SDKTransport
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["BatchAsker"]

_MOST_ROUNDS = 5  # that one question may be part of
_CLOCKS = 3600.0  # seconds by which the server's clock and ours may differ
_TAG = "sklearn_tagkd"
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
        by_key = {request.key: request for request in requests}
        under_way = await self._resume(by_key)
        sent = {id_ for batch in under_way for id_ in batch.items}
        waiting = [
            _Item(request, request)
            for request in requests
            if not sent & {custom_id(request.key, stage) for stage in (0, 1)}
        ]
        while (waiting or under_way) and not self.courier.stopped.is_set():
            waiting = await self._submit(waiting, under_way)
            await self.courier.pause(self.poll_seconds)
            n_done = 0
            for batch in list(under_way):
                if self.courier.stopped.is_set():
                    return
                state = await self._call(self._sdk.batches.retrieve, batch.batch_id)
                n_done += _field(_field(state, "request_counts"), "completed") or 0
                self.on_poll(n_done)
                if _field(state, "status") in _FINAL:
                    under_way.remove(batch)
                    waiting += await self._collect(batch, state)

    @property
    def _transport(self) -> SDKTransport:
        assert isinstance(self.link.transport, SDKTransport)
        return self.link.transport

    @property
    def _sdk(self) -> Any:
        return self._transport.sdk

    # -- sending -------------------------------------------------------------------

    async def _submit(self, items: list[_Item], under_way: list[_Batch]) -> list[_Item]:
        """Send what can be paid for; return what has to wait for others' change."""
        affordable: list[_Item] = []
        waiting: list[_Item] = []
        for item in items:
            item.held = self.account.reserve_now(item.sent)
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

    async def _create(self, items: list[_Item], lines: list[bytes]) -> _Batch:
        tag = uuid.uuid4().hex
        upload = ("questions.jsonl", b"".join(lines))
        file = await self._call(self._sdk.files.create, file=upload, purpose="batch")
        # Noted first: should the process die now, the batch is found by its tag.
        self.store.batch_notes.begin_batch(
            tag, [(item.request.key, item.stage) for item in items]
        )

        began, n_tries = time.time(), 0

        async def create() -> Any:
            nonlocal n_tries
            n_tries += 1
            # It may have been made although no answer came: then not once more.
            known = await self._find(tag, began) if n_tries > 1 else None
            return known or await self._sdk.batches.create(
                input_file_id=_field(file, "id"),
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={_TAG: tag},
            )

        made = await self._call(create)
        batch = _Batch(tag, str(_field(made, "id")))
        self.store.batch_notes.name_batch(tag, batch.batch_id)
        usage = self.account.usage
        for item in items:
            usage.requests += 1
            usage.retries += item.rounds > 0 and item.stage == 0
            usage.repairs += item.stage
            item.rounds += 1
            batch.items[item.name] = item
        return batch

    async def _find(self, tag: str, noted: float) -> Any:
        async for batch in self._sdk.batches.list(limit=100):  # page after page
            if (_field(batch, "metadata") or {}).get(_TAG) == tag:
                return batch
            made = _field(batch, "created_at")
            if isinstance(made, int) and made < noted - _CLOCKS:
                break  # the newest come first: what follows is older still
        return None

    async def _resume(self, by_key: Mapping[bytes, Request]) -> list[_Batch]:
        """Find the batches that an earlier run was waiting for."""
        resumed = []
        notes = self.store.batch_notes.open_batches(by_key)
        for tag, batch_id, noted, entries in notes:
            if batch_id is None:
                made = await self._call(self._find, tag, noted)
                if made is None:  # the earlier run died before it was made
                    self.store.batch_notes.end_items(tag, [key for key, _ in entries])
                    continue
                batch_id = str(_field(made, "id"))
                self.store.batch_notes.name_batch(tag, batch_id)
            batch = _Batch(tag, batch_id)
            for key, stage in entries:
                item = _Item(by_key[key], by_key[key], stage, rounds=1)
                item.held = self.account.reserve_now(item.sent, force=True)
                batch.items[custom_id(key, stage)] = item
            resumed.append(batch)
        return resumed

    # -- receiving -----------------------------------------------------------------

    async def _collect(self, batch: _Batch, state: Any) -> list[_Item]:
        """Read a finished batch; return what has to be sent again."""
        if _field(state, "status") == "failed":
            self._give_up_batch(batch, state)
        again: list[_Item] = []
        for name in ("output_file_id", "error_file_id"):
            file_id = _field(state, name)
            if not file_id:
                continue
            content = await self._call(self._sdk.files.content, file_id)
            for line in content.content.splitlines():
                name, outcome = read_line(line) or ("", Failure("time_out"))
                if name in batch.items:
                    again += self._close(batch, batch.items[name], outcome)
        for item in list(batch.items.values()):  # lines that never came back
            again += self._close(batch, item, Failure("time_out"))
        return again

    def _give_up_batch(self, batch: _Batch, state: Any) -> None:
        for item in batch.items.values():
            if item.held is not None:
                self.account.give_back(item.held)
        self.store.batch_notes.end_items(
            batch.tag, [i.request.key for i in batch.items.values()]
        )
        errors = _field(_field(state, "errors"), "data") or []
        codes = {str(_field(error, "code"))[:40] for error in errors}
        raise LLMError(
            f"The server has turned the batch {batch.batch_id} down "
            f"({', '.join(sorted(codes)) or 'no reason given'}). Nothing was charged. "
            "With token_limit_exceeded ask about fewer nodes at a time."
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
            is_final = outcome.reason in ("rejected", "refused")
            if is_final or item.rounds >= _MOST_ROUNDS:
                if outcome.reason == "rejected":
                    self.courier.note(outcome)
                reason = outcome.reason if is_final else item.reason
                self.finish(item.request, reason)
                return []
            return [item]
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

    async def _call(
        self, function: Callable[..., Awaitable[Any]], *args: Any, **options: Any
    ) -> Any:
        """Call the server about files and batches, several times if need be."""
        for attempt in range(1, self.settings.max_retries + 2):
            try:
                return await function(*args, **options)
            except Exception as error:
                failure = self._transport.explain(error)
            if failure.reason in ("fatal", "rejected"):
                raise LLMError(failure.message)
            await self.courier.pause(self.courier.delay(attempt, failure))
        raise LLMError(
            f"The server does not answer about its batches ({failure.reason}). What "
            "was sent is noted: run the same again to go on waiting for it."
        )


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
