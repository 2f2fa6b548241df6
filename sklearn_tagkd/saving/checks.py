"""Values out of a file, believed only once they are what they should be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError

__all__ = ["MOST", "Reader", "is_word"]

MOST = 2**31 - 1  # of what is counted
_WORD = re.compile(r"[\w.:/+@-]{1,200}")  # a name of something, no sentence


def is_word(value: Any) -> bool:
    """Tell whether something is a name, too short and too plain to be a text.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        Whether it is a str without a space.
    """
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


class Reader:
    """One value of a file and how it may be read; everything else is refused.

    Parameters
    ----------
    value : object
        As JSON has it.
    place : str
        Where it stands, for the error.
    tensors : mapping of str to ndarray, default={}
        Of the file.
    """

    def __init__(
        self, value: Any, place: str, tensors: Mapping[str, NDArray[Any]] | None = None
    ) -> None:
        self._value, self.place = value, place
        self._tensors: Mapping[str, NDArray[Any]] = tensors or {}

    def refuse(self, expected: str) -> NoReturn:
        """Raise the error; what was found is not quoted.

        Parameters
        ----------
        expected : str
            What should have been there.

        Raises
        ------
        ModelFileError
            Always.
        """
        raise ModelFileError(
            f"The file holds no model that can be used: {self.place} should be "
            f"{expected}. Save the model again with sklearn_tagkd.save(model, path)."
        )

    def at(self, key: str) -> Reader:
        """Return an entry.

        Parameters
        ----------
        key : str
            Of an object.

        Returns
        -------
        Reader
            Of the entry.
        """
        if not isinstance(self._value, dict) or key not in self._value:
            self.refuse(f"an object with {key!r}")
        return Reader(self._value[key], f"{self.place}.{key}", self._tensors)

    def names(self, most: int = 10_000) -> list[str]:
        """Return the keys of an object.

        Parameters
        ----------
        most : int, default=10000
            How many there may be.

        Returns
        -------
        list of str
            In the order of the file.
        """
        if not isinstance(self._value, dict) or len(self._value) > most:
            self.refuse("an object")
        return list(self._value)

    def entries(self, most: int) -> list[Reader]:
        """Return the entries of a list.

        Parameters
        ----------
        most : int
            How many there may be.

        Returns
        -------
        list of Reader
            One per entry.
        """
        if not isinstance(self._value, list) or len(self._value) > most:
            self.refuse(f"a list of at most {most}")
        return [
            Reader(entry, f"{self.place}[{n}]", self._tensors)
            for n, entry in enumerate(self._value)
        ]

    @property
    def is_none(self) -> bool:
        """Whether there is nothing."""
        return self._value is None

    def plain(self) -> Any:
        """Return the value as it is, which the caller has to look at.

        Returns
        -------
        object
            As JSON has it.
        """
        return self._value

    def flag(self) -> bool:
        """Return true or false.

        Returns
        -------
        bool
            The value.
        """
        if not isinstance(self._value, bool):
            self.refuse("true or false")
        return self._value

    def count(self, least: int = 0, most: int = MOST) -> int:
        """Return a whole number.

        Parameters
        ----------
        least, most : int
            Between which it lies.

        Returns
        -------
        int
            The value.
        """
        if type(self._value) is not int or not least <= self._value <= most:
            self.refuse(f"a whole number from {least} to {most}")
        return self._value

    def number(self, least: float, most: float) -> float:
        """Return a number.

        Parameters
        ----------
        least, most : float
            Between which it lies.

        Returns
        -------
        float
            The value.
        """
        value = self._value
        is_number = type(value) is float or (type(value) is int and abs(value) < 2**53)
        if not is_number or not (math.isfinite(value) and least <= value <= most):
            self.refuse(f"a number from {least:g} to {most:g}")
        return float(value)

    def string(self, longest: int, check: Callable[[str], Any] = str.__len__) -> str:
        """Return a string.

        Parameters
        ----------
        longest : int
            How many characters it may have.
        check : callable, default=str.__len__
            Says whether it will do; any but the empty one by default.

        Returns
        -------
        str
            The value.
        """
        value = self._value
        if not isinstance(value, str) or len(value) > longest or not check(value):
            self.refuse(f"a string of at most {longest} characters")
        return value

    def tensor(
        self,
        shape: tuple[int, ...],
        dtypes: tuple[str, ...] = ("float16", "float32"),
        least: float = -1e8,
        most: float = 1e8,
    ) -> NDArray[Any]:
        """Return the tensor that the value names.

        Parameters
        ----------
        shape : tuple of int
            Which it has.
        dtypes : tuple of str
            Of which it is one.
        least, most : float
            Between which its numbers lie.

        Returns
        -------
        ndarray
            Floating numbers in float32, others as they are.
        """
        name = self.string(300)
        found = self._tensors.get(name)
        if found is None or found.dtype.name not in dtypes:
            self.refuse(f"the name of a tensor of {' or '.join(dtypes)}")
        if shape and found.shape != shape:
            self.refuse(f"a tensor of shape {shape}")
        if found.dtype.kind == "f":
            found = found.astype(np.float32)
            # Written so that what is not finite is outside.
            if found.size and not (found.min() >= least and found.max() <= most):
                self.refuse(f"a tensor of numbers from {least:g} to {most:g}")
        return found
