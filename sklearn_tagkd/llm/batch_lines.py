"""Files of questions and answers, in the words of OpenAI's Batch API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklearn_tagkd.llm.prompting.form import Form
from sklearn_tagkd.llm.prompting.request import Request
from sklearn_tagkd.llm.wire.completion import read_completion
from sklearn_tagkd.llm.wire.error_body import explain_body
from sklearn_tagkd.llm.wire.transport import Failure, Reply

__all__ = ["ENDPOINT", "custom_id", "pack_lines", "read_line", "write_line"]

ENDPOINT = "/v1/chat/completions"
# What one file may hold.
_MOST_LINES, _MOST_BYTES = 50_000, 200_000_000


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
    >>> from sklearn_tagkd.llm.batch_lines import pack_lines
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


def custom_id(key: bytes, stage: int) -> str:
    """Return the name of a line.

    Parameters
    ----------
    key : bytes
        Key of the request.
    stage : int
        0 for a first try, 1 for a repair.

    Returns
    -------
    str
        By which its answer is known.
    """
    return f"{key.hex()}-{stage}"


def write_line(name: str, request: Request, form: Form) -> bytes:
    """Write a question.

    Parameters
    ----------
    name : str
        Of the line.
    request : Request
        What to ask.
    form : Form
        How to put it.

    Returns
    -------
    bytes
        JSON and a line break.
    """
    entry = {
        "custom_id": name,
        "method": "POST",
        "url": ENDPOINT,
        "body": request.body(form),
    }
    return json.dumps(entry, ensure_ascii=False).encode("utf-8") + b"\n"


def read_line(line: bytes) -> tuple[str, Reply | Failure] | None:
    """Read an answer, or why there is none.

    Parameters
    ----------
    line : bytes
        What the server wrote.

    Returns
    -------
    (str, Reply or Failure), or None
        Name of the line, and what came of it; None where it cannot be read: then it
        counts as one that never came back.
    """
    try:
        entry = json.loads(line)
        name = entry["custom_id"]
        outcome = _outcome(entry.get("response"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (name, outcome) if isinstance(name, str) else None


def _outcome(response: Any) -> Reply | Failure:
    status = response.get("status_code") if isinstance(response, Mapping) else None
    if status == 200:
        return read_completion(response.get("body"))
    is_error = isinstance(status, int) and 400 <= status < 500
    if not is_error:
        return Failure("time_out")  # expired, or an error of the server's: once more
    failure = explain_body({"status": status, "body": response.get("body")})
    if failure is not None and failure.reason == "fatal":
        return failure
    if status in (408, 409, 429):
        return Failure("time_out")
    told = f"The server rejects what is in a batch ({status})."
    return Failure("forbidden" if status == 403 else "rejected", told)
