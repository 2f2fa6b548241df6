"""Hashes of many ids at once, of nothing but numpy.

Numbers of 64 bits go one to one; strings are taken eight bytes at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["hashed_integers", "hashed_strings"]

_BLOCK = 2**14  # strings at a time: what is done with them finds them cached
_WORD = 8  # bytes
_SEEDS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
_FACTORS = (
    (0xBF58476D1CE4E5B9, 0x94D049BB133111EB),
    (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53),
)


def hashed_integers(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Scatter integers over all numbers of 64 bits; no two to the same.

    Parameters
    ----------
    values : ndarray of int64 of shape (n,)
        Any.

    Returns
    -------
    ndarray of uint64 of shape (n,)
        A new array.
    """
    hashes = np.empty(len(values), dtype=np.uint64)
    for start in range(0, len(values), _BLOCK):
        some = values[start : start + _BLOCK].astype(np.uint64)
        _scatter(some, 0)
        hashes[start : start + _BLOCK] = some
    return hashes


def hashed_strings(strings: PackedStrings) -> NDArray[np.uint64]:
    """Hash strings twice.

    Parameters
    ----------
    strings : PackedStrings
        The first need not begin where the buffer does.

    Returns
    -------
    ndarray of uint64 of shape (2, n)
        Two hashes of each: that both are equal for two strings is not to be expected
        before there are 10^19.
    """
    hashes = np.empty((2, len(strings)), dtype=np.uint64)
    for start in range(0, len(strings), _BLOCK):
        bounds = strings.offsets[start : start + _BLOCK + 1]
        _hash_block(strings.buffer, bounds, hashes[:, start : start + _BLOCK])
    return hashes


def _hash_block(
    buffer: NDArray[np.uint8], bounds: NDArray[np.int64], into: NDArray[np.uint64]
) -> None:
    low, high = int(bounds[0]), int(bounds[-1])
    # Whole words, and one more: a string's last word may begin in the last of these.
    words = np.zeros((high - low) // _WORD + 2, dtype=np.uint64)
    words.view(np.uint8)[: high - low] = buffer[low:high]
    starts, lengths = bounds[:-1] - low, np.diff(bounds)
    for row, seed in zip(into, _SEEDS, strict=True):
        np.multiply(lengths.astype(np.uint64), np.uint64(seed), out=row)
    n_words = -(-lengths // _WORD)
    open_: Any = slice(None)  # those that have another word
    for turn in range(int(n_words.max(initial=0))):
        if turn and n_words.min() <= turn:
            open_ = np.flatnonzero(n_words > turn)
        elif not turn and n_words.min() == 0:
            open_ = np.flatnonzero(n_words)
        word = _words_at(words, starts[open_] + _WORD * turn)
        rest = lengths[open_] - _WORD * turn
        spare = (_WORD * np.clip(_WORD - rest, 0, None)).astype(np.uint64)
        word <<= spare  # what lies behind the string falls out
        for number, row in enumerate(into):
            mixed = row[open_] ^ word
            _scatter(mixed, number)
            row[open_] = mixed


def _words_at(
    words: NDArray[np.uint64], places: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the eight bytes that begin at each place, the first the lowest."""
    first, shift = places // _WORD, (_WORD * (places % _WORD)).astype(np.uint64)
    found = words[first] >> shift
    # Shifted by 64 in two steps, since processors do not agree on one.
    upper = words[first + 1] << (np.uint64(63) - shift)
    upper <<= np.uint64(1)
    found |= upper
    return found


def _scatter(numbers: NDArray[np.uint64], which: int) -> None:
    """Mix the bits of every number, in place and so that it can be undone."""
    first, second = (np.uint64(factor) for factor in _FACTORS[which])
    numbers += np.uint64(_SEEDS[which])
    numbers ^= numbers >> np.uint64(30)
    numbers *= first
    numbers ^= numbers >> np.uint64(27)
    numbers *= second
    numbers ^= numbers >> np.uint64(31)
