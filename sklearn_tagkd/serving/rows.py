"""Documents to rows of a saved model's input space, by numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.link_weights import unit_rows
from sklearn_tagkd.features.rows import center_rows, scale_rows, side_by_side
from sklearn_tagkd.saving.parts import SavedLexicon, SavedSpace
from sklearn_tagkd.serving.hashed_words import count_buckets

__all__ = ["HashedTexts", "input_rows", "word_rows"]

_N_BUCKETS = 2**16  # of words, as in features/encoding/lexical.py


class HashedTexts:
    """``encoder="hashing"``: words and pairs of words hashed into columns.

    Parameters
    ----------
    n_dimensions : int
        Number of columns.
    """

    def __init__(self, n_dimensions: int = 1024) -> None:
        self.n_dimensions = n_dimensions

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts : list of str
            What to embed.

        Returns
        -------
        ndarray of float32 of shape (n_texts, n_dimensions)
            Rows of unit length; zeros for a text without a word.
        """
        rows = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            counts = count_buckets(text, self.n_dimensions, pairs=True, signed=True)
            row[list(counts)] = list(counts.values())
        return unit_rows(rows)


def word_rows(texts: Sequence[str], lexicon: SavedLexicon) -> NDArray[np.float32]:
    """Find where texts lie among the latent dimensions of words.

    Parameters
    ----------
    texts : sequence of str
        Any texts.
    lexicon : SavedLexicon
        Of the model.

    Returns
    -------
    ndarray of float32 of shape (n_texts, n_dimensions)
        Rows of unit length, or 0 for a text without a known word.
    """
    places = {int(bucket): place for place, bucket in enumerate(lexicon.buckets)}
    rows = np.zeros((len(texts), lexicon.directions.shape[1]), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        counts = count_buckets(text, _N_BUCKETS)
        known = [(places[b], count) for b, count in counts.items() if b in places]
        if known:
            where, counted = np.array(known).T
            weights = (1 + np.log(counted)) * lexicon.rarity[where]
            weights /= np.sqrt(np.square(weights).sum())
            row[:] = weights @ lexicon.directions[where].astype(np.float64)
    return unit_rows(rows)


def input_rows(
    space: SavedSpace,
    embeddings: NDArray[np.float32] | None,
    texts: Sequence[str],
    features: NDArray[Any] | None,
) -> NDArray[np.float32]:
    """Put all that is known of documents side by side.

    Parameters
    ----------
    space : SavedSpace
        Of the model.
    embeddings : ndarray of float32 of shape (n_documents, n_text_dimensions) or None
        Of their texts; None for a model that was fitted without texts.
    texts : sequence of str
        Their texts.
    features : ndarray of shape (n_documents, n_features) or None
        Beside them.

    Returns
    -------
    ndarray of float32 of shape (n_documents, n_dimensions)
        Rows of the input space.
    """
    parts: list[Callable[[slice], NDArray[np.float32]]] = []
    if embeddings is not None and space.text_center is not None:
        parts.append(partial(center_rows, embeddings, space.text_center))
    if space.lexical is not None:
        parts.append(word_rows(texts, space.lexical).__getitem__)
    if features is not None:
        parts.append(partial(scale_rows, features, space.feature_scale))
    return side_by_side(parts, len(texts))
