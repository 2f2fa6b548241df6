"""What was computed from a graph, kept for as long as the graph itself."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sklearn_tagkd.graph import TextGraph

__all__ = ["forget", "recall", "remember"]

# Things per graph: texts, words and their rows, inputs (raw, weighed, explained), a
# committee's views, whether words mislead; and what a fold of a search leaves before
# the next one looks at what they share.
_KEPT = 13
_LARGEST = 2**32  # bytes; what is larger is computed anew

Thing = TypeVar("Thing")

_of_graph: WeakKeyDictionary[object, OrderedDict[Hashable, object]] = (
    WeakKeyDictionary()
)


def remember(
    graph: TextGraph, key: Hashable, n_bytes: int, compute: Callable[[], Thing]
) -> Thing:
    """Return what was computed from a graph before, or compute it.

    The steps of a pipeline look at one graph in turn, and a search fits them many
    times over; what they share is computed once.

    Parameters
    ----------
    graph : TextGraph
        Any view: all views of a parent share what was computed from the parent.
    key : hashable
        What is wanted, with everything beside the parent that decides it.
    n_bytes : int
        Its size, about.
    compute : callable
        Finds it the first time.

    Returns
    -------
    object
        Not to be changed.
    """
    if n_bytes > _LARGEST:
        return compute()
    known = _of_graph.setdefault(graph.identity, OrderedDict())
    if key not in known:
        known[key] = compute()
    known.move_to_end(key)
    while len(known) > _KEPT:
        known.popitem(last=False)
    return known[key]  # type: ignore[return-value]


def recall(graph: TextGraph, key: Hashable) -> Any | None:
    """Return what is remembered of a graph.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    key : hashable
        As in :func:`remember`.

    Returns
    -------
    object or None
        Not to be changed; None where nothing is remembered.
    """
    known = _of_graph.get(graph.identity)
    return known and known.get(key)


def forget(graph: TextGraph) -> None:
    """Give back what a graph's inputs take up in memory.

    Parameters
    ----------
    graph : TextGraph
        Any view of it.
    """
    _of_graph.pop(graph.identity, None)
