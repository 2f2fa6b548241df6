"""Words of texts, hashed as scikit-learn's HashingVectorizer hashes them: no library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["count_buckets", "hash_word", "words_of"]

_WORD = re.compile(r"(?u)\b\w\w+\b")
_MASK = 0xFFFFFFFF
_REMEMBERED = 2**16  # words whose hash is kept
# scikit-learn's English stop words, which it has from the Glasgow Information Retrieval
# Group.
_STOP_WORDS = frozenset(
    """
a about above across after afterwards again against all almost alone along already
also although always am among amongst amoungst amount an and another any anyhow
anyone anything anyway anywhere are around as at back be became because become
becomes becoming been before beforehand behind being below beside besides between
beyond bill both bottom but by call can cannot cant co con could couldnt cry de
describe detail do done down due during each eg eight either eleven else elsewhere
empty enough etc even ever every everyone everything everywhere except few fifteen
fifty fill find fire first five for former formerly forty found four from front full
further get give go had has hasnt have he hence her here hereafter hereby herein
hereupon hers herself him himself his how however hundred i ie if in inc indeed
interest into is it its itself keep last latter latterly least less ltd made many
may me meanwhile might mill mine more moreover most mostly move much must my myself
name namely neither never nevertheless next nine no nobody none noone nor not
nothing now nowhere of off often on once one only onto or other others otherwise our
ours ourselves out over own part per perhaps please put rather re same see seem
seemed seeming seems serious several she should show side since sincere six sixty so
some somehow someone something sometime sometimes somewhere still such system take
ten than that the their them themselves then thence there thereafter thereby
therefore therein thereupon these they thick thin third this those though three
through throughout thru thus to together too top toward towards twelve twenty two un
under until up upon us very via was we well were what whatever when whence whenever
where whereafter whereas whereby wherein whereupon wherever whether which while
whither who whoever whole whom whose why will with within without would yet you your
yours yourself yourselves
""".split()
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
        yield from map(" ".join, zip(words, words[1:], strict=False))


def _bucket(hashed: int, n_buckets: int) -> int:
    if hashed == -(2**31):  # whose absolute value has no place in 32 bits
        return (2**31 - n_buckets) % n_buckets
    return abs(hashed) % n_buckets
