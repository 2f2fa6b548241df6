"""The same questions in OpenAI's Batch mode: half the price, within a day."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.llm.asking import Asker
from sklearn_tagkd.llm.budget.purse import Amount
from sklearn_tagkd.llm.errors import LLMError
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.wire.sdk import SDKTransport, read_completion
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["BatchAsker", "pack_lines"]

# What one file may hold.
_MOST_LINES, _MOST_BYTES = 50_000, 200_000_000
_MOST_ROUNDS = 5  # that one question may be part of
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


@dataclass
class _Batch:
    tag: str
    batch_id: str
    items: dict[str, _Item] = field(default_factory=dict)


def pack_lines(
    lines: Sequence[bytes],
    most_lines: int = _MOST_LINES,
    most_bytes: int = _MOST_BYTES,
) -> Iterator[slice]:
    """Divide lines among files that are not too large.

    Parameters
    ----------
    lines : sequence of bytes
        Lines with their line breaks.
    most_lines : int, default=50000
        Lines per file at most.
    most_bytes : int, default=200000000
        Bytes per file at most.

    Yields
    ------
    slice
        Of lines that go into one file.

    Examples
    --------
    >>> from sklearn_tagkd.llm.batch import pack_lines
    >>> list(pack_lines([b"aaaa", b"bb", b"cc"], most_bytes=5))
    [slice(0, 1, None), slice(1, 3, None)]
    """
    start = size = 0
    for place, line in enumerate(lines):
        is_full = place - start == most_lines or size + len(line) > most_bytes
        if place > start and is_full:
            yield slice(start, place)
            start, size = place, 0
        size += len(line)
    if start < len(lines):
        yield slice(start, len(lines))


@dataclass
class BatchAsker(Asker):
    """A run that sends files of questions and waits for them.

    Parameters
    ----------
    link, store, account, settings, templates, on_done, results : object
        As in :class:`~sklearn_tagkd.llm.asking.Asker`.
    poll_seconds : float
        Seconds between two looks at a batch.
    """

    poll_seconds: float = 30.0

    async def _work(self, requests: Sequence[Request]) -> None:
        by_key = {request.key: request for request in requests}
        under_way = await self._resume(by_key)
        sent = {id_ for batch in under_way for id_ in batch.items}
        waiting = [
            _Item(request, request)
            for request in requests
            if not sent & {_custom_id(request.key, stage) for stage in (0, 1)}
        ]
        while (waiting or under_way) and not self.courier.stopped.is_set():
            waiting = await self._submit(waiting, under_way)
            await self.courier.pause(self.poll_seconds)
            for batch in list(under_way):
                if self.courier.stopped.is_set():
                    return
                state = await self._call(self._sdk.batches.retrieve, batch.batch_id)
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
        lines = [self._line(item) for item in affordable]
        for part in pack_lines(lines):
            batch = await self._create(affordable[part], lines[part])
            under_way.append(batch)
        if not under_way:  # nobody will put anything back
            for item in waiting:
                self.finish(item.request, "over_budget")
            return []
        return waiting

    def _line(self, item: _Item) -> bytes:
        entry = {
            "custom_id": _custom_id(item.request.key, item.stage),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": item.sent.body(with_schema=self.link.with_schema),
        }
        return json.dumps(entry, ensure_ascii=False).encode("utf-8") + b"\n"

    async def _create(self, items: list[_Item], lines: list[bytes]) -> _Batch:
        tag = uuid.uuid4().hex
        upload = ("questions.jsonl", b"".join(lines))
        file = await self._call(self._sdk.files.create, file=upload, purpose="batch")
        # Noted first: should the process die now, the batch is found by its tag.
        self.store.batch_notes.begin_batch(
            tag, [(item.request.key, item.stage) for item in items]
        )

        async def create() -> Any:
            # It may have been made although no answer came: then not once more.
            known = await self._find(tag)
            return known or await self._sdk.batches.create(
                input_file_id=_field(file, "id"),
                endpoint="/v1/chat/completions",
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
            batch.items[_custom_id(item.request.key, item.stage)] = item
        return batch

    async def _find(self, tag: str) -> Any:
        page = await self._sdk.batches.list(limit=100)
        for batch in _field(page, "data") or []:
            if (_field(batch, "metadata") or {}).get(_TAG) == tag:
                return batch
        return None

    async def _resume(self, by_key: Mapping[bytes, Request]) -> list[_Batch]:
        """Find the batches that an earlier run was waiting for."""
        resumed = []
        for tag, batch_id, entries in self.store.batch_notes.open_batches(by_key):
            if batch_id is None:
                made = await self._call(self._find, tag)
                if made is None:  # the earlier run died before it was made
                    self.store.batch_notes.end_items(tag, [key for key, _ in entries])
                    continue
                batch_id = str(_field(made, "id"))
                self.store.batch_notes.name_batch(tag, batch_id)
            batch = _Batch(tag, batch_id)
            for key, stage in entries:
                item = _Item(by_key[key], by_key[key], stage, rounds=1)
                item.held = self.account.reserve_now(item.sent, force=True)
                batch.items[_custom_id(key, stage)] = item
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
                again += self._read_line(batch, line)
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

    def _read_line(self, batch: _Batch, line: bytes) -> list[_Item]:
        try:
            entry = json.loads(line)
            item = batch.items.get(entry.get("custom_id"))
        except (ValueError, AttributeError):
            return []  # its question counts as one that never came back
        return [] if item is None else self._close(batch, item, _outcome(entry))

    def _close(
        self, batch: _Batch, item: _Item, outcome: Reply | Failure
    ) -> list[_Item]:
        """Settle one item; return it where it has to be sent again."""
        if item.held is not None:
            self.account.settle(item.sent, item.held, outcome)
        del batch.items[_custom_id(item.request.key, item.stage)]
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
        elif read == "refused" or item.stage or not self.settings.repair:
            self.finish(item.request, read)
        else:
            messages = item.request.messages
            repair = self.templates.repair(messages, outcome.content, read)
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


def _outcome(entry: Mapping[str, Any]) -> Reply | Failure:
    response = entry.get("response")
    status = _field(response, "status_code")
    if status == 200:
        return read_completion(_field(response, "body"))
    if (
        isinstance(status, int)
        and 400 <= status < 500
        and status not in (408, 409, 429)
    ):
        return Failure("rejected", f"The server rejects what is in a batch ({status}).")
    return Failure("time_out")  # expired, or an error of the server's: once more


def _custom_id(key: bytes, stage: int) -> str:
    return f"{key.hex()}-{stage}"


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
