"""Words of texts, hashed as scikit-learn's HashingVectorizer does, without it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

__all__ = ["count_buckets", "hash_word", "words_of"]

_WORD = re.compile(r"(?u)\b\w\w+\b")
_MASK = 0xFFFFFFFF
_REMEMBERED = 2**16  # words whose hash is kept
# scikit-learn's English stop words, which it has from the Glasgow Information Retrieval
# Group.
_STOP_WORDS = frozenset(
    Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").split()
)


def words_of(text: str) -> list[str]:
    """Return the words that count, in their order.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        In lower case, of two letters or more, without stop words.

    Examples
    --------
    >>> from sklearn_tagkd.serving.hashed_words import words_of
    >>> words_of("The late goal, a 2nd one")
    ['late', 'goal', '2nd']
    """
    return [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


@lru_cache(_REMEMBERED)
def hash_word(word: str) -> int:
    """Return MurmurHash3 of a word, of 32 bits with a sign.

    Parameters
    ----------
    word : str
        A word, or two with a space between them.

    Returns
    -------
    int
        As scikit-learn's ``murmurhash3_32(word, seed=0)``.
    """
    key = word.encode()
    whole = len(key) // 4 * 4
    state = 0
    for start in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(key[start : start + 4], "little"))
        state = (state << 13 | state >> 19) & _MASK
        state = (state * 5 + 0xE6546B64) & _MASK
    state ^= _mixed(int.from_bytes(key[whole:], "little"))
    state ^= len(key)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        state = (state ^ state >> shift) * factor & _MASK
    return state - 2**32 if state >= 2**31 else state


def _mixed(block: int) -> int:
    block = block * 0xCC9E2D51 & _MASK
    block = (block << 15 | block >> 17) & _MASK
    return block * 0x1B873593 & _MASK


def count_buckets(
    text: str, n_buckets: int, *, pairs: bool = False, signed: bool = False
) -> dict[int, int]:
    """Count words by the bucket that their hash falls into.

    Parameters
    ----------
    text : str
        Any text.
    n_buckets : int
        Number of buckets.
    pairs : bool, default=False
        Whether two words that follow each other count as well.
    signed : bool, default=False
        Whether half of all words count as -1.

    Returns
    -------
    dict of int to int
        Counts by bucket.
    """
    counts: Counter[int] = Counter()
    for word in _units(words_of(text), pairs):
        hashed = hash_word(word)
        counts[_bucket(hashed, n_buckets)] += -1 if signed and hashed < 0 else 1
    return counts


def _units(words: list[str], pairs: bool) -> Iterator[str]:
    yield from words
    if pairs:
        yield from map(" ".join, pairwise(words))


def _bucket(hashed: int, n_buckets: int) -> int:
    if hashed == -(2**31):  # whose absolute value has no place in 32 bits
        return (2**31 - n_buckets) % n_buckets
    return abs(hashed) % n_buckets
