"""Ids that lie in files, found without a dictionary of them all.

Hashes of the ids lie sorted, beside the positions of their nodes, and their first bits
say where in the file to look: an id costs a few reads of memory, however many there
are.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.arrays import is_tensor
from sklearn_tagkd.graph.id_hashes import hashed_integers, hashed_strings
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = [
    "IdIndex",
    "StoredIntegerIds",
    "StoredStringIds",
    "bucket_bits",
    "place_ids",
]

_BLOCK = 2**15  # ids at a time: what is done with them finds them cached


def bucket_bits(n_nodes: int) -> int:
    """Return how many bits of a hash tell where to look.

    Parameters
    ----------
    n_nodes : int
        How many hashes there are, at least 1.

    Returns
    -------
    int
        So many that there are more buckets than hashes.
    """
    return n_nodes.bit_length()


def place_ids(values: NDArray[np.int64]) -> NodeIds:
    """Return ids that number the nodes from 0.

    Parameters
    ----------
    values : ndarray of int64 of shape (n_nodes,)
        The ids.

    Returns
    -------
    NodeIds
        Nothing of it is read before it is asked for.
    """
    ids = NodeIds(values)
    # What a cached_property would find by looking at all of them.
    ids.__dict__["_are_places"] = True
    return ids


@dataclass(frozen=True, eq=False)
class IdIndex:
    """Where hashes of ids lie.

    Parameters
    ----------
    first : ndarray of uint64 of shape (n_nodes,)
        Hashes, growing.
    second : ndarray of uint64 of shape (n_nodes,) or None
        Other hashes of the same ids, growing where ``first`` is equal; None where the
        first are never equal.
    order : ndarray of int64 of shape (n_nodes,)
        The node of each.
    starts : ndarray of int of shape (2**bucket_bits(n_nodes) + 1,)
        Where each bucket begins, and where the last one ends.
    """

    first: NDArray[np.uint64]
    second: NDArray[np.uint64] | None
    order: NDArray[np.int64]
    starts: NDArray[np.integer]

    def find(
        self, first: NDArray[np.uint64], second: NDArray[np.uint64] | None = None
    ) -> NDArray[np.int64]:
        """Return the nodes of hashes.

        Parameters
        ----------
        first, second : ndarray of uint64 of shape (n,)
            Of any ids; the second where the index has such.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 where there is none.
        """
        found = np.empty(len(first), dtype=np.int64)
        for start in range(0, len(first), _BLOCK):
            some = slice(start, start + _BLOCK)
            others = None if second is None else second[some]
            found[some] = self._find(first[some], others)
        return found

    def _find(
        self, first: NDArray[np.uint64], second: NDArray[np.uint64] | None
    ) -> NDArray[np.int64]:
        shift = np.uint64(64 - bucket_bits(len(self.first)))
        bucket = (first >> shift).view(np.int64)
        low = self.starts.take(bucket).astype(np.int64)
        # Most are the first of their bucket; no other is the last of all.
        alike = self.first.take(low, mode="clip") == first
        if second is not None and self.second is not None:
            alike &= self.second.take(low, mode="clip") == second
        found: NDArray[np.int64] = self.order.take(low, mode="clip")
        open_ = np.flatnonzero(~alike)
        found[open_] = -1
        low, high = low[open_], self.starts.take(bucket[open_] + 1).astype(np.int64)
        while len(open_):  # half of the bucket is left each time
            going = low < high
            open_, low, high = open_[going], low[going], high[going]
            middle = (low + high) >> 1
            here, wanted = self.first[middle], first[open_]
            below, alike = here < wanted, here == wanted
            if second is not None and self.second is not None:
                tied = np.flatnonzero(alike)
                here, wanted = self.second[middle[tied]], second[open_[tied]]
                below[tied], alike[tied] = here < wanted, here == wanted
            found[open_[alike]] = self.order[middle[alike]]
            low = np.where(below, middle + 1, low)
            high = np.where(below | alike, np.where(alike, low, high), middle)
        return found


class _StoredIds(NodeIds):
    def __init__(self, values: Any, index: IdIndex) -> None:
        super().__init__(values)
        self.index = index

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)


class StoredIntegerIds(_StoredIds):
    """Ids that are integers, looked up by their hashes.

    Parameters
    ----------
    values : ndarray of int64 of shape (n_nodes,)
        The ids.
    index : IdIndex
        Of their hashes.
    """

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
        if isinstance(ids, np.ndarray) and ids.dtype.kind == "i":
            return self.index.find(hashed_integers(ids.astype(np.int64, copy=False)))
        found = np.full(len(ids), -1, dtype=np.int64)
        numbers = [_integer(identity) for identity in ids]
        places = [place for place, number in enumerate(numbers) if number is not None]
        wanted = np.array([numbers[place] for place in places], dtype=np.int64)
        found[places] = self.index.find(hashed_integers(wanted))
        return found

    @property
    def are_places(self) -> bool:
        """Whether the ids number the nodes from 0; those that do are other ones."""
        return False


class StoredStringIds(_StoredIds):
    """Ids that are strings, looked up by their hashes.

    Parameters
    ----------
    values : PackedStrings
        The ids.
    index : IdIndex
        Of their hashes.
    """

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
        places = [place for place, identity in enumerate(ids) if _is_text(identity)]
        wanted = PackedStrings.pack([str(ids[place]) for place in places])
        found[places] = self.positions_of_strings(wanted)
        return found

    def positions_of_strings(self, ids: PackedStrings) -> NDArray[np.int64]:
        """Return where strings stand in the graph.

        Parameters
        ----------
        ids : PackedStrings
            Of n strings.

        Returns
        -------
        ndarray of int64 of shape (n,)
            Positions; -1 for an id that no node bears.
        """
        first, second = hashed_strings(ids)
        return self.index.find(first, second)


def _is_text(identity: object) -> bool:
    """Whether it may be the id of a node: text that can be written."""
    if not isinstance(identity, str):
        return False
    return identity.isascii() or not any("\ud800" <= c <= "\udfff" for c in identity)


def _integer(identity: Any) -> int | None:
    """Return the integer that is equal to an id, as a dictionary would find it."""
    if is_tensor(identity) and identity.ndim == 0:
        identity = identity.item()
    if not isinstance(identity, Hashable):
        return None
    try:
        number = int(identity)  # type: ignore[call-overload]
        is_equal = bool(number == identity)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if is_equal and -(2**63) <= number < 2**63 else None
