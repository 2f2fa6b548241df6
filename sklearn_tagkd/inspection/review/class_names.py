"""Classes as a person or a spreadsheet writes them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from sklearn_tagkd.estimators.labels import is_unlabelled
from sklearn_tagkd.inspection.told_labels import kind_of
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["ClassNames"]

_MARK = "'"  # that a table has before what looks like a formula


class ClassNames:
    """What a label may be, found by how it is written.

    Parameters
    ----------
    classes : sequence of labels
        Each once, all of one kind.

    Raises
    ------
    ValueError
        If one means unlabelled, two are the same once written out, or kinds are mixed.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.review.class_names import ClassNames
    >>> classes = ClassNames([True, False])
    >>> classes.find("True"), classes.find(" FALSE "), classes.find("no")
    (True, False, None)
    """

    def __init__(self, classes: Any) -> None:
        if isinstance(classes, str | bytes):
            raise ValueError(f"classes={classes!r} is to be a sequence of labels.")
        plain = classes.tolist() if isinstance(classes, np.ndarray) else list(classes)
        self.labels = [v.item() if isinstance(v, np.generic) else v for v in plain]
        kinds = sorted(set(map(kind_of, self.labels)))
        if len(kinds) > 1:
            raise ValueError(f"classes holds {' and '.join(kinds)}. Give one kind.")
        self._exact: dict[str, Any] = {}
        loose: defaultdict[str, list[Any]] = defaultdict(list)
        for label in self.labels:
            name = valid_text(str(label))
            if is_unlabelled(label) or name in self._exact:
                raise ValueError(
                    f"classes holds {label!r}, which means unlabelled, or stands there "
                    "twice once written out."
                )
            self._exact[name] = label
            loose[_loosely(name)].append(label)
        self._loose = {name: one[0] for name, one in loose.items() if len(one) == 1}
        self._are_numbers = kinds == ["numbers"]

    @property
    def names(self) -> list[str]:
        """How they are written out."""
        return list(self._exact)

    def find(self, written: str) -> Any:
        """Return the class that is meant.

        Parameters
        ----------
        written : str
            As it is written out; blanks around it, capitals, a decimal zero and an
            apostrophe before it do not matter where one class alone can be meant.

        Returns
        -------
        label or None
            None where it is no class.
        """
        for name in (written, _MARK + written):
            if name in self._exact:
                return self._exact[name]
        for name in (written, _MARK + written):
            if _loosely(name) in self._loose:
                return self._loose[_loosely(name)]
        return self._find_number(written) if self._are_numbers else None

    def _find_number(self, written: str) -> Any:
        try:
            number = float(written)
        except ValueError:
            return None
        meant = [label for label in self.labels if label == number]
        return meant[0] if len(meant) == 1 else None


def _loosely(name: str) -> str:
    return name.strip().casefold()
