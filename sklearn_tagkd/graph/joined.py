"""Texts, ids and features of a graph with a few more behind them: nothing is copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["JoinedIds", "JoinedStrings", "take_of_both"]

Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class JoinedStrings:
    """Strings of a graph, and those that were added to it.

    Parameters
    ----------
    first, then : PackedStrings
        In this order.
    """

    first: PackedStrings
    then: PackedStrings

    def __len__(self) -> int:
        return len(self.first) + len(self.then)

    def __getitem__(self, index: int) -> str:
        n_first = len(self.first)
        return self.first[index] if index < n_first else self.then[index - n_first]

    def __iter__(self) -> Iterator[str]:
        yield from self.first
        yield from self.then

    @property
    def n_bytes(self) -> int:
        """How long all strings are together, in UTF-8."""
        return self.first.n_bytes + self.then.n_bytes

    def take(self, indices: Any) -> list[str]:
        """Return the strings at some places.

        Parameters
        ----------
        indices : array-like of int of shape (n,)
            Places, in any order, repeated or not.

        Returns
        -------
        list of str
            ``n`` strings.
        """
        return [self[index] for index in np.asarray(indices, dtype=np.int64).tolist()]


@dataclass(frozen=True, eq=False)
class JoinedIds:
    """Ids of a graph, and those that were added to it; none is in both.

    Parameters
    ----------
    first, then : NodeIds
        In this order.
    """

    first: NodeIds
    then: NodeIds

    def __len__(self) -> int:
        return len(self.first) + len(self.then)

    @property
    def kind(self) -> str:
        """What an id is: ``'str'``, ``'int'`` or ``'object'``."""
        same = self.first.kind == self.then.kind or not len(self.then)
        return self.first.kind if same else "object"

    @property
    def are_places(self) -> bool:
        """Whether the ids number the nodes from 0."""
        if not self.first.are_places or not len(self.then):
            return self.first.are_places
        numbers = np.arange(len(self.first), len(self))
        is_number = self.then.kind == "int"
        return is_number and bool((self.then.take() == numbers).all())

    def take(self, positions: NDArray[np.integer] | None = None) -> NDArray[Any]:
        """Return ids as an array.

        Parameters
        ----------
        positions : ndarray of int of shape (n,), or None
            Which nodes; None for all.

        Returns
        -------
        ndarray of shape (n,)
            Of dtype int64 for integers, object otherwise.
        """
        if positions is None:
            return self.first.followed_by(self.then).take()
        dtype = np.int64 if self.kind == "int" else object
        return take_of_both(
            np.asarray(positions),
            len(self.first),
            lambda places: _as(self.first.take(places), dtype),
            lambda places: _as(self.then.take(places), dtype),
        )

    def positions(self, ids: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
        """Return where ids stand in the graph.

        Parameters
        ----------
        ids : sequence of hashable of length n
            Ids to look up, known or not.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 for an id that no node bears.
        """
        found = self.then.positions(ids)
        found[found >= 0] += len(self.first)
        left = np.flatnonzero(found < 0)
        if len(left):
            found[left] = _look_up(self.first, ids, left)
        return found


def take_of_both(
    positions: NDArray[np.integer],
    n_first: int,
    first: Callable[[NDArray[np.integer]], NDArray[Any]],
    then: Callable[[NDArray[np.integer]], NDArray[Any]],
) -> NDArray[Any]:
    """Gather rows of which the last lie elsewhere.

    Parameters
    ----------
    positions : ndarray of int of shape (n,)
        Which rows, in any order.
    n_first : int
        How many lie in the first place.
    first, then : callable
        From places to rows of one dtype and width.

    Returns
    -------
    ndarray of shape (n, ...)
        In the order of ``positions``.
    """
    is_new = positions >= n_first
    if not is_new.any():
        return first(positions)
    added = then(positions[is_new] - n_first)
    if is_new.all():
        return added
    rows = np.empty((len(positions), *added.shape[1:]), dtype=added.dtype)
    rows[is_new] = added
    rows[~is_new] = first(positions[~is_new])
    return rows


def _look_up(
    known: NodeIds, ids: Sequence[Any] | NDArray[Any], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Look up some ids; of millions of integers no dictionary is made for strings."""
    if isinstance(ids, np.ndarray):
        return known.positions(ids[places])
    wanted = [ids[place] for place in places]
    if known.kind != "int":
        return known.positions(wanted)
    found = np.full(len(wanted), -1, dtype=np.int64)
    kinds = np.array([_kind(identity) for identity in wanted])
    numbers = np.flatnonzero(kinds == "int")
    if len(numbers):
        some = np.array([wanted[place] for place in numbers], dtype=np.int64)
        found[numbers] = known.positions(some)
    others = np.flatnonzero(kinds == "other")
    if len(others):
        found[others] = known.positions([wanted[place] for place in others])
    return found


def _kind(identity: Any) -> str:
    if isinstance(identity, str):
        return "str"
    is_number = isinstance(identity, int | np.integer) and type(identity) is not bool
    return "int" if is_number and -(2**63) <= identity < 2**63 else "other"


def _as(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    if values.dtype == dtype:
        return values
    objects = np.empty(len(values), dtype=object)
    objects[:] = values.tolist()
    return objects
