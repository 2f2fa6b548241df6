"""The HTTP side of a server for tests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

__all__ = ["HTTPAnswer", "Handler", "Routes"]

_PIECES = 50  # in which a slow answer drips in


@dataclass(frozen=True)
class HTTPAnswer:
    """What is sent back.

    Parameters
    ----------
    status : int
        HTTP status.
    body : str, bytes or mapping
        A mapping is sent as JSON.
    retry_after : float, str or None
        Seconds, or the text of the header.
    seconds : float
        Time over which the bytes drip.
    is_cut : bool
        Whether the connection ends in the middle.
    headers : mapping of str to str
        Further ones.
    """

    status: int
    body: str | bytes | Mapping[str, Any]
    retry_after: float | str | None = None
    seconds: float = 0.0
    is_cut: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the body's bytes.

        Returns
        -------
        bytes
            In UTF-8.
        """
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode("utf-8")


class Routes(Protocol):
    """Whatever answers about files and batches."""

    def get(self, path: str, query: Mapping[str, str]) -> HTTPAnswer:
        """Answer a GET.

        Parameters
        ----------
        path : str
            After the base URL.
        query : mapping of str to str
            What follows the question mark.

        Returns
        -------
        HTTPAnswer
            What to send back.
        """

    def post(self, path: str, body: bytes, content_type: str) -> HTTPAnswer:
        """Answer a POST.

        Parameters
        ----------
        path : str
            After the base URL.
        body : bytes
            What was sent.
        content_type : str
            Of the body.

        Returns
        -------
        HTTPAnswer
            What to send back.
        """


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers; what to say is decided elsewhere."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one packet
    disable_nagle_algorithm = True
    routes: Routes
    complete: Callable[[Mapping[str, Any]], HTTPAnswer]

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer a GET."""
        query = dict(parse_qsl(urlsplit(self.path).query))
        self._write(self.routes.get(self._path(), query))

    def do_POST(self) -> None:
        """Answer a POST."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._path() == "/chat/completions":
            try:
                asked = json.loads(body)
            except ValueError:  # the client was killed while it wrote
                self.close_connection = True
                return
            self._write(self.complete(asked))
        else:
            content_type = self.headers.get("Content-Type", "")
            self._write(self.routes.post(self._path(), body, content_type))

    def _path(self) -> str:
        return urlsplit(self.path).path.removeprefix("/v1")

    def _write(self, answer: HTTPAnswer) -> None:
        content = answer.encoded()
        try:
            self.send_response(answer.status)
            is_json = not isinstance(answer.body, bytes)
            kind = "application/json" if is_json else "application/octet-stream"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if answer.retry_after is not None:
                self.send_header("Retry-After", str(answer.retry_after))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.is_cut:
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            elif answer.seconds:
                self._drip(content, answer.seconds)
            else:
                self.wfile.write(content)
        except OSError:  # the client has gone
            self.close_connection = True

    def _drip(self, content: bytes, seconds: float) -> None:
        step = max(1, len(content) // _PIECES)
        for start in range(0, len(content), step):
            self.wfile.write(content[start : start + step])
            self.wfile.flush()
            time.sleep(seconds / _PIECES)
