"""Sizes of memory, as people write them."""

from __future__ import annotations

import re
from numbers import Integral

__all__ = ["PROCESS_BYTES", "check_memory", "memory_bytes"]

PROCESS_BYTES = 400 * 2**20  # that a process takes before it holds anything of a graph

_UNITS = {
    "b": 1,
    **{name: 1000**power for power, name in enumerate(("kb", "mb", "gb", "tb"), 1)},
    **{name: 1024**power for power, name in enumerate(("kib", "mib", "gib", "tib"), 1)},
}


def check_memory(memory: int, n_nodes: int, n_workers: int = 1) -> None:
    """Refuse memory that does not hold a column of a graph, before hours go into it.

    Parameters
    ----------
    memory : int
        Bytes that all processes together may take.
    n_nodes : int
        Of the graph.
    n_workers : int, default=1
        Processes.

    Raises
    ------
    ValueError
        If there is too little; says how much it takes.
    """
    # Two states of a column, a factor and a degree of every node.
    least = n_workers * (PROCESS_BYTES + 16 * n_nodes)
    if memory < least:
        each = f" in each of {n_workers} processes" if n_workers > 1 else ""
        raise ValueError(
            f"max_memory of {memory} bytes does not hold one column of {n_nodes} nodes"
            f"{each}: that takes {least}. Give more"
            f"{', or fewer processes' if n_workers > 1 else ''}."
        )


def memory_bytes(size: int | str) -> int:
    """Return a number of bytes.

    Parameters
    ----------
    size : int or str
        Bytes, or a number and a unit, such as ``'2GiB'`` or ``'500 MB'``.

    Returns
    -------
    int
        Above 0.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> from sklearn_tagkd.utils.memory_sizes import memory_bytes
    >>> memory_bytes("1.5 GiB")
    1610612736
    """
    if isinstance(size, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b)\s*", size, re.I)
        unit = _UNITS.get(found[2].lower()) if found else None
        if found and unit and float(found[1]) * unit >= 1:
            return int(float(found[1]) * unit)
    elif isinstance(size, Integral) and not isinstance(size, bool) and size > 0:
        return int(size)
    raise ValueError(
        f"max_memory={size!r} is no size. Give bytes, or a number and a unit: '2GiB'."
    )
