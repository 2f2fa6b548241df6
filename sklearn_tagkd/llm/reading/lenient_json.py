"""The JSON object in what a model wrote around, over and short of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

__all__ = ["find_object"]

_LONGEST = 200_000  # characters; an answer of ours has some two thousand
_MOST_STARTS = 20  # braces that are tried, so that no answer takes long
_DEEPEST = 20  # an answer of ours is three levels deep
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|"|[{}\[\],:]|[^"{}\[\],:\s]+', re.DOTALL)
_CLOSER = {"{": "}", "[": "]"}


def find_object(
    content: str, keys: Collection[str]
) -> tuple[dict[str, Any] | None, bool]:
    """Find the JSON object in an answer.

    Fences and prose around it, trailing commas and a missing end are forgiven. A
    value that was cut off is dropped, never completed.

    Parameters
    ----------
    content : str
        What a model wrote.
    keys : collection of str
        The object has one of these.

    Returns
    -------
    found : dict or None
        The first such object; None where there is none.
    is_clean : bool
        Whether the answer was that object and nothing else.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.lenient_json import find_object
    >>> find_object('Sure! {"label": "a", "keywords": ["x", ], "expl', {"label"})
    ({'label': 'a', 'keywords': ['x']}, False)
    """
    if len(content) > _LONGEST:
        return None, False
    whole = _loads(content)
    if isinstance(whole, dict) and not whole.keys().isdisjoint(keys):
        return whole, True
    start = content.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            break
        found = _loads(_mend(content, start))
        if isinstance(found, dict) and not found.keys().isdisjoint(keys):
            return found, False
        start = content.find("{", start + 1)
    return None, False


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # line breaks within strings are fine
    except (ValueError, RecursionError):
        return None


def _mend(content: str, start: int) -> str:
    """Copy an object without trailing commas, closed where it was cut off."""
    parts: list[str] = []
    stack: list[str] = []
    safe = (0, "")  # parts that make whole values, and what closes them
    for match in _TOKEN.finditer(content, start):
        token = match.group()
        if token == '"':  # a string that never ends
            break
        if token in _CLOSER:
            if len(stack) == _DEEPEST:
                return ""
            parts.append(token)
            stack.append(_CLOSER[token])
            safe = (len(parts), "".join(reversed(stack)))
        elif token in ("}", "]"):
            if not stack or stack.pop() != token:
                return ""
            if parts[-1] == ",":
                parts.pop()
            parts.append(token)
            if not stack:
                return " ".join(parts)
            safe = (len(parts), "".join(reversed(stack)))
        elif token == ",":
            # Only what a comma follows is known to be whole.
            safe = (len(parts), "".join(reversed(stack)))
            parts.append(token)
        else:
            parts.append(token)
    return " ".join(parts[: safe[0]]) + safe[1]
