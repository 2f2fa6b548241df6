"""Arrays of other libraries as numpy has them, known by what they can do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.other_graphs import conversion_of, is_whole_graph

__all__ = ["as_numpy", "entries", "is_tensor"]


def is_tensor(thing: Any) -> bool:
    """Tell a tensor of torch, which need not be loaded here.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    bool
        Whether it can be detached and brought to a CPU.
    """
    return hasattr(thing, "detach") and hasattr(thing, "cpu")


def as_numpy(thing: Any) -> Any:
    """Return a dense tensor as an array, and anything else as it is.

    Parameters
    ----------
    thing : object
        Of a tensor the device, gradients and a precision that numpy lacks are no
        obstacle.

    Returns
    -------
    object
        An ndarray of the same shape, or what was given.
    """
    if not is_tensor(thing):
        return thing
    tensor = thing.detach().cpu()
    try:
        return tensor.numpy()
    except TypeError:  # bfloat16: all its numbers are numbers of float32 too
        return tensor.float().numpy()


def entries(values: Iterable[Any], name: str, one: str) -> list[Any] | NDArray[Any]:
    """Return what was given one by one, in an order that means something.

    Parameters
    ----------
    values : iterable or tensor
        What a user gave.
    name : str
        Of the argument.
    one : str
        What an entry is, such as ``'text per node'``.

    Returns
    -------
    list or ndarray
        The same entries.

    Raises
    ------
    GraphFormatError
        For something that is no sequence of entries, or has no order.
    """
    wanted = f"{name} must hold one {one}"
    if isinstance(values, str | bytes):
        kind = "string" if isinstance(values, str) else "bytes object"
        raise GraphFormatError(f"{wanted}; got a single {kind}.")
    if isinstance(values, set | frozenset):
        raise GraphFormatError(
            f"{wanted}; a {type(values).__name__} has no order, so that nobody can "
            "tell which is whose. Give a list."
        )
    if is_whole_graph(values):
        raise GraphFormatError(
            f"{wanted}; a {type(values).__name__} is a whole graph: "
            f"{conversion_of(values)}."
        )
    if hasattr(values, "columns"):
        raise GraphFormatError(
            f"{wanted}; of a {type(values).__name__} only the keys would be taken. "
            "Give one column of it (TextGraph.from_pandas takes whole tables)."
        )
    values = as_numpy(values)
    if isinstance(values, np.ndarray) and values.ndim:
        return values
    try:
        return list(values)
    except TypeError:
        raise GraphFormatError(f"{wanted}; got {_describe(values)}.") from None


def _describe(value: Any) -> str:
    return f"{value!r}" if isinstance(value, int | float) else type(value).__name__
