"""A property that is computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["once"]

_Value = TypeVar("_Value")


class once(Generic[_Value]):  # noqa: N801 - a decorator, as `property` is
    """``functools.cached_property`` without the lock that it has up to Python 3.11.

    There all instances share one, which a fork inherits locked where another thread was
    computing, so that its child waits for ever. Two threads may compute the same value.

    Parameters
    ----------
    function : callable
        Takes the instance.

    Examples
    --------
    >>> from sklearn_tagkd.utils.once import once
    >>> class Text:
    ...     @once
    ...     def length(self):
    ...         print("counted")
    ...         return 4
    >>> text = Text()
    >>> text.length + text.length
    counted
    8
    """

    def __init__(self, function: Callable[[Any], _Value]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> once[_Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        value = self._function(instance)
        vars(instance)[self._name] = value  # found first from now on
        return value
