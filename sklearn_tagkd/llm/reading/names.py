"""Which class a model means by what it wrote."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

__all__ = ["ClassNames", "folded"]

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?(?:e[+-]?\d{1,3})?")
_AS_TYPED = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)


def folded(name: str) -> str:
    """Return a name without what models change when they copy it.

    Case, spaces, underscores and hyphens, typographic quotes and dashes, how accents
    are composed, and entities of HTML.

    Parameters
    ----------
    name : str
        Name of a class, or the beginning of one.

    Returns
    -------
    str
        Equal for names that differ in nothing else.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.names import folded
    >>> folded("Rule_Learning &amp; Logic")
    'rule learning & logic'
    """
    plain = unicodedata.normalize("NFKC", html.unescape(name).translate(_AS_TYPED))
    plain = unicodedata.normalize("NFKC", plain.casefold())
    # At its end a hyphen may be all that tells two grades apart.
    joined = re.sub(r"(?<=\w)[\s_-]+(?=[^\W_])", " ", plain.translate(_AS_TYPED))
    return re.sub(r"\s+", " ", joined).strip(" _")


class ClassNames:
    """Names of classes, found again where that leaves no doubt.

    Parameters
    ----------
    classes : sequence of str
        The names.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.names import ClassNames
    >>> ClassNames(["0", "1"]).find(1), ClassNames(["C", "c"]).find("C")
    ('1', 'C')
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._exact = set(classes)
        self._folded: dict[str, str | None] = {}
        self._numbers: dict[float, str | None] = {}
        for name in classes:
            _put(self._folded, folded(name), name)
            if (value := _number(name)) is not None:
                _put(self._numbers, value, name)

    def find(self, given: Any) -> str | None:
        """Return the class that is meant.

        Parameters
        ----------
        given : object
            What stands in an answer: a string, or a number or boolean of JSON where
            the names are such.

        Returns
        -------
        str or None
            None where it is no class, or could be several.
        """
        if isinstance(given, bool):
            return self._folded.get(str(given).casefold())
        if isinstance(given, int | float):
            given = str(given) if abs(given) < 1e30 else ""
        if not isinstance(given, str):
            return None
        if given in self._exact:
            return given
        value = _number(given)
        if value is not None:  # a sign is no hyphen
            return self._numbers.get(value)
        return self._folded.get(folded(given))


def _put(names: dict[Any, str | None], key: Any, name: str) -> None:
    names[key] = None if key in names else name


def _number(name: str) -> float | None:
    plain = name.strip()
    value = float(plain) if _NUMBER.fullmatch(plain) else math.nan
    return value if math.isfinite(value) else None
