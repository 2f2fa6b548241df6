"""What stands in the body of an error, in whatever clothing it comes.

Protocols agree on ``{"error": {"code": ..., "type": ..., "message": ...}}`` and servers
do not: lists of it, one within the other, ``detail``, ``errors``, ``base_resp``, JSON
in a string, pages of HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Said", "plain_name", "read_said"]

_LONGEST = 5000  # characters of prose that are kept
_DEEPEST = 8
_MOST = 200  # values that are looked at
# What a model wrote, and what it was asked, are no words of the server.
_NOT_SAID = {
    *("choices", "content", "id", "input", "logprobs", "messages", "model", "prompt"),
    *("usage", "request_id", "created"),
}
_IS_NAME = re.compile(r"code|type|status|reason$|^title$|^error$", re.IGNORECASE)
_IS_STATUS = re.compile(r"^(?:error_?|http_?|status_?)*(?:code|status)$", re.IGNORECASE)
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """What a server says of an error.

    Parameters
    ----------
    status : int or None
        Of the error; None where no number is one.
    names : tuple of str
        Codes, types and reasons.
    prose : str
        What it says to people, and all other strings. It may quote a prompt.
    told : str
        The status and those names that can be shown.
    """

    status: int | None
    names: tuple[str, ...]
    prose: str
    told: str


def read_said(body: Any) -> Said:
    """Read the body of an error.

    Parameters
    ----------
    body : object
        JSON, or a text that is none.

    Returns
    -------
    Said
        Without a status, names and prose where there is no word of an error.

    Examples
    --------
    >>> from sklearn_tagkd.llm.wire.said import read_said
    >>> said = read_said([{"error": {"code": "402", "message": "no money"}}])
    >>> said.status, said.prose
    (402, '402 no money')
    """
    status: int | None = None
    names: list[str] = []
    prose: list[str] = []
    for key, value in _walk("", body):
        if _IS_STATUS.match(key):
            found = _status(value)
            status = found if status is None or found == 402 else status
        if not isinstance(value, str) or not value.strip():
            continue
        if _IS_NAME.search(key) and len(value) < 100:
            names.append(value)
        prose.append(_TAG.sub(" ", value[:_LONGEST]))
    told = [str(status or ""), *map(plain_name, names)]
    joined = " ".join(" ".join(prose).split())[:_LONGEST]
    return Said(status, tuple(names), joined, " ".join(filter(None, told)))


def plain_name(value: Any) -> str:
    """Return a name of the protocol, and nothing else: a server may quote a prompt.

    Parameters
    ----------
    value : object
        What stands where the name should.

    Returns
    -------
    str
        The name, or nothing.
    """
    text = value if isinstance(value, str) else ""
    return text if re.fullmatch(r"[a-z][a-z_.]{1,40}", text) else ""


def _walk(key: str, body: Any) -> Iterator[tuple[str, Any]]:
    """Yield keys and plain values, in their order, as far as it is bounded."""
    stack, n_seen = [(key, body, 0)], 0
    while stack and n_seen < _MOST:
        key, value, depth = stack.pop()
        n_seen += 1
        if isinstance(value, str):
            value = _unfolded(value)
        if not isinstance(value, Mapping | list):
            yield key, value
        elif depth < _DEEPEST:
            inner: Iterable[tuple[Any, Any]]
            if isinstance(value, list):
                inner = [(key, one) for one in value[:_MOST]]
            else:
                inner = value.items()
            kept = [(str(k), v, depth + 1) for k, v in inner if k not in _NOT_SAID]
            stack += reversed(kept[:_MOST])


def _unfolded(text: str) -> Any:
    """Return the JSON that a string holds: a gateway's error is often another's."""
    if text[:1] not in ("{", "[") or len(text) > _LONGEST:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _status(value: Any) -> int | None:
    if isinstance(value, str) and (found := re.match(r"[45]\d\d(?!\w)", value.strip())):
        return int(found[0])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 400 <= value < 600 else None
