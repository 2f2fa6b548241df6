"""Words beside a picture."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["listed"]

_MOST_LISTED = 5


def listed(parts: Iterable[str]) -> str:
    """Return the first of some parts of a sentence, and how many more there are.

    Parameters
    ----------
    parts : iterable of str
        Most important first.

    Returns
    -------
    str
        Five of them.

    Examples
    --------
    >>> from sklearn_tagkd.reporting.pictures.words import listed
    >>> listed("abc"), listed("abcdefg")
    ('a, b, c', 'a, b, c, d, e and 2 more')
    """
    every = list(parts)
    more = len(every) - _MOST_LISTED
    end = f" and {more:,} more" if more > 0 else ""
    return ", ".join(every[:_MOST_LISTED]) + end
