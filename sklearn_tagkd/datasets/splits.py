"""Which rows of a graph belong to which part of which split."""

from __future__ import annotations

import json
from pathlib import Path

from sklearn_tagkd.exceptions import GraphFormatError

__all__ = ["read_splits"]


def read_splits(path: Path, n_nodes: int) -> dict[str, dict[str, list[int]]]:
    """Read which rows belong to which part of which split.

    Parameters
    ----------
    path : Path
        A JSON file.
    n_nodes : int
        Number of rows that there are.

    Returns
    -------
    dict of str to dict of str to list of int
        Row numbers, by split and part.

    Raises
    ------
    GraphFormatError
        If the file is damaged, or a row is none; names the split and the part.
    """
    expected = (
        'expected {"split": {"train": [0, 1], "test": [2]}}: rows of the nodes, '
        f"numbered from 0 to {n_nodes - 1}."
    )
    try:
        splits = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # its text may quote the file
        raise GraphFormatError(
            f"{path.name} is no JSON in UTF-8 ({type(error).__name__}); {expected}"
        ) from None
    if not isinstance(splits, dict):
        raise GraphFormatError(f"{path.name} holds no object; {expected}")
    for split, parts in splits.items():
        if not isinstance(parts, dict):
            raise GraphFormatError(f"{path.name}: {split!r} is no object; {expected}")
        for part, rows in parts.items():
            if not isinstance(rows, list) or not all(
                type(row) is int and 0 <= row < n_nodes for row in rows
            ):
                raise GraphFormatError(
                    f"{path.name}: {part!r} of {split!r} holds something that is no "
                    f"row; {expected}"
                )
    return splits
