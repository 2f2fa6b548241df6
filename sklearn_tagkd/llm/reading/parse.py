"""From what a model wrote to an answer that can be believed, or to the reason why not.

Nothing is made up: no class that was not offered, no probability where none was
given, no neighbour that was not shown. Nothing is raised either.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn_tagkd.llm.reading.lenient_json import find_object
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer

__all__ = ["ParsedAnswer", "Problem", "parse_answer"]

_KEYS = {"probabilities", "label"}
# Models round: 0.33 three times is a distribution, 0.5 alone is not. The same
# margin as where rationales are checked.
_SUM_TOLERANCE = 0.05
_MOST_PHRASES = 30  # per text; a list without end is a model going round in circles
_LONGEST_PHRASE = 500  # characters


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer cannot be believed.

    Parameters
    ----------
    reason : str
        ``'not_json'``, ``'truncated'``, ``'invalid_label'`` or
        ``'not_a_distribution'``.
    """

    reason: str

    @property
    def description(self) -> str:
        """The reason in words that a model understands."""
        return _DESCRIPTIONS[self.reason]


_DESCRIPTIONS = {
    "not_json": "it is not the JSON object that was asked for",
    "truncated": "it was cut off before its end",
    "invalid_label": "it names a class that is not in the list",
    "not_a_distribution": "its probabilities are not numbers from 0 to 1 that sum to 1",
}


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """An answer whose label can be believed.

    Parameters
    ----------
    answer : NumberedAnswer
        What was said.
    is_clean : bool
        Whether it came as the bare JSON object that was asked for.
    n_invented : int
        Neighbours that it names and that were never shown; left out.
    """

    answer: NumberedAnswer
    is_clean: bool
    n_invented: int


def parse_answer(
    content: str,
    classes: Sequence[str],
    n_neighbors: int,
    *,
    is_cut_off: bool = False,
) -> ParsedAnswer | Problem:
    """Read an answer.

    Parameters
    ----------
    content : str
        What a model wrote.
    classes : sequence of str
        Names of the classes; case, spaces and underscores are forgiven where they
        leave no doubt.
    n_neighbors : int
        Linked texts in the prompt.
    is_cut_off : bool, default=False
        Whether the server said that the answer was cut off at the limit of tokens.

    Returns
    -------
    ParsedAnswer or Problem
        Never anything else, and nothing is raised.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.parse import parse_answer
    >>> text = '{"probabilities": [{"class": "Sport", "probability": 1.0}]}'
    >>> parse_answer(text, ["sport", "politics"], 0).answer.probabilities
    {'sport': 1.0}
    >>> parse_answer("I would say sport.", ["sport", "politics"], 0)
    Problem(reason='not_json')
    """
    found, is_clean = find_object(content, _KEYS)
    pairs = None if found is None else _pairs(found.get("probabilities"))
    if pairs is None:
        kind = "not_json" if found is None else "not_a_distribution"
        return Problem("truncated" if is_cut_off else kind)
    assert found is not None
    probabilities = _probabilities(pairs, _Names(classes))
    if isinstance(probabilities, Problem):
        # Half a list is no distribution because it is half a list.
        cut = is_cut_off and probabilities.reason == "not_a_distribution"
        return Problem("truncated") if cut else probabilities
    neighbors, n_invented = _neighbors(found.get("neighbors"), n_neighbors)
    explanation = found.get("explanation")
    answer = NumberedAnswer(
        probabilities=probabilities,
        keywords=_phrases(found.get("keywords")),
        neighbors=neighbors,
        explanation=_clean(explanation) if isinstance(explanation, str) else "",
    )
    return ParsedAnswer(answer, is_clean, n_invented)


class _Names:
    """Class names, with case, spaces and underscores folded where that is safe."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._exact = set(classes)
        self._folded: dict[str, str | None] = {}
        for name in classes:
            folded = _fold(name)
            self._folded[folded] = None if folded in self._folded else name

    def find(self, name: Any) -> str | None:
        if not isinstance(name, str):
            return None
        return name if name in self._exact else self._folded.get(_fold(name))


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Return (class, probability) of a list of objects or of one object."""
    if isinstance(value, dict):
        return list(value.items()) or None
    if not isinstance(value, list):
        return None
    items = [item for item in value if isinstance(item, dict) and item]
    return [(i.get("class"), i.get("probability")) for i in items] or None


def _probabilities(
    pairs: Iterable[tuple[Any, Any]], names: _Names
) -> dict[str, float] | Problem:
    found: dict[str, float] = {}
    for given, value in pairs:
        name = names.find(given)
        if name is None:
            return Problem("invalid_label")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1 + _SUM_TOLERANCE or name in found:
            return Problem("not_a_distribution")  # NaN is not above 0 either
        found[name] = float(value)
    total = math.fsum(found.values())
    if abs(total - 1) > _SUM_TOLERANCE:
        return Problem("not_a_distribution")
    return {name: value / total for name, value in found.items() if value > 0}


def _neighbors(
    value: Any, n_neighbors: int
) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], int]:
    found: dict[int, tuple[str, ...]] = {}
    n_invented = 0
    for item in value if isinstance(value, list) else []:
        number = item.get("number") if isinstance(item, dict) else None
        if isinstance(number, bool) or not isinstance(number, int):
            continue
        if not 1 <= number <= n_neighbors:
            n_invented += 1
        elif number not in found:
            found[number] = _phrases(item.get("keywords"))
    return tuple(found.items()), n_invented


def _phrases(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    kept = [_clean(item) for item in value if isinstance(item, str)]
    return tuple(phrase for phrase in kept if phrase)[:_MOST_PHRASES]


def _clean(text: str) -> str:
    # A lone surrogate, as "\ud800" in JSON, can neither be stored nor embedded.
    return text[:_LONGEST_PHRASE].encode("utf-8", "replace").decode("utf-8").strip()
