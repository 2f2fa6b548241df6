"""Chat completions, files and batches over HTTP, on this machine alone."""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from sklearn_tagkd.llm.testing.batches import BatchDesk
from sklearn_tagkd.llm.testing.faults import FaultSchedule, spoil
from sklearn_tagkd.llm.testing.handler import Handler, HTTPAnswer
from sklearn_tagkd.llm.testing.logprobs import token_logprobs
from sklearn_tagkd.llm.testing.responders import Responder, made_up_answer

__all__ = ["LocalServer", "ServerLog"]

_ERRORS = {
    "rate_limit": (429, "rate_limit_exceeded"),
    "rate_limit_wait": (429, "rate_limit_exceeded"),
    "server_error": (500, None),
    "bad_request": (400, "bad_request"),
    "no_key": (401, "invalid_api_key"),
}


@dataclass
class ServerLog:
    """What a server has seen.

    Parameters
    ----------
    n_requests : int
        Completions asked for, lines of batches included.
    tokens_in, tokens_out : int
        As the server counts; answers that never arrived count too.
    faults : Counter of str
        What went wrong on purpose.
    paid : Counter of str
        Whole answers per prompt, by the hash of the prompt.
    most_in_flight : int
        Most requests at a time.

    Examples
    --------
    >>> from sklearn_tagkd.llm.testing import LocalServer
    >>> with LocalServer() as server:
    ...     server.log.n_requests
    0
    """

    n_requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    most_in_flight: int = 0


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # many connect at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that go away, as those under test do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LocalServer:
    """A server that speaks OpenAI's protocol; a context manager.

    It listens on the loopback address only, needs no key, and counts what it is
    asked. Give its ``url`` to a client as ``base_url``.

    Parameters
    ----------
    respond : callable, default=made_up_answer
        Takes messages and a schema, returns the answer: see
        :func:`~sklearn_tagkd.llm.testing.recorded_answers`.
    faults : mapping of str to float, or iterable of (str or None), default=()
        Probability per fault, or one per request in turn: the keys of ``FAULTS``.
    latency : float, default=0
        Seconds until an answer.
    retry_after : float or str, default=1
        What ``'rate_limit_wait'`` asks for: seconds, or the text of the header, such
        as a date.
    slow_seconds : float, default=5
        Seconds over which ``'slow'`` lets the bytes drip.
    bytes_per_token : float, default=4
        How the server counts tokens, and cuts answers at the limit.
    bill_errors : bool, default=False
        Whether a 500 counts as if the model had worked.
    polls : int, default=1
        Looks at a batch until it is done.
    seed : int, default=0
        Of the draws of faults.
    most_in_flight : int, default=None
        Requests at a time; to every one more than these it says 429.
    port : int, default=0
        0 takes a free one.

    Attributes
    ----------
    url : str
        Base URL.
    log : ServerLog
        What the server has seen.

    Examples
    --------
    >>> from sklearn_tagkd.llm.testing import LocalServer
    >>> with LocalServer(faults=["rate_limit", None]) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        respond: Responder = made_up_answer,
        *,
        faults: Mapping[str, float] | Iterable[str | None] = (),
        latency: float = 0.0,
        retry_after: float | str = 1.0,
        slow_seconds: float = 5.0,
        bytes_per_token: float = 4.0,
        bill_errors: bool = False,
        polls: int = 1,
        seed: int = 0,
        most_in_flight: int | None = None,
        port: int = 0,
    ) -> None:
        self.log = ServerLog()
        self._respond = respond
        self._faults = FaultSchedule(faults, seed)
        self._latency = latency
        self._retry_after = retry_after
        self._slow_seconds = slow_seconds
        self._bytes_per_token = bytes_per_token
        self._bill_errors = bill_errors
        self._most_in_flight = most_in_flight
        self._in_flight = 0
        self._lock = threading.Lock()
        self._desk = BatchDesk(self._batch_line, polls)
        desk, completion = self._desk, self._completion

        class BoundHandler(Handler):
            routes = desk
            complete = staticmethod(completion)

        self._http = _HTTPServer(("127.0.0.1", port), BoundHandler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _completion(self, body: Mapping[str, Any]) -> HTTPAnswer:
        with self._lock:
            self._in_flight += 1
            self.log.most_in_flight = max(self.log.most_in_flight, self._in_flight)
            most = self._most_in_flight
            is_too_many = most is not None and self._in_flight > most
        try:
            if is_too_many:
                return self._answer(body, "rate_limit")
            if self._latency:
                time.sleep(self._latency)
            return self._answer(body, self._faults.draw())
        finally:
            with self._lock:
                self._in_flight -= 1

    def _batch_line(self, body: Mapping[str, Any]) -> HTTPAnswer | None:
        fault = self._faults.draw()
        if fault == "expired":
            with self._lock:
                self.log.faults[fault] += 1
            return None
        return self._answer(body, fault)

    def _answer(self, body: Mapping[str, Any], fault: str | None) -> HTTPAnswer:
        with self._lock:
            self.log.n_requests += 1
            if fault is not None:
                self.log.faults[fault] += 1
        asks_for_schema = "response_format" in body
        if fault == "no_schema" and not asks_for_schema:
            fault = None
        if fault == "no_schema":
            error = {"message": "This response_format type is unavailable now"}
            return HTTPAnswer(400, {"error": error})
        if fault in _ERRORS:
            if fault == "server_error" and self._bill_errors:
                self._reply(body, None)
            status, code = _ERRORS[fault]
            wait = self._retry_after if fault == "rate_limit_wait" else None
            # As a careless server does, the message quotes the prompt.
            text = f"failed on: {body['messages'][-1]['content']}"
            return HTTPAnswer(status, {"error": {"message": text, "code": code}}, wait)
        reply = self._reply(body, fault)
        seconds = self._slow_seconds if fault == "slow" else 0.0
        return HTTPAnswer(
            200,
            "{ no json" if fault == "bad_http" else reply,
            seconds=seconds,
            is_cut=fault == "cut",
        )

    def _reply(self, body: Mapping[str, Any], fault: str | None) -> dict[str, Any]:
        messages = body["messages"]
        format_ = body.get("response_format", {}).get("json_schema", {})
        schema = format_.get("schema", {})
        answer = self._respond(messages, schema)
        content = spoil(fault, answer)
        limit = body.get("max_completion_tokens", body.get("max_tokens", 10**9))
        finish = "length" if fault == "truncated" else "stop"
        n_out = self._count(content)
        if n_out > limit:
            n_out, finish = limit, "length"
            if fault != "huge":  # no limit keeps a broken server from that one
                content = content[: int(limit * self._bytes_per_token)]
        texts = [m["content"] for m in messages]
        n_in = self._count("".join([*texts, json.dumps(schema)])) + 4 * len(texts)
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if fault == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I cannot."}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        if body.get("logprobs") and fault != "no_logprobs":
            choice["logprobs"] = {"content": token_logprobs(content, answer)}
        with self._lock:
            self.log.tokens_in += n_in
            self.log.tokens_out += n_out
            if fault is None:
                digest = blake2b(json.dumps(messages).encode(), digest_size=8)
                self.log.paid[digest.hexdigest()] += 1
        usage = {
            "prompt_tokens": n_in,
            "completion_tokens": n_out,
            "total_tokens": n_in + n_out,
        }
        return {
            "id": "chatcmpl-local",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [choice],
            "usage": None if fault == "no_usage" else usage,
        }

    def _count(self, text: str) -> int:
        return math.ceil(len(text.encode("utf-8", "replace")) / self._bytes_per_token)
