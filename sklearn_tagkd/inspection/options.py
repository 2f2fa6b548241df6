"""Numbers that a caller gives: of the right kind, and in range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

__all__ = ["check_share", "check_whole", "holds_some_of"]


def check_whole(name: str, value: Any) -> int:
    """Return a whole number of 1 or more.

    Parameters
    ----------
    name : str
        Of the option, for an error.
    value : object
        What was given.

    Returns
    -------
    int
        That number.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.options import check_whole
    >>> check_whole("n", 3)
    3
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}={value!r} is to be a whole number, 1 or more.")
    return int(value)


def check_share(name: str, value: Any, told: str, *, may_be_zero: bool = False) -> None:
    """Refuse what is no number between 0 and 1.

    Parameters
    ----------
    name : str
        Of the option, for an error.
    value : object
        What was given.
    told : str
        What it is to be.
    may_be_zero : bool, default=False
        Whether 0 is in range; 1 never is.

    Raises
    ------
    ValueError
        If it is out of range or no number.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.options import check_share
    >>> check_share("confidence_level", 0.9, "above 0 and below 1")
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not (0 < value < 1 or (may_be_zero and value == 0)):
        raise ValueError(f"{name}={value!r} is to be {told}.")


def holds_some_of(chosen: Any, names: Sequence[str]) -> bool:
    """Tell whether something is a collection of known names, at least one.

    Parameters
    ----------
    chosen : object
        What was given.
    names : sequence of str
        All that are known.

    Returns
    -------
    bool
        False for a string, which is no collection of names.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.options import holds_some_of
    >>> holds_some_of(["words"], ["words", "links"]), holds_some_of("words", ["words"])
    (True, False)
    """
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        return False
    some = list(chosen)
    return bool(some) and all(isinstance(one, str) and one in names for one in some)
