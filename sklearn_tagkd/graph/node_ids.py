"""Names of nodes and the way back from a name to a position."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import entries, is_tensor
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["NodeIds"]

_NAMES = {str, int, np.str_, np.int32, np.int64}


def _is_integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


class NodeIds:
    """The ids of a graph's nodes, stored as compactly as their type allows.

    Integers rest in one array, strings in a :class:`PackedStrings`; anything
    else hashable in an object array. Look-ups are built on first use and are
    left out of pickles and hashes.

    Parameters
    ----------
    values : ndarray of shape (n_nodes,) or PackedStrings
        Checked ids; use :meth:`from_user` for unchecked ones.
    """

    def __init__(self, values: NDArray[Any] | PackedStrings) -> None:
        self._values = values

    @classmethod
    def from_user(cls, node_ids: Iterable[Hashable] | None, n_nodes: int) -> NodeIds:
        """Check the ids a user gave.

        Parameters
        ----------
        node_ids : iterable of hashable, or None
            One id per node; None numbers the nodes from 0.
        n_nodes : int
            How many nodes there are.

        Returns
        -------
        NodeIds
            The same ids.

        Raises
        ------
        GraphFormatError
            If their number differs from ``n_nodes``, or one is missing (None,
            NaN), unhashable or given twice; names the first offender.
        """
        if node_ids is None:
            return cls(np.arange(n_nodes, dtype=np.int64))
        given = entries(node_ids, "node_ids", "id per node")
        is_plain = isinstance(given, np.ndarray) and given.dtype.kind in "iuU"
        ids = given.tolist() if is_plain else list(given)  # type: ignore[union-attr]
        if len(ids) != n_nodes:
            raise GraphFormatError(
                f"node_ids has {len(ids)} entries but there are {n_nodes} texts. "
                "Give exactly one id per text, in the same order."
            )
        seen: dict[Hashable, int] = {}
        _refuse_no_ids(ids)
        for place, identity in enumerate(ids):
            try:
                first = seen.setdefault(identity, place)
            except TypeError:
                raise GraphFormatError(
                    f"node_ids[{place}] is a {type(identity).__name__}, which is not "
                    "hashable. Use strings, integers or tuples."
                ) from None
            if first != place:
                raise GraphFormatError(
                    f"node_ids[{place}] is {identity!r}, the id of node_ids[{first}] "
                    "too. Ids must be unique; drop or rename one of the two."
                )
        checked = cls(_compact(ids))
        checked.__dict__["_positions"] = seen  # the cached_property, already paid for
        return checked

    def __len__(self) -> int:
        return len(self._values)

    def __getstate__(self) -> dict[str, Any]:
        return {"_values": self._values}

    @cached_property
    def _positions(self) -> dict[Hashable, int]:
        values = self._values
        ids = values.tolist() if isinstance(values, np.ndarray) else values
        return {identity: place for place, identity in enumerate(ids)}

    @property
    def are_places(self) -> bool:
        """Whether the ids number the nodes from 0."""
        return self.kind == "int" and self._are_places

    def followed_by(self, other: NodeIds) -> NodeIds:
        """Copy both into one.

        Parameters
        ----------
        other : NodeIds
            Ids of what comes after, none of them among these.

        Returns
        -------
        NodeIds
            These ids, then the others.
        """
        if not len(other):
            return self
        mine, others = self._values, other._values
        if isinstance(mine, PackedStrings) and isinstance(others, PackedStrings):
            return NodeIds(mine.followed_by(others))
        if self.kind == other.kind == "int":
            return NodeIds(np.concatenate([self.take(), other.take()]))
        return NodeIds(np.concatenate([_objects(self.take()), _objects(other.take())]))

    @property
    def kind(self) -> str:
        """What an id is: ``'str'``, ``'int'`` or ``'object'``."""
        if isinstance(self._values, PackedStrings):
            return "str"
        return "object" if self._values.dtype == object else "int"

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
        if isinstance(self._values, PackedStrings):
            places = range(len(self)) if positions is None else positions
            return _object_array(self._values.take(places))
        return self._values if positions is None else self._values[positions]

    def positions(self, ids: Sequence[Hashable] | NDArray[Any]) -> NDArray[np.int64]:
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
        if (
            isinstance(self._values, np.ndarray)
            and self._values.dtype != object
            and isinstance(ids, np.ndarray)
            and np.issubdtype(ids.dtype, np.integer)
        ):
            return self._integer_positions(self._values, ids)
        wanted = ids.tolist() if isinstance(ids, np.ndarray) else ids
        find = self._positions.get
        return np.fromiter((_find(find, i) for i in wanted), np.int64, len(wanted))

    def _integer_positions(
        self, known: NDArray[Any], ids: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        if self._are_places:
            is_known = (ids >= 0) & (ids < len(known))
            if is_known.all():
                return ids.astype(np.int64, copy=False)
            return np.where(is_known, ids, -1).astype(np.int64)
        order = self._order
        place = np.searchsorted(known, ids, sorter=order)
        place = order[np.minimum(place, len(known) - 1)]
        found: NDArray[np.int64] = np.where(known[place] == ids, place, -1)
        return found

    @cached_property
    def _are_places(self) -> bool:
        """Whether the ids number the nodes from 0, so that none has to be searched."""
        values = np.asarray(self._values)
        return bool((values == np.arange(len(self))).all())

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self._values, kind="stable")  # type: ignore[arg-type]


def _refuse_no_ids(ids: list[Any]) -> None:
    """Refuse what names no node; where all are strings or integers, none has to be."""
    if {type(identity) for identity in ids} <= _NAMES:
        return
    for place, identity in enumerate(ids):
        if is_missing(identity):
            raise GraphFormatError(
                f"node_ids[{place}] is {identity!r}. Every node needs an id; leave "
                "node_ids out to number the nodes from 0."
            )
        if is_tensor(identity):
            raise GraphFormatError(
                f"node_ids[{place}] is a {type(identity).__name__}, which is unlike "
                "any other even where it holds the same. Write "
                "[identity.item() for identity in node_ids]."
            )


def _find(find: Any, identity: Any) -> int:
    try:
        place = int(find(identity, -1))
        if place < 0 and is_tensor(identity) and identity.ndim == 0:
            place = int(find(identity.item(), -1))
        return place
    except TypeError:  # an unhashable thing is no node's id
        return -1


def _compact(ids: list[Hashable]) -> NDArray[Any] | PackedStrings:
    if all(isinstance(identity, str) for identity in ids):
        try:
            return PackedStrings.pack(ids)  # type: ignore[arg-type]
        except UnicodeEncodeError:  # lone surrogates: rare, and legal in an id
            return _object_array(ids)
    if all(_is_integer(i) and -(2**63) <= i < 2**63 for i in ids):  # type: ignore
        return np.array(ids, dtype=np.int64)
    return _object_array(ids)


def _objects(values: NDArray[Any]) -> NDArray[Any]:
    return _object_array(values.tolist())  # numbers as Python's own


def _object_array(values: Sequence[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)  # np.array would unpack tuples
    array[:] = values
    return array
