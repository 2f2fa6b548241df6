"""Lists of phrases of differing length, packed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.packed_strings import PackedStrings

__all__ = ["PhraseLists"]


@dataclass(frozen=True, eq=False)
class PhraseLists:
    """An immutable sequence of lists of phrases.

    Parameters
    ----------
    phrases : PackedStrings
        All phrases, list after list.
    offsets : ndarray of int64 of shape (n_lists + 1,)
        List ``i`` is ``phrases[offsets[i]:offsets[i + 1]]``.
    """

    phrases: PackedStrings
    offsets: NDArray[np.int64]

    @classmethod
    def pack(cls, lists: Iterable[Iterable[str]]) -> PhraseLists:
        """Copy lists of phrases into one buffer.

        Parameters
        ----------
        lists : iterable of iterable of str
            What to pack.

        Returns
        -------
        PhraseLists
            The same lists in the same order.
        """
        as_lists = [list(phrases) for phrases in lists]
        offsets = np.zeros(len(as_lists) + 1, dtype=np.int64)
        np.cumsum([len(phrases) for phrases in as_lists], out=offsets[1:])
        flat = [phrase for phrases in as_lists for phrase in phrases]
        return cls(PackedStrings.pack(flat), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> list[str]:
        return self.phrases.take(range(self.offsets[index], self.offsets[index + 1]))

    def __iter__(self) -> Iterator[list[str]]:
        return (self[index] for index in range(len(self)))

    def take(self, indices: NDArray[Any]) -> PhraseLists:
        """Return some of the lists.

        Parameters
        ----------
        indices : ndarray of int of shape (n,)
            Places, in any order.

        Returns
        -------
        PhraseLists
            ``n`` lists.
        """
        return PhraseLists.pack(self[int(index)] for index in indices)

    def joined(self) -> list[str]:
        """Return each list as one text, as an encoder wants it.

        Returns
        -------
        list of str
            Phrases joined by commas; ``''`` for an empty list.
        """
        return [", ".join(phrases) for phrases in self]
