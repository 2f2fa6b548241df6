"""Opinions of many nodes, brought to given class shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["align"]

_N_ALIGNMENTS = 20


def align(
    opinion: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scale classes until their mean is what it shall be.

    Parameters
    ----------
    opinion : ndarray of float64 of shape (n_nodes, n_classes)
        Class probabilities.
    shares : ndarray of float64 of shape (n_classes,)
        What their mean shall be; sums to 1.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_classes)
        Rows sum to 1.
    """
    gain = np.ones(len(shares))
    for _ in range(_N_ALIGNMENTS):
        scaled = opinion * gain
        scaled /= scaled.sum(axis=1, keepdims=True)
        gain *= (shares + 1e-9) / (scaled.mean(axis=0) + 1e-9)
    scaled = opinion * gain
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled
