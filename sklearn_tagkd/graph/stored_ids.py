"""Ids that lie in files, found without a dictionary of them all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["StoredStringIds", "hashed_strings", "integer_ids"]

_KEYS = ("sklearn_tagkd-id", "another-16-bytes")


def hashed_strings(strings: NDArray[Any]) -> NDArray[np.uint64]:
    """Hash strings twice, by keys of ours.

    Parameters
    ----------
    strings : ndarray of object of shape (n,)
        Every entry a str.

    Returns
    -------
    ndarray of uint64 of shape (2, n)
        Two hashes of each: that both are equal for two strings is not to be expected
        before there are 10^19.
    """
    # Imported late: graphs in memory need none of it.
    from pandas.util import hash_array

    hashes = [hash_array(strings, hash_key=key, categorize=False) for key in _KEYS]
    return np.stack(hashes)


def integer_ids(values: NDArray[np.int64], order: NDArray[np.int64] | None) -> NodeIds:
    """Return integer ids of which the order is known.

    Parameters
    ----------
    values : ndarray of int64 of shape (n_nodes,)
        The ids.
    order : ndarray of int64 of shape (n_nodes,), or None
        Positions by growing id; None where ids number the nodes from 0.

    Returns
    -------
    NodeIds
        Nothing of it is read before it is asked for.
    """
    ids = NodeIds(values)
    # What a cached_property would find by looking at all of them.
    ids.__dict__["_are_places"] = order is None
    if order is not None:
        ids.__dict__["_order"] = order
    return ids


class StoredStringIds(NodeIds):
    """Ids that are strings, looked up by their hashes.

    Parameters
    ----------
    values : PackedStrings
        The ids.
    first, second : ndarray of uint64 of shape (n_nodes,)
        Both hashes, by growing ``first``, then ``second``.
    order : ndarray of int64 of shape (n_nodes,)
        The position of each.
    """

    def __init__(
        self,
        values: PackedStrings,
        first: NDArray[np.uint64],
        second: NDArray[np.uint64],
        order: NDArray[np.int64],
    ) -> None:
        super().__init__(values)
        self._first, self._second, self._position = first, second, order

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

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
        found = np.full(len(ids), -1, dtype=np.int64)
        places = [i for i, identity in enumerate(ids) if isinstance(identity, str)]
        if not places:
            return found
        wanted = np.empty(len(places), dtype=object)
        wanted[:] = [str(ids[place]) for place in places]
        found[places] = self.positions_of_strings(wanted)
        return found

    def positions_of_strings(self, ids: NDArray[Any]) -> NDArray[np.int64]:
        """Return where strings stand in the graph.

        Parameters
        ----------
        ids : ndarray of object of shape (n,)
            Every entry a str.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 for an id that no node bears.
        """
        wanted, other = hashed_strings(ids)
        # Sorted, neighbours in the search lie near one another in memory.
        turn = np.argsort(wanted)
        place = np.empty(len(ids), dtype=np.int64)
        place[turn] = np.searchsorted(self._first, wanted[turn])
        last = len(self._first) - 1
        found = np.full(len(ids), -1, dtype=np.int64)
        open_ = np.arange(len(ids))
        while len(open_):  # more than once only where first hashes are equal
            at = place[open_]
            inside = at <= last
            alike = np.zeros(len(open_), dtype=bool)
            alike[inside] = self._first[at[inside]] == wanted[open_[inside]]
            open_, at = open_[alike], at[alike]
            same = self._second[at] == other[open_]
            found[open_[same]] = self._position[at[same]]
            open_ = open_[~same]
            place[open_] += 1
        return found
