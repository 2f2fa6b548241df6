"""A key for whatever a user hands over, be it hashable or not."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

__all__ = ["key_of_object"]


def key_of_object(thing: Any) -> Hashable:
    """Return a key that is equal for the same object.

    Parameters
    ----------
    thing : object
        Of any type.

    Returns
    -------
    hashable
        The object itself where it has a hash. Else something that holds it: its
        ``id`` alone would be given to another object once this one is gone.

    Examples
    --------
    >>> from sklearn_tagkd.utils.same_object import key_of_object
    >>> one, other = [], []
    >>> key_of_object(one) == key_of_object(one)
    True
    >>> key_of_object(one) == key_of_object(other)
    False
    """
    try:
        hash(thing)
    except TypeError:
        return _Itself(thing)
    return thing  # type: ignore[no-any-return]


class _Itself:
    """An object as a key, by its identity."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other._thing is self._thing

    def __hash__(self) -> int:
        return id(self._thing)
