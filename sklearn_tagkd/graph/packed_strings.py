"""Strings in one flat byte buffer, so that a million texts travel as one array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["PackedStrings"]


@dataclass(frozen=True, eq=False)
class PackedStrings:
    """An immutable sequence of strings: UTF-8 bytes end to end, plus offsets.

    A list of Python strings is pickled afresh for every task that a parallel
    grid search sends to a worker; joblib maps a large flat array into the
    worker's memory instead, and hashes it by content at the speed of memory.

    Parameters
    ----------
    buffer : ndarray of shape (n_bytes,), dtype uint8
        The strings' UTF-8 bytes, one after the other.
    offsets : ndarray of shape (n_strings + 1,), dtype int64
        String ``i`` lies at ``buffer[offsets[i]:offsets[i + 1]]``.

    Examples
    --------
    >>> from sklearn_tagkd.graph.packed_strings import PackedStrings
    >>> packed = PackedStrings.pack(["graph", "", "текст"])
    >>> packed[2], len(packed), packed.take([2, 0])
    ('текст', 3, ['текст', 'graph'])
    """

    buffer: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def pack(cls, strings: Sequence[str]) -> PackedStrings:
        """Copy strings into one buffer.

        Parameters
        ----------
        strings : sequence of str
            What to pack.

        Returns
        -------
        PackedStrings
            The same strings, in the same order.

        Raises
        ------
        UnicodeEncodeError
            If a string holds a lone surrogate and so is no valid text.
        """
        encoded = [string.encode() for string in strings]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in encoded], out=offsets[1:])
        buffer = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        offsets.flags.writeable = False
        return cls(buffer, offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def n_bytes(self) -> int:
        """How long all strings are together, in UTF-8."""
        return int(self.offsets[-1])

    def followed_by(self, other: PackedStrings) -> PackedStrings:
        """Copy both into one buffer.

        Parameters
        ----------
        other : PackedStrings
            What comes after.

        Returns
        -------
        PackedStrings
            These strings, then the others.
        """
        moved = other.offsets[1:] + self.n_bytes
        offsets = np.concatenate([self.offsets, moved])
        offsets.flags.writeable = False
        buffer = np.concatenate([self.buffer, other.buffer])
        buffer.flags.writeable = False
        return PackedStrings(buffer, offsets)

    def __getitem__(self, index: int) -> str:
        piece = self.buffer[self.offsets[index] : self.offsets[index + 1]]
        try:
            return piece.tobytes().decode()
        except UnicodeDecodeError:  # of a file; its own text would show bytes of it
            raise GraphFormatError(
                f"String {index} is no UTF-8: the file it lies in is damaged. Build "
                "the graph anew."
            ) from None

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

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
        return [self[index] for index in np.asarray(indices, dtype=np.int64)]
