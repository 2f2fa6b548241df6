"""From what a model wrote to an answer that can be believed, or to the reason why not.

Nothing is made up: no class that was not offered, no probability where none was
given, no neighbour that was not shown. Nothing is raised either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn_tagkd.llm.reading.lenient_json import find_objects
from sklearn_tagkd.llm.reading.names import ClassNames
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.rationales.checks import SUM_TOLERANCE

__all__ = ["ParsedAnswer", "Problem", "describe", "parse_answer"]

_KEYS = {"probabilities", "label"}
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
    is_label_alone : bool
        Whether there is a class, and no word of how sure the model is.
    """

    reason: str
    is_label_alone: bool = False


_DESCRIPTIONS = {
    "not_json": "it is not the JSON object that was asked for",
    "truncated": "it was cut off before its end",
    "invalid_label": "it names a class that is not in the list",
    "not_a_distribution": "its probabilities are not numbers from 0 to 1 that sum to 1",
    "no_logprobs": "it does not name a class plainly",
}


def describe(reason: str) -> str:
    """Say what is wrong with an answer in words that a model understands.

    Parameters
    ----------
    reason : str
        Why it cannot be believed.

    Returns
    -------
    str
        Half a sentence.
    """
    return _DESCRIPTIONS[reason]


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
    spoken : dict of str to float, or None
        Probabilities that the model said; None where it said none of use.
    contradicts_itself : bool
        Whether it names another label than its probabilities do.
    """

    answer: NumberedAnswer
    is_clean: bool
    n_invented: int
    spoken: dict[str, float] | None
    contradicts_itself: bool


def parse_answer(
    content: str,
    classes: Sequence[str],
    n_neighbors: int,
    *,
    is_cut_off: bool = False,
    takes_label: bool = False,
) -> ParsedAnswer | Problem:
    """Read an answer: of several objects in it the last one that can be used.

    Parameters
    ----------
    content : str
        What a model wrote.
    classes : sequence of str
        Names of the classes; what models change when they copy a name is forgiven
        where it leaves no doubt.
    n_neighbors : int
        Linked texts in the prompt.
    is_cut_off : bool, default=False
        Whether the server said that the answer was cut off at the limit of tokens.
    takes_label : bool, default=False
        Whether the label is wanted, and no probabilities: it then has all of them.

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
    Problem(reason='not_json', is_label_alone=False)
    """
    found = find_objects(content, _KEYS)
    if is_cut_off and found and found[-1].is_surrounded:
        # In the middle of thoughts without a mark, what stands there is a draft.
        return Problem("truncated")
    names = ClassNames(classes)
    problem = Problem("not_json")
    for place, one in enumerate(reversed(found)):
        read = _read_object(one.value, names, n_neighbors, takes_label)
        if isinstance(read, ParsedAnswer):
            return replace(read, is_clean=one.is_bare)
        if place == 0:
            problem = read
            if is_cut_off:  # it is the answer, or would have been
                break
    # Half a list is no distribution because it is half a list.
    cut = is_cut_off and problem.reason in ("not_json", "not_a_distribution")
    return Problem("truncated") if cut else problem


def _read_object(
    found: dict[str, Any], names: ClassNames, n_neighbors: int, takes_label: bool
) -> ParsedAnswer | Problem:
    given = found.get("label")
    label = names.find(given)
    pairs = _pairs(found.get("probabilities"))
    read: dict[str, float] | Problem = Problem("not_a_distribution", label is not None)
    if pairs is not None:
        read = _probabilities(pairs, names)
    spoken = read if isinstance(read, dict) else None
    tops = _tops(spoken) if spoken else []
    contradicts = bool(spoken) and given is not None and label not in tops
    if takes_label and given is None and len(tops) == 1:
        label = tops[0]
    if takes_label:
        if label is None:
            return Problem("not_json" if given is None else "invalid_label")
        believed = {label: 1.0}
    elif isinstance(read, Problem):
        return read
    else:
        believed = read
    neighbors, n_invented = _neighbors(found.get("neighbors"), n_neighbors)
    explanation = found.get("explanation")
    answer = NumberedAnswer(
        probabilities=believed,
        keywords=_phrases(found.get("keywords")),
        neighbors=neighbors,
        explanation=_clean(explanation) if isinstance(explanation, str) else "",
    )
    return ParsedAnswer(answer, False, n_invented, spoken, contradicts)


def _tops(probabilities: dict[str, float]) -> list[str]:
    most = max(probabilities.values())
    return [name for name, value in probabilities.items() if value == most]


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Return (class, probability) of a list of objects or of one object."""
    if isinstance(value, dict):
        return list(value.items()) or None
    if not isinstance(value, list):
        return None
    items = [item for item in value if isinstance(item, dict) and item]
    return [(i.get("class"), i.get("probability")) for i in items] or None


def _probabilities(
    pairs: Iterable[tuple[Any, Any]], names: ClassNames
) -> dict[str, float] | Problem:
    found: dict[str, float] = {}
    for given, value in pairs:
        name = names.find(given)
        if name is None:
            return Problem("invalid_label")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1 + SUM_TOLERANCE or name in found:
            return Problem("not_a_distribution")  # NaN is not above 0 either
        found[name] = float(value)
    total = math.fsum(found.values())
    if abs(total - 1) > SUM_TOLERANCE:
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
