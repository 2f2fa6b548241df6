"""At most so many nodes of each class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph

__all__ = ["guess_classes", "place_within"]


def place_within(groups: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many of the same group stand before each.

    Parameters
    ----------
    groups : ndarray of shape (n_rows,)
        Group of each row.

    Returns
    -------
    ndarray of int64 of shape (n_rows,)
        From 0 within each group.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.asking.selection.quotas import place_within
    >>> place_within(np.array(["a", "b", "a"])).tolist()
    [0, 0, 1]
    """
    seen: dict[Any, int] = {}
    places = np.empty(len(groups), dtype=np.int64)
    for row, group in enumerate(groups.tolist()):
        places[row] = seen.get(group, 0)
        seen[group] = places[row] + 1
    return places


def guess_classes(
    graph: TextGraph,
    positions: NDArray[np.int64],
    classes: Mapping[str, str],
    known: Mapping[int, str],
) -> NDArray[Any]:
    """Say of what class nodes may be, before anybody was asked.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    positions : ndarray of int64 of shape (n_nodes,)
        Nodes.
    classes : mapping of str to str
        Names and descriptions of classes.
    known : mapping of int to str
        Position to name of the class, where that is known.

    Returns
    -------
    ndarray of str of shape (n_nodes,)
        The class whose name and description share most words with the text;
        ``''`` where no word hints at one.
    """
    words = {name: _words(f"{name} {meaning}") for name, meaning in classes.items()}
    guessed = []
    texts = graph.parent[positions].texts
    for position, text in zip(positions.tolist(), texts, strict=True):
        found = known.get(position)
        if found is None:
            own = _words(text)
            hits = {name: len(own & hints) for name, hints in words.items()}
            found = max(hits, key=hits.__getitem__, default="")
            found = found if hits.get(found) else ""
        guessed.append(found)
    return np.array(guessed, dtype=object)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text.casefold()))
