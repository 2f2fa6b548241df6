"""Rows of many columns as points on paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from sklearn_tagkd.utils.threads import one_thread

__all__ = ["flatten"]


@one_thread()
def flatten(rows: NDArray[np.float32], method: str = "tsne") -> NDArray[np.float64]:
    """Lay rows out in two dimensions, near ones near one another.

    Parameters
    ----------
    rows : ndarray of float32 of shape (n_rows, n_columns)
        Embeddings.
    method : {'tsne', 'pca'}, default='tsne'
        ``'pca'`` takes a moment, ``'tsne'`` some seconds per thousand rows and shows
        groups better. Few rows are laid out by ``'pca'``.

    Returns
    -------
    ndarray of float64 of shape (n_rows, 2)
        The same for the same rows; distances between groups say little.
    """
    if method not in ("tsne", "pca"):
        raise ValueError(f"method={method!r} is to be 'tsne' or 'pca'.")
    n_columns = 2 if method == "pca" or len(rows) < 8 else 30
    n_columns = min(n_columns, *rows.shape)
    flat: NDArray[np.float64] = np.zeros((len(rows), 2))
    if len(rows) < 2 or not np.ptp(rows, axis=0).any():  # all in one place
        return flat
    reduced = PCA(n_columns, random_state=0).fit_transform(rows)
    if method == "pca" or len(rows) < 8:
        flat[:, : reduced.shape[1]] = reduced[:, :2]
        return flat
    perplexity = min(30.0, max(2.0, (len(rows) - 1) / 3))
    start = "pca" if reduced.shape[1] > 1 else "random"
    mapper = TSNE(2, perplexity=perplexity, init=start, max_iter=500, random_state=0)
    flat[:] = mapper.fit_transform(reduced)
    return flat
