"""Files and batches of a server for tests."""

from __future__ import annotations

import email.parser
import email.policy
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from sklearn_tagkd.llm.testing.handler import HTTPAnswer

__all__ = ["BatchDesk"]

_MOST_LINES, _MOST_BYTES = 50_000, 200 * 2**20


class BatchDesk:
    """Keeps files and works batches off.

    Parameters
    ----------
    answer_line : callable
        Answers the body of one line; None where it expires.
    polls : int
        Looks at a batch until it is done.
    """

    def __init__(
        self,
        answer_line: Callable[[Mapping[str, Any]], HTTPAnswer | None],
        polls: int,
    ) -> None:
        self._answer_line = answer_line
        self._polls = polls
        self._lock = threading.Lock()
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._looks: dict[str, int] = {}

    def get(self, path: str, query: Mapping[str, str]) -> HTTPAnswer:
        """Answer a GET.

        Parameters
        ----------
        path : str
            After the base URL.
        query : mapping of str to str
            ``limit`` and ``after`` of a list.

        Returns
        -------
        HTTPAnswer
            A batch, the list of batches, or the content of a file.
        """
        parts = path.strip("/").split("/")
        with self._lock:
            if parts == ["batches"]:
                return HTTPAnswer(200, self._page(query))
            if parts[0] == "batches" and parts[1] in self._batches:
                return HTTPAnswer(200, self._look(parts[1]))
            if parts[0] == "files" and parts[1] in self._files:
                return HTTPAnswer(200, self._files[parts[1]])
        return _error(404, "there is no such thing here")

    def post(self, path: str, body: bytes, content_type: str) -> HTTPAnswer:
        """Answer a POST.

        Parameters
        ----------
        path : str
            After the base URL.
        body : bytes
            A form with a file, or JSON.
        content_type : str
            Which of them.

        Returns
        -------
        HTTPAnswer
            The file or batch that was made.
        """
        with self._lock:
            if path == "/files":
                content = _file_in_form(body, content_type)
                name = self._keep(content)
                return HTTPAnswer(200, _file(name, len(content)))
            if path == "/batches":
                return self._make(json.loads(body))
        return _error(404, "there is no such thing here")

    def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        newest_first = list(reversed(self._batches.values()))
        ids = [batch["id"] for batch in newest_first]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        end = start + int(query.get("limit", 20))
        return {
            "object": "list",
            "data": newest_first[start:end],
            "has_more": end < len(newest_first),
        }

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self._files)}"
        self._files[name] = content
        return name

    def _make(self, asked: Mapping[str, Any]) -> HTTPAnswer:
        content = self._files.get(asked["input_file_id"])
        if content is None:
            return _error(404, "there is no such file")
        n_lines = len(content.splitlines())
        if n_lines > _MOST_LINES or len(content) > _MOST_BYTES:
            return _error(400, "the file is too large")
        name = f"batch_{len(self._batches)}"
        self._looks[name] = 0
        self._batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "metadata": asked.get("metadata"),
            "status": "validating",
            "created_at": int(time.time()),
            "output_file_id": None,
            "error_file_id": None,
            "request_counts": {"total": n_lines, "completed": 0, "failed": 0},
        }
        return HTTPAnswer(200, self._batches[name])

    def _look(self, name: str) -> dict[str, Any]:
        batch = self._batches[name]
        self._looks[name] += 1
        if batch["status"] == "validating":
            batch["status"] = "in_progress"
        if batch["status"] == "in_progress" and self._looks[name] > self._polls:
            self._work_off(batch)
        return batch

    def _work_off(self, batch: dict[str, Any]) -> None:
        done: list[str] = []
        failed: list[str] = []
        is_expired = False
        for line in self._files[batch["input_file_id"]].splitlines():
            entry = json.loads(line)
            answer = self._answer_line(entry["body"])
            if answer is None:
                is_expired = True
                problem = {"code": "batch_expired", "message": "too late"}
                failed.append(_line(entry["custom_id"], None, problem))
                continue
            response = {
                "status_code": answer.status,
                "request_id": "r",
                "body": json.loads(answer.encoded())
                if answer.body != "{ no json"
                else {},
            }
            lines = done if answer.status == 200 else failed
            lines.append(_line(entry["custom_id"], response, None))
        done.reverse()  # the order of lines means nothing, and nobody may rely on it
        batch["status"] = "expired" if is_expired else "completed"
        counts = {"completed": len(done), "failed": len(failed)}
        batch["request_counts"] |= counts
        if done:
            batch["output_file_id"] = self._keep("\n".join(done).encode())
        if failed:
            batch["error_file_id"] = self._keep("\n".join(failed).encode())


def _line(custom_id: str, response: Any, error: Any) -> str:
    entry = {"id": "line", "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(entry)


def _file(name: str, n_bytes: int) -> dict[str, Any]:
    return {
        "id": name,
        "object": "file",
        "bytes": n_bytes,
        "created_at": int(time.time()),
        "filename": "batch.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


def _file_in_form(body: bytes, content_type: str) -> bytes:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    for part in form.iter_parts():
        if part.get_filename():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    return b""


def _error(status: int, message: str) -> HTTPAnswer:
    return HTTPAnswer(status, {"error": {"message": message}})
