"""The JSON objects in what a model wrote around, over and short of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sklearn_tagkd.llm.reading.thoughts import (
    after_thoughts,
    end_of_turn,
    unfinished_thought,
)

__all__ = ["FoundObject", "find_objects"]

# Characters, with thoughts and without; an answer of ours has some two thousand.
_LONGEST, _LONGEST_ANSWER = 2_000_000, 200_000
_DEEPEST = 20  # an answer of ours is three levels deep
_MOST_READ = 200  # objects, or beginnings of some, that are tried; a draft has ten
_START = re.compile(r'\{(?=\s*["}])')  # braces of formulas and of code open no object
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|"|[{}\[\],:]|[^"{}\[\],:\s]+', re.DOTALL)
_WITHIN = re.compile(r'(?:"\s*:|[\[,])\s*$')  # what comes before a value of an object
_FENCE = re.compile(r"\s*(?:```\w*)?\s*")
_CLOSER = {"{": "}", "[": "]"}
_decode = json.JSONDecoder(strict=False).raw_decode  # line breaks in strings are fine


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object in an answer.

    Parameters
    ----------
    value : dict
        What it holds.
    is_bare : bool
        Whether there is nothing else, thoughts aside.
    is_surrounded : bool
        Whether there is something else both before and behind it, fences aside.
    """

    value: dict[str, Any]
    is_bare: bool = False
    is_surrounded: bool = False


def find_objects(content: str, keys: Collection[str]) -> list[FoundObject]:
    """Find the JSON objects in an answer.

    Thoughts are left out. Fences and prose around, trailing commas and a missing end
    are forgiven. A value that was cut off is dropped, never completed.

    Parameters
    ----------
    content : str
        What a model wrote.
    keys : collection of str
        An object has one of these; objects within such an object do not count.

    Returns
    -------
    list of FoundObject
        In their order; none where it would take too long to tell.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.lenient_json import find_objects
    >>> find_objects('Sure! {"label": "a", "keywords": ["x", ], "expl', {"label"})
    [FoundObject(value={'label': 'a', 'keywords': ['x']}, is_bare=False, ...)]
    """
    if len(content) > _LONGEST:
        return []
    whole = _whole(content)
    if isinstance(whole, str):  # an object that was written down as a string
        content, whole = whole, _whole(whole)
    if not _has_key(whole, keys):
        known = [read.span for read in _scan(content, keys, _read_strictly) or []]
        content = content[after_thoughts(content, known) :]
        whole = _whole(content)
    if _has_key(whole, keys):
        return [FoundObject(whole, is_bare=True)]
    if len(content) > _LONGEST_ANSWER:
        return []
    found = _scan(content, keys, _read) or []
    spans = [read.span for read in found]
    end = min(unfinished_thought(content, spans), end_of_turn(content, spans))
    first, last = _within_fences(content)
    return [
        FoundObject(read.value, is_surrounded=read.start > first and read.end < last)
        for read in found
        if read.start <= end
    ]


class _Read(NamedTuple):
    value: Any
    start: int
    end: int
    is_whole: bool = True
    effort: int = 0  # characters that it took longer than usual to read

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


def _has_key(value: Any, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint(keys)


def _scan(
    content: str, keys: Collection[str], read: Callable[[str, int], _Read]
) -> list[_Read] | None:
    """Return the outermost objects; None when it takes too long to tell."""
    found: list[_Read] = []
    to_mend = 2 * _LONGEST_ANSWER
    n_read = place = 0
    is_open = False
    while match := _START.search(content, place):
        start, place = match.span()
        if is_open and _WITHIN.search(content, max(0, start - 40), start):
            continue  # a value of the one that has no end
        one = read(content, start)
        n_read += 1
        to_mend -= one.effort
        if n_read > _MOST_READ or to_mend < 0:
            return None
        if _has_key(one.value, keys):
            found.append(one)
            is_open = not one.is_whole
            place = place if is_open else one.end
    return found


def _within_fences(content: str) -> tuple[int, int]:
    """Return where a text begins and ends, white space and fences left out."""
    ends = content.rstrip()
    ends = ends.removesuffix("```").rstrip()
    return _FENCE.match(content).end(), len(ends)  # type: ignore[union-attr]


def _whole(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _read_strictly(content: str, start: int) -> _Read:
    """Read the object that begins at a place; its value is None where there is none."""
    try:
        value, end = _decode(content, start)
    except (ValueError, RecursionError):  # digits, or brackets, without end as well
        value, end = None, start
    return _Read(value, start, end)


def _read(content: str, start: int) -> _Read:
    strict = _read_strictly(content, start)
    if strict.value is not None:
        return strict
    mended, end, is_whole = _mend(content, start)
    return _Read(_whole(mended), start, end, is_whole, effort=end - start)


def _mend(content: str, start: int) -> tuple[str, int, bool]:
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
                return "", match.end(), True
            parts.append(token)
            stack.append(_CLOSER[token])
            safe = (len(parts), "".join(reversed(stack)))
        elif token in ("}", "]"):
            if not stack or stack.pop() != token:
                return "", match.end(), True
            if parts[-1] == ",":
                parts.pop()
            parts.append(token)
            if not stack:
                return " ".join(parts), match.end(), True
            safe = (len(parts), "".join(reversed(stack)))
        elif token == ",":
            # Only what a comma follows is known to be whole.
            safe = (len(parts), "".join(reversed(stack)))
            parts.append(token)
        else:
            parts.append(token)
    return " ".join(parts[: safe[0]]) + safe[1], len(content), False
