"""Texts, links and features as someone hands them over, checked."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_features", "read_links", "read_texts"]

_HEAVIEST = 1e18  # that a link may be


def read_texts(given: Any) -> list[str]:
    """Return texts.

    Parameters
    ----------
    given : iterable of str
        What should be texts.

    Returns
    -------
    list of str
        One per document.

    Raises
    ------
    TypeError
        If it is something else; what was given is not quoted.
    """
    advice = "Give a list of str, one text per document, and links as edges=."
    # A table and a dict would give their names, a set no order to answer in.
    is_other = isinstance(given, str | Mapping | Set) or hasattr(given, "columns")
    if is_other or not hasattr(given, "__len__"):
        raise TypeError(f"X is of type {type(given).__name__}. {advice}")
    if hasattr(given, "adjacency"):
        raise TypeError(
            "A TextGraph is read by the full installation: pip install "
            f"'sklearn-tagkd[train]'. Here: {advice}"
        )
    texts = list(given)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"X[{place}] is of type {type(text).__name__}. {advice}")
    return [text.encode("utf-8", "replace").decode() for text in texts]


def read_features(given: Any, n_documents: int, n_features: int) -> NDArray[Any] | None:
    """Return features.

    Parameters
    ----------
    given : array-like of shape (n_documents, n_features) or None
        Numbers.
    n_documents, n_features : int
        How many there must be.

    Returns
    -------
    ndarray of shape (n_documents, n_features) or None
        None for a model that was fitted without.

    Raises
    ------
    ValueError
        If they have another shape, or are not finite.
    """
    if given is None and not n_features:
        return None
    matrix = np.zeros((n_documents, 0)) if given is None else np.asarray(given)
    if matrix.shape != (n_documents, n_features):
        raise ValueError(
            f"Features have shape {matrix.shape}; the model was fitted with "
            f"{n_features} columns, so {(n_documents, n_features)} is expected."
        )
    if matrix.dtype.kind not in "biuf" or not np.isfinite(matrix).all():
        raise ValueError("Features must be finite numbers.")
    return matrix if n_features else None


def read_links(
    given: Any, weights: Any, n_documents: int, directed: bool
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return links as pairs of sender and receiver, with what they weigh.

    Parameters
    ----------
    given : array-like of shape (n_edges, 2)
        Pairs of positions.
    weights : array-like of shape (n_edges,) or None
        From 0, no link, to 1e18; None is 1 for all.
    n_documents : int
        How many documents there are.
    directed : bool
        Whether a link goes one way.

    Returns
    -------
    pairs : ndarray of int64 of shape (n_links, 2)
        Each once, without self-loops; both ways where links have no direction.
    weights : ndarray of float32 of shape (n_links,)
        Of several of one link the greatest, and at least 1e-18, as a TextGraph has it.

    Raises
    ------
    ValueError
        If a position or a weight is none.
    """
    pairs = np.asarray(given)
    if not pairs.size:
        pairs = np.empty((0, 2), dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(
            "edges must be pairs of positions in the list of texts, of shape "
            f"(n_edges, 2); got {pairs.dtype} of shape {pairs.shape}."
        )
    outside = (pairs < 0) | (pairs >= n_documents)
    if outside.any():
        raise ValueError(
            f"An edge names position {pairs[outside][0]}, and there are {n_documents} "
            f"documents: 0 to {n_documents - 1}."
        )
    weighed = np.ones(len(pairs)) if weights is None else np.asarray(weights)
    if weighed.shape != (len(pairs),) or weighed.dtype.kind not in "biuf":
        raise ValueError(f"weights must be {len(pairs)} numbers, one per edge.")
    if not ((weighed >= 0) & (weighed <= _HEAVIEST)).all():
        raise ValueError(f"A weight is not a number from 0 to {_HEAVIEST:g}.")
    kept = (pairs[:, 0] != pairs[:, 1]) & (weighed > 0)
    pairs, weighed = pairs[kept].astype(np.int64), weighed[kept]
    if not directed:
        pairs, weighed = np.concatenate([pairs, pairs[:, ::-1]]), np.tile(weighed, 2)
    unique, places = np.unique(pairs, axis=0, return_inverse=True)
    greatest = np.full(len(unique), 1 / _HEAVIEST, dtype=np.float32)
    np.maximum.at(greatest, places.ravel(), weighed.astype(np.float32))
    return unique, greatest
