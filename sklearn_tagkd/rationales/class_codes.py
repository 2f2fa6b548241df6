"""Classes found by their names, however accents are composed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable

__all__ = ["ClassCodes", "composed"]


class ClassCodes:
    """Places of classes by their names.

    A name that differs in nothing but how Unicode composes its letters looks the same
    to whoever reads it, and is the same.

    Parameters
    ----------
    labels : iterable of labels
        The classes; their names are ``str(label)``.

    Examples
    --------
    >>> from sklearn_tagkd.rationales.class_codes import ClassCodes
    >>> codes = ClassCodes(["Caf\u00e9", "bar"])
    >>> codes.get("Cafe\u0301", -1), codes.get("cafe", -1)
    (0, -1)
    """

    def __init__(self, labels: Iterable[Hashable]) -> None:
        self._exact = {str(label): code for code, label in enumerate(labels)}
        forms = list(map(composed, self._exact))
        counts = Counter(forms)
        self._by_form = {
            form: code
            for form, code in zip(forms, self._exact.values(), strict=True)
            if counts[form] == 1
        }

    def get(self, name: str, unknown: int) -> int:
        """Return the place of a class.

        Parameters
        ----------
        name : str
            Its name.
        unknown : int
            What to return where there is none of that name.

        Returns
        -------
        int
            Its place among the labels.
        """
        code = self._exact.get(name)
        if code is None:
            code = self._by_form.get(composed(name), unknown)
        return code


def composed(name: str) -> str:
    """Return a name with its letters composed.

    Parameters
    ----------
    name : str
        Any name.

    Returns
    -------
    str
        Equal for names that are canonically equivalent.
    """
    return unicodedata.normalize("NFC", name)
