"""Latent semantic analysis: what a text is about, by the words that occur in it.

A sentence encoder says what a text means as a whole; rare words that name its subject
hardly move it. A few latent dimensions of weighted word counts see just those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils.extmath import randomized_svd

from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.utils.spread_places import spread_places
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["LexicalSpace"]

_N_BUCKETS = 2**16
_MOST_FITTED = 50_000  # texts; more would only sharpen what is known
_CHUNK = 16_384  # texts counted at once
_LEAST_TEXTS, _LARGEST_SHARE = 2, 0.5  # in which a word must, and may, occur
_SEED = 0  # the same texts make the same space, whatever model it is for


@dataclass(frozen=True, eq=False)
class LexicalSpace:
    """Latent dimensions of the words of some texts.

    Words are hashed, so that neither the space nor its pickle holds one.

    Parameters
    ----------
    buckets : ndarray of int64 of shape (n_buckets,)
        Hashes of the words that count, ascending.
    rarity : ndarray of float32 of shape (n_buckets,)
        Inverse document frequencies.
    directions : ndarray of float32 of shape (n_buckets, n_dimensions)
        Right singular vectors of the weighted counts.

    Examples
    --------
    >>> from sklearn_tagkd.features.encoding.lexical import LexicalSpace
    >>> texts = ["late goal", "cup goal", "cup final", "the vote", "vote law", "law"]
    >>> space = LexicalSpace.fit(texts, 2)
    >>> rows = space.transform(["the law", "a final"])
    >>> rows.shape, bool(abs(rows[0] @ rows[1]) < 0.1)
    ((2, 2), True)
    """

    buckets: NDArray[np.int64]
    rarity: NDArray[np.float32]
    directions: NDArray[np.float32]

    @classmethod
    def fit(cls, texts: Sequence[str], n_dimensions: int) -> LexicalSpace:
        """Find the latent dimensions of some texts.

        Parameters
        ----------
        texts : sequence of str
            Of many, some that are spread over all are looked at.
        n_dimensions : int
            How many to find; fewer where the texts have not so many, down to none.

        Returns
        -------
        LexicalSpace
            The same for the same texts.
        """
        return cls.fit_transform(texts, n_dimensions)[0]

    @classmethod
    @one_thread()
    def fit_transform(
        cls, texts: Sequence[str] | PackedStrings, n_dimensions: int
    ) -> tuple[LexicalSpace, NDArray[np.float32]]:
        """Find latent dimensions, and where the texts looked at lie.

        Parameters
        ----------
        texts : sequence of str, or PackedStrings
            Of more than 50,000, some that are spread over all are looked at.
        n_dimensions : int
            As in :meth:`fit`.

        Returns
        -------
        space : LexicalSpace
            That of :meth:`fit`.
        rows : ndarray of float32 of shape (n_looked_at, n_dimensions)
            What :meth:`transform` finds; words are counted once for both.
        """
        seen = [texts[place] for place in spread_places(len(texts), _MOST_FITTED)]
        counts = _count(seen)
        n_texts = np.bincount(counts.indices, minlength=_N_BUCKETS)
        most = max(_LEAST_TEXTS, _LARGEST_SHARE * len(seen))
        buckets = np.flatnonzero((n_texts >= _LEAST_TEXTS) & (n_texts <= most))
        rarity = 1 + np.log((1 + len(seen)) / (1 + n_texts[buckets]))
        rarity = rarity.astype(np.float32)
        weighted = _weigh(counts[:, buckets], rarity)
        rank = min(n_dimensions, len(seen) - 1, len(buckets) - 1)
        directions = np.zeros((len(buckets), max(rank, 0)), dtype=np.float32)
        if rank > 0:
            found = randomized_svd(weighted, rank, random_state=_SEED)[2].T
            directions = found.astype(np.float32)
        space = cls(buckets, rarity, directions)
        return space, space._locate(weighted)

    @cached_property
    def key(self) -> bytes:
        """Equal for equal spaces."""
        digest = hashlib.blake2b(self.buckets.tobytes(), digest_size=16)
        digest.update(self.directions.tobytes())
        return digest.digest()

    def __repr__(self) -> str:
        n_buckets, n_dimensions = self.directions.shape
        return f"LexicalSpace(buckets={n_buckets}, dimensions={n_dimensions})"

    @property
    def n_dimensions(self) -> int:
        """Number of latent dimensions."""
        return int(self.directions.shape[1])

    def transform(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Find where texts lie.

        Parameters
        ----------
        texts : sequence of str
            Any texts.

        Returns
        -------
        ndarray of float32 of shape (n_texts, n_dimensions)
            Rows of unit length, or 0 for a text without a known word.
        """
        rows = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            part = slice(start, start + _CHUNK)
            counts = _count(texts[part])[:, self.buckets]
            rows[part] = self._locate(_weigh(counts, self.rarity))
        return rows

    def _locate(self, weighted: csr_array) -> NDArray[np.float32]:
        found: NDArray[np.float32] = weighted @ self.directions
        length = np.linalg.norm(found, axis=1, keepdims=True)
        found /= np.maximum(length, np.float32(1e-12))
        return found


def _count(texts: Sequence[str]) -> csr_array:
    vectorizer = HashingVectorizer(
        n_features=_N_BUCKETS,
        alternate_sign=False,
        norm=None,
        stop_words="english",
        dtype=np.float32,
    )
    return csr_array(vectorizer.transform(texts))


def _weigh(counts: csr_array, rarity: NDArray[np.floating]) -> csr_array:
    """Return logarithmic counts times rarity, each text at unit length."""
    weighted = counts.copy()
    weighted.data = 1 + np.log(weighted.data)
    weighted.data *= rarity.astype(np.float32)[weighted.indices]
    squares = csr_array(
        (weighted.data**2, weighted.indices, weighted.indptr), shape=weighted.shape
    )
    length = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    scale = diags_array((1 / np.maximum(length, 1e-12)).astype(np.float32))
    return (scale @ weighted).tocsr()
