"""Probabilities of classes from the tokens with which a label was written."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any

from sklearn_tagkd.llm.reading.names import ClassNames, folded
from sklearn_tagkd.llm.wire.transport import TokenChoice

__all__ = ["label_logprobs"]

_LEAST_MASS = 0.5  # of the label's tokens that must be told apart
_NEARLY_ALL = 0.95  # what a token must have that comes without alternatives
_MOST_TOKENS = 200  # of one label
_MOST_LABELS = 20  # places that are tried, from the last one backwards
_LABEL = re.compile(r'(?<!\\)"label"\s{0,20}:\s{0,20}')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)("?)', re.DOTALL)
_BARE = re.compile(r"([^,}\]\s]*)([,}\]\s]?)")  # a number, a boolean


def label_logprobs(
    choices: Sequence[TokenChoice], classes: Sequence[str], label: str | None = None
) -> Mapping[str, float] | None:
    """Return the probabilities of classes from the tokens of the label.

    Names are told apart token by token along the label that was written. What
    cannot be told apart, because it leads to several classes or to none, is left
    out, and the rest brought to the sum 1.

    Parameters
    ----------
    choices : sequence of TokenChoice
        Tokens of an answer.
    classes : sequence of str
        Names of the classes.
    label : str, default=None
        Class that was read in the answer: the last place that names it counts. None
        takes the last label of all.

    Returns
    -------
    dict of str to float, or None
        None where the label is not found, or where less than half of the
        probability could be told apart.

    Examples
    --------
    >>> from math import log
    >>> from sklearn_tagkd.llm.reading.label_tokens import label_logprobs
    >>> from sklearn_tagkd.llm.wire.transport import TokenChoice
    >>> start = TokenChoice('{"label": "', [])
    >>> label = TokenChoice("cat", [("cat", log(0.75)), ("dog", log(0.25))])
    >>> label_logprobs([start, label, TokenChoice('"}', [])], ["cat", "dog"])
    {'cat': 0.75, 'dog': 0.25}
    """
    names = _Names(classes)
    mass: dict[str, float] = {}
    reach, written = 1.0, ""
    for choice in islice(_label_tokens(choices, names, label), _MOST_TOKENS):
        along = 0.0
        for token, logprob in choice.alternatives:
            meant = names.begun_by(written + token)
            share = math.exp(logprob)
            if token == choice.token:
                along = share
            if len(meant) == 1:
                if len(choice.alternatives) == 1 and share < _NEARLY_ALL:
                    return None  # nobody knows what the rest would have been
                mass[meant[0]] = mass.get(meant[0], 0.0) + reach * share
        written += choice.token
        left = names.begun_by(written)
        if len(left) <= 1:
            break
        if str(_value(written)[0]).strip():
            reach *= along
    total = math.fsum(mass.values())
    if not _LEAST_MASS <= total <= 1.05:
        return None
    return {name: value / total for name, value in mass.items() if value > 0}


class _Names:
    """Names of classes, and what is written when they are begun."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._whole = ClassNames(classes)
        spelt = [folded(name) for name in classes]
        self._fold = folded if len(set(spelt)) == len(classes) else str
        self._spelt = {name: self._fold(name) for name in classes}

    def begun_by(self, written: str) -> list[str]:
        """Return the classes that a value of JSON, or its beginning, can mean."""
        given, is_ended = _value(written)
        if is_ended:
            found = self._whole.find(given)
            return [] if found is None else [found]
        begun = self._fold(str(given))
        return [name for name, full in self._spelt.items() if full.startswith(begun)]

    def named_at(self, text: str, place: int) -> str | None:
        """Return the class that the value at a place names."""
        return self._whole.find(_value(text[place : place + 2000])[0])


def _value(written: str) -> tuple[Any, bool]:
    """Return a value, or what there is of it, and whether it is whole."""
    match = (_QUOTED if written.startswith('"') else _BARE).match(written)
    assert match is not None  # both match even nothing
    raw, end = match.groups()
    quote = '"' if written.startswith('"') else ""
    try:
        return json.loads(f"{quote}{raw}{quote}", strict=False), bool(end)
    except ValueError:  # half of a number, or of an escape
        return raw, bool(end)


def _label_tokens(
    choices: Sequence[TokenChoice], names: _Names, label: str | None
) -> Iterator[TokenChoice]:
    """Yield the tokens from the one on with which the label's value begins."""
    tokens = [choice.token for choice in choices]
    text = "".join(tokens)
    places = [match.end() for match in _LABEL.finditer(text)][-_MOST_LABELS:]
    fit = [p for p in places if label is None or names.named_at(text, p) == label]
    if not fit or fit[-1] == len(text):
        return
    ends = list(accumulate(map(len, tokens)))
    first = bisect_right(ends, fit[-1])
    choice = choices[first]
    # Where the value begins within a token, its alternatives have the same head.
    head = choice.token[: fit[-1] - ends[first] + len(choice.token)]
    trimmed = [
        (token[len(head) :], value)
        for token, value in choice.alternatives
        if token.startswith(head)
    ]
    yield TokenChoice(choice.token[len(head) :], trimmed)
    yield from islice(choices, first + 1, None)
