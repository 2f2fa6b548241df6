"""What turns texts into vectors, and how it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from sklearn_tagkd.features.encoding.outputs import as_matrix
from sklearn_tagkd.features.encoding.pace import fixed_batches
from sklearn_tagkd.utils.extras import asking_for

__all__ = [
    "DEFAULT_ENCODER",
    "HashingEncoder",
    "NamedEncoder",
    "TextEncoder",
    "resolve_encoder",
]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@runtime_checkable
class TextEncoder(Protocol):
    """Anything that embeds texts.

    An object that also has a string ``cache_key`` promises to give the same
    vectors wherever that key is the same: its embeddings are then kept on disk
    and shared between processes. Without one they are kept in memory, for that
    object alone.

    Examples
    --------
    >>> from sklearn_tagkd.encoding import TextEncoder, embed_texts
    >>> class Lengths:
    ...     def encode(self, texts):
    ...         return [[len(text), text.count(" ")] for text in texts]
    >>> isinstance(Lengths(), TextEncoder)
    True
    >>> embed_texts(["a goal"], Lengths())
    array([[6., 1.]], dtype=float32)
    """

    def encode(self, texts: list[str]) -> Any:
        """Return one vector per text.

        Parameters
        ----------
        texts : list of str
            At least one text.

        Returns
        -------
        array-like of shape (n_texts, n_dimensions)
            Finite numbers: an array, a tensor, a sparse matrix, or a list of rows.
        """


class HashingEncoder:
    """Words and pairs of words hashed into a fixed number of columns.

    Stateless: nothing is learnt and nothing has to be downloaded. A sentence
    embedding is better wherever one can be had.

    Parameters
    ----------
    n_dimensions : int, default=1024
        Number of columns.

    Examples
    --------
    >>> from sklearn_tagkd.encoding import HashingEncoder
    >>> HashingEncoder(64).encode(["graph neural network"]).shape
    (1, 64)
    """

    def __init__(self, n_dimensions: int = 1024) -> None:
        self.n_dimensions = n_dimensions

    @property
    def cache_key(self) -> str:
        """Name under which the embeddings are kept."""
        return f"hashing-{self.n_dimensions}"

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
        vectorizer = HashingVectorizer(
            n_features=self.n_dimensions,
            ngram_range=(1, 2),
            stop_words="english",
            dtype=np.float32,
        )
        dense: NDArray[np.float32] = vectorizer.transform(texts).toarray()
        return dense


@dataclass(frozen=True)
class NamedEncoder:
    """An encoder that is loaded only when a text is not in the cache.

    Parameters
    ----------
    load : callable
        Returns the :class:`TextEncoder`.
    cache_key : str or None
        Name under which its embeddings may be kept on disk.
    batches : callable, default=fixed_batches
        Cuts texts, the longest first, into batches that decide their vectors' bits.
    n_side_by_side : int, default=1
        Batches that are encoded at the same time.
    """

    load: Callable[[], TextEncoder]
    cache_key: str | None
    batches: Callable[[Sequence[str]], Iterator[slice]] = fixed_batches
    n_side_by_side: int = 1


def resolve_encoder(encoder: Any, device: str = "auto") -> NamedEncoder:
    """Find out which encoder is meant.

    Parameters
    ----------
    encoder : str or TextEncoder
        Name or folder of a sentence-transformers model, ``'hashing'``, or an
        object with ``encode``. ``':bfloat16'`` after a name computes in half precision.
    device : str, default='auto'
        Where a sentence-transformers model runs.

    Returns
    -------
    NamedEncoder
        The encoder, not loaded yet.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if encoder == "hashing":
        encoder = HashingEncoder()
    if isinstance(encoder, str):
        with asking_for("train", f"The text encoder {encoder!r}"):
            # torch and the model library take seconds to import.
            from sklearn_tagkd.nn.sentence_encoder import (
                length_batches,
                load_model,
                model_key,
            )

        name = encoder
        return NamedEncoder(
            lambda: load_model(name, device),
            model_key(name, device),
            partial(length_batches, device=device),
            cpu_count(),
        )
    if isinstance(encoder, type):
        raise TypeError(
            f"encoder is the class {encoder.__name__}: give an object of it, "
            f"{encoder.__name__}(...)."
        )
    if isinstance(encoder, TextEncoder):
        return NamedEncoder(lambda: encoder, getattr(encoder, "cache_key", None))
    raise TypeError(
        "encoder must be the name or folder of a sentence-transformers model, "
        f"'hashing', or an object with encode(list of str); got "
        f"{type(encoder).__name__}."
    )


def encode_checked(encoder: TextEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts and check what came back.

    Parameters
    ----------
    encoder : TextEncoder
        What embeds.
    texts : sequence of str
        At least one text.

    Returns
    -------
    ndarray of float32 of shape (n_texts, n_dimensions)
        Finite numbers.

    Raises
    ------
    TypeError
        If the encoder gave something that is no array of real numbers.
    ValueError
        If it gave another shape, or numbers that are not finite as float32.
    """
    name = f"{type(encoder).__name__}.encode"
    vectors = as_matrix(encoder.encode(list(texts)), name)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.shape[1]:
        raise ValueError(
            f"{name} gave an array of shape {vectors.shape} "
            f"for {len(texts)} texts; expected ({len(texts)}, n_dimensions)."
        )
    if not np.isfinite(vectors).all():
        raise ValueError(
            f"{name} gave numbers that are not finite, or too large for float32."
        )
    return vectors
