"""Whether a student looks at what its teacher looked at."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.explanation.phrases import Phrase
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["agreement_on_neighbors", "agreement_on_words", "neighbors_of_answer"]

_WORD = re.compile(r"\w+")

Pair = tuple[float, float]


def agreement_on_words(
    text: str,
    phrases: list[Phrase],
    best: NDArray[np.int64],
    keywords: list[str],
    n_random: int,
    random: np.random.RandomState,
) -> Pair | None:
    """Hold the phrases that carry a label against the keywords of a language model.

    Parameters
    ----------
    text : str
        The node's.
    phrases : list of Phrase
        Its phrases.
    best : ndarray of int64 of shape (n_best,)
        Places of those that carry the label.
    keywords : list of str
        What the language model named.
    n_random : int
        Random choices to compare with.
    random : RandomState
        Makes them.

    Returns
    -------
    (float, float) or None
        F1 of the words in both, and its mean over as many random phrases; None where
        there is nothing to compare, or nothing to choose from.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection.explanation.agreement import agreement_on_words
    >>> from sklearn_tagkd.inspection.explanation.phrases import text_phrases
    >>> text = "A late goal won the cup"
    >>> agreement_on_words(text, text_phrases(text), np.array([1]), ["goal"], 50,
    ...                    np.random.RandomState(0))[0]
    1.0
    """
    words = [(m.span(), m.group().casefold()) for m in _WORD.finditer(text)]
    named = _named([word for _, word in words], keywords)
    if not named or not 0 < len(best) < len(phrases):
        return None
    at = [
        {
            number
            for number, ((start, stop), _) in enumerate(words)
            if any(first <= start and stop <= last for first, last in phrase.spans)
        }
        for phrase in phrases
    ]

    def f1(chosen: NDArray[np.int64]) -> float:
        seen = set().union(*(at[place] for place in chosen))
        return 2 * len(seen & named) / (len(seen) + len(named))

    drawn = [f1(random.permutation(len(at))[: len(best)]) for _ in range(n_random)]
    return f1(best), float(np.mean(drawn))


def neighbors_of_answer(
    table: RationaleTable, row: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return whom a language model was shown, and whom of them it named.

    Parameters
    ----------
    table : RationaleTable
        Of a graph.
    row : int
        Which answer.

    Returns
    -------
    shown : ndarray of int64 of shape (n_shown,)
        Positions.
    is_key : ndarray of bool of shape (n_shown,)
        Which of them carried evidence.
    """
    shown = table.shown_node[table.shown_row == row]
    return shown, np.isin(shown, table.key_node[table.key_row == row])


def agreement_on_neighbors(
    effects: NDArray[np.float64], is_key: NDArray[np.bool_]
) -> Pair | None:
    """Hold the neighbours that carry a label against those that a model named.

    Parameters
    ----------
    effects : ndarray of float64 of shape (n_shown,)
        Of the neighbours that the language model was shown.
    is_key : ndarray of bool of shape (n_shown,)
        Which of them it named.

    Returns
    -------
    (float, float) or None
        Share of named ones among as many with the greatest effects, and among all
        shown: what a random choice comes to; None where all or none were named.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection.explanation.agreement import (
    ...     agreement_on_neighbors)
    >>> agreement_on_neighbors(np.array([0.3, 0.1]), np.array([True, False]))
    (1.0, 0.5)
    """
    n_key = int(is_key.sum())
    if not 0 < n_key < len(is_key):
        return None
    first = np.argsort(-effects, kind="stable")[:n_key]
    return float(is_key[first].mean()), float(is_key.mean())


def _named(words: list[str], keywords: list[str]) -> set[int]:
    """Return the numbers of the words that keywords are made of, where they stand."""
    found: set[int] = set()
    for keyword in keywords:
        wanted = [match.group() for match in _WORD.finditer(keyword.casefold())]
        size = len(wanted)
        for start in range(len(words) - size + 1):
            if size and words[start : start + size] == wanted:
                found.update(range(start, start + size))
    return found
