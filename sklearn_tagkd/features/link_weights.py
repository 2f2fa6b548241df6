"""How much links weigh, by the embeddings of their ends: numpy alone."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairWeights", "unit_rows", "weigh_pairs", "weights_of_scores"]

_CHUNK = 2048  # links scored at once: their vectors stay in the processor's cache
_TILE = 64  # rows: BLAS adds up those that are left over in another order


class PairWeights(Protocol):
    """A logistic regression on pairs of embeddings."""

    @property
    def of_product(self) -> NDArray[np.float32]:
        """Weights of the product of the two unit vectors, column by column."""

    @property
    def of_difference(self) -> NDArray[np.float32]:
        """Weights of their absolute difference."""

    @property
    def intercept(self) -> float:
        """Constant part of the score."""

    @property
    def mean_weight(self) -> float:
        """What becomes 1."""


def weigh_pairs(
    scorer: PairWeights,
    receiver: NDArray[np.integer],
    sender: NDArray[np.integer],
    embeddings: Any,
    of_senders: Any = None,
) -> NDArray[np.float32]:
    """Weigh links by the square of the probability that they matter.

    Parameters
    ----------
    scorer : PairWeights
        What was learnt.
    receiver, sender : ndarray of int of shape (n_links,)
        Ends of the links.
    embeddings : Rows of shape (n_nodes, n_dimensions)
        Embeddings of the raw texts.
    of_senders : Rows of shape (n_senders, n_dimensions), default=None
        Those that ``sender`` counts in, where they are others.

    Returns
    -------
    ndarray of float32 of shape (n_links,)
        Above 0; each hangs on its two ends alone.
    """
    others = embeddings if of_senders is None else of_senders
    scores = np.empty(len(receiver), dtype=np.float32)
    for start in range(0, len(scores), _CHUNK):
        part = slice(start, start + _CHUNK)
        own = unit_rows(embeddings[receiver[part]])
        other = unit_rows(others[sender[part]])
        difference = np.abs(own - other)
        np.multiply(own, other, out=own)
        scores[part] = _times(own, scorer.of_product)
        scores[part] += _times(difference, scorer.of_difference)
    return weights_of_scores(scorer, scores)


def _times(
    rows: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return products that hang on each row alone, not on how many there are."""
    n_left = -len(rows) % _TILE
    if n_left:
        rows = np.concatenate([rows, np.zeros((n_left, rows.shape[1]), rows.dtype)])
    products: NDArray[np.float32] = rows @ weights
    return products[: len(products) - n_left]


def weights_of_scores(
    scorer: PairWeights, scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the weights of links by what the scorer's columns add up to.

    Parameters
    ----------
    scorer : PairWeights
        What was learnt.
    scores : ndarray of float32 of shape (n_links,)
        Sums over columns, without the constant part.

    Returns
    -------
    ndarray of float32 of shape (n_links,)
        Above 0.
    """
    probability = 1 / (1 + np.exp(-np.clip(scores + scorer.intercept, -30, 30)))
    weights = (np.square(probability) / scorer.mean_weight).astype(np.float32)
    # A link is weakened, never cut: a weight of 0 would lose its place.
    kept: NDArray[np.float32] = np.maximum(weights, np.float32(1e-4))
    return kept


def unit_rows(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows at unit length.

    Parameters
    ----------
    embeddings : ndarray of float32 of shape (n_rows, n_dimensions)
        Rows.

    Returns
    -------
    ndarray of float32 of shape (n_rows, n_dimensions)
        Rows of zeros stay.
    """
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit: NDArray[np.float32] = embeddings / np.maximum(length, np.float32(1e-12))
    return unit
