"""What is learnt from, and what it is scored on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["GPT", "RECORDED", "Sample", "Source"]

RECORDED, GPT = "recorded", "GPT-3.5"  # who answers


@dataclass(frozen=True)
class Sample:
    """One random subset of the answers, and what it is scored on.

    Parameters
    ----------
    table : RationaleTable
        The answers of the subset.
    test_rows : ndarray of int64 of shape (n_test,)
        Positions of labelled nodes to be scored on.
    asked : mapping of str to ndarray of int64
        Who was asked about which nodes.
    profiles : ProfileTable, default=None
        What is known of the classes besides.
    labels : ndarray of object of shape (n_nodes,), default=None
        Labels that a user has, ``''`` where there is none.
    """

    table: RationaleTable
    test_rows: NDArray[np.int64]
    asked: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    profiles: ProfileTable | None = None
    labels: NDArray[Any] | None = None


class Source(Protocol):
    """Whatever subsets are drawn from."""

    @property
    def name(self) -> str:
        """Name in the report."""

    @property
    def part(self) -> str:
        """Part of the report that it belongs to."""

    @property
    def table(self) -> RationaleTable:
        """All answers that there are."""

    @property
    def lessons(self) -> tuple[str, ...]:
        """Lessons that can be had."""

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have."""

    @property
    def has_more(self) -> bool:
        """Whether something is learnt beside answers, so that there may be none."""

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Draw a subset.

        Parameters
        ----------
        n_answers : int
            Its size.
        subset : int
            Its number, which is its seed.

        Returns
        -------
        Sample
            The subset, and what it is scored on.
        """
