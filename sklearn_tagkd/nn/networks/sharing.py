"""What several ask for, computed once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["compute_once"]


def compute_once(
    compute: Callable[[Tensor], Tensor], asked: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Compute something of every node that is asked about, once per node.

    Parameters
    ----------
    compute : callable
        From distinct nodes, ascending, to a row of each.
    asked : dict of str to Tensor of int64 of shape (n_rows,)
        Nodes, by who asks; at least one asks.

    Returns
    -------
    dict of str to Tensor of shape (n_rows, n_columns)
        The rows, by the same names.
    """
    wanted = torch.cat(list(asked.values()))
    nodes, places = torch.unique(wanted, return_inverse=True)
    computed = compute(nodes)
    parts = places.split([len(rows) for rows in asked.values()])
    return {
        name: computed.index_select(0, part)
        for name, part in zip(asked, parts, strict=True)
    }
