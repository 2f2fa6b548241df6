"""One random subset of answers, and what it is scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.rationales import RationaleTable

__all__ = ["Sample"]


@dataclass(frozen=True)
class Sample:
    """One random subset of the answers, and what it is scored on.

    Parameters
    ----------
    table : RationaleTable
        The answers of the subset.
    test_rows : ndarray of int64 of shape (n_test,)
        Positions of labelled nodes that nobody answered about.
    """

    table: RationaleTable
    test_rows: NDArray[np.int64]
