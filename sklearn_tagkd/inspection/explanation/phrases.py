"""A text as phrases that can be taken out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

__all__ = ["Phrase", "only", "text_phrases", "without"]

_WORD = re.compile(r"\w+(?:['\u2019\-]\w+)*")
_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”\n]")
_MOST_WORDS = 200  # of substance in one phrase, as long as punctuation ends it
_MOST_BROKEN = 10  # times the phrases wanted, beyond which punctuation ends none

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Some words of a text, wherever they stand in it.

    Parameters
    ----------
    words : tuple of str
        The words where they stand first, those between them included.
    spans : tuple of (int, int)
        Where they stand, however written.
    """

    words: str
    spans: tuple[Span, ...]


def text_phrases(text: str, most: int = 32) -> list[Phrase]:
    """Split a text into phrases of as few words as leave few enough phrases.

    Parameters
    ----------
    text : str
        Any text.
    most : int, default=32
        Phrases at most, as far as punctuation lets words be joined; where it leaves ten
        times as many, or the text is very long, it is passed over.

    Returns
    -------
    list of Phrase
        In the order of the text. Words that every text has begin and end no phrase.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.explanation.phrases import text_phrases
    >>> [phrase.words for phrase in text_phrases("A late goal, the cup: a goal!")]
    ['late', 'goal', 'cup']
    >>> [phrase.words for phrase in text_phrases("A late goal of the cup final", 2)]
    ['late goal', 'cup final']
    """
    runs = _runs(text)
    everything = [span for run in runs for span in run]
    found: list[Phrase] = []
    if len(everything) <= most * _MOST_WORDS:
        for size in range(1, max(map(len, runs), default=0) + 1):
            found = _merged(text, runs, size)
            if len(found) <= most:
                return found
    if everything and not 0 < len(found) <= most * _MOST_BROKEN:
        found = _merged(text, [everything], -(-len(everything) // most))
    return found


def without(text: str, phrases: list[Phrase]) -> str:
    """Take phrases out of a text.

    Parameters
    ----------
    text : str
        The text that they were found in.
    phrases : list of Phrase
        Some of its phrases.

    Returns
    -------
    str
        What is left.
    """
    kept, last = [], 0
    for start, stop in sorted(span for phrase in phrases for span in phrase.spans):
        kept.append(text[last:start])
        last = stop
    kept.append(text[last:])
    return " ".join(" ".join(kept).split())


def only(text: str, phrases: list[Phrase]) -> str:
    """Keep nothing but phrases of a text.

    Parameters
    ----------
    text : str
        The text that they were found in.
    phrases : list of Phrase
        Some of its phrases.

    Returns
    -------
    str
        They, in the order of the text.
    """
    spans = sorted(span for phrase in phrases for span in phrase.spans)
    return " ".join(text[start:stop] for start, stop in spans)


def _runs(text: str) -> list[list[Span]]:
    """Return the words of substance, between one punctuation mark and the next."""
    runs: list[list[Span]] = [[]]
    last = 0
    for match in _WORD.finditer(text):
        if _BREAK.search(text, last, match.start()):
            runs.append([])
        last = match.end()
        if match.group().casefold() not in ENGLISH_STOP_WORDS:
            runs[-1].append(match.span())
    return [run for run in runs if run]


def _merged(text: str, runs: list[list[Span]], size: int) -> list[Phrase]:
    places: dict[str, list[Span]] = {}
    for run in runs:
        for start in range(0, len(run), size):
            part = run[start : start + size]
            span = (part[0][0], part[-1][1])
            words = " ".join(text[slice(*span)].casefold().split())
            places.setdefault(words, []).append(span)
    return [
        Phrase(" ".join(text[slice(*spans[0])].split()), tuple(spans))
        for spans in places.values()
    ]
