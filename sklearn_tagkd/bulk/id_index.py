"""The index of a graph's ids: hashes sorted, and where each bucket of them begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph.stored_ids import bucket_bits
from sklearn_tagkd.utils.array_files import ArrayFile

__all__ = ["write_index"]

_BUCKETS = 2**20  # at a time


def write_index(
    built: Path, first: NDArray[np.uint64], second: NDArray[np.uint64] | None = None
) -> tuple[int, int] | None:
    """Write what :class:`~sklearn_tagkd.graph.stored_ids.IdIndex` maps.

    Parameters
    ----------
    built : Path
        Where to.
    first : ndarray of uint64 of shape (n_nodes,)
        A hash of every id.
    second : ndarray of uint64 of shape (n_nodes,), default=None
        Another one; None where the first differ wherever ids do.

    Returns
    -------
    (int, int) or None
        Two nodes of one id, and nothing is written; None where there are none.
    """
    order = np.argsort(first)
    ordered = first[order]
    tied = ordered[1:] == ordered[:-1]
    if tied.any():  # seldom, and only then the rest is looked at
        keys = (np.arange(len(first)),) if second is None else (second,)
        order = np.lexsort((*keys, first))
        if second is not None:
            tied &= second[order[1:]] == second[order[:-1]]
        if tied.any():
            place = int(np.argmax(tied))
            one, other = sorted(order[place : place + 2].tolist())
            return one, other
    with ArrayFile(built / "id_hash_first.npy", "<u8") as file:
        file.append(ordered)
    with ArrayFile(built / "id_order.npy", "<i8") as file:
        file.append(order)
    if second is not None:
        with ArrayFile(built / "id_hash_second.npy", "<u8") as file:
            file.append(second[order])
    bits = bucket_bits(len(first))
    kind = "<i4" if len(first) < 2**31 else "<i8"
    with ArrayFile(built / "id_starts.npy", kind) as file:
        for start in range(0, 2**bits, _BUCKETS):
            stop = min(start + _BUCKETS, 2**bits)
            buckets = np.arange(start, stop, dtype=np.uint64) << np.uint64(64 - bits)
            file.append(np.searchsorted(ordered, buckets))
        file.append(np.array([len(first)]))
    return None
