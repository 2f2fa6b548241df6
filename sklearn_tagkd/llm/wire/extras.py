"""What a user adds to requests: read when something is sent, and never kept.

None of it gets into a repr, into a pickle or into a key of the store.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from string import Template
from typing import Any

from sklearn_tagkd.llm.errors import LLMError

__all__ = ["Extras", "OwnFunction"]

_REMEDY = (
    "Write values as '$VARIABLE', which is read from the environment, or pass a "
    "function of a module."
)


class Extras:
    """Headers, or parameters of the query.

    Parameters
    ----------
    name : str
        Of the parameter that they were given as, for messages.
    given : mapping of str to str, callable, or None
        What to add, with environment variables as ``$VARIABLE``; or a function that
        returns it.

    Raises
    ------
    ValueError
        If it is nothing of the kind.

    Examples
    --------
    >>> from sklearn_tagkd.llm.wire.extras import Extras
    >>> Extras("headers", {"X-Team": "graphs"})()
    {'X-Team': 'graphs'}
    """

    def __init__(self, name: str, given: Any) -> None:
        self._name = name
        self._given = OwnFunction(name, given) if callable(given) else given
        self._lost: tuple[str, ...] = ()
        if given is None or callable(given):
            return
        if not isinstance(given, Mapping):
            raise ValueError(
                f"{name} must be a mapping of names to strings, or a function that "
                f"returns one; got a {type(given).__name__}."
            )
        for key, value in given.items():
            self._check(key, value)
            if not Template(value).is_valid():
                raise ValueError(
                    f"{name} has a $ in the value of {key!r} that begins no name of an "
                    "environment variable. Write $$ for a dollar sign."
                )

    def __repr__(self) -> str:
        return f"Extras({self._name!r})"

    def __getstate__(self) -> dict[str, Any]:
        given, lost = self._given, list(self._lost)
        if isinstance(given, Mapping):
            kept = {k: v for k, v in given.items() if Template(v).get_identifiers()}
            lost += [key for key in given if key not in kept]
            given = kept
        return {"_name": self._name, "_given": given, "_lost": tuple(lost)}

    def __call__(self) -> dict[str, str]:
        """Read what to add.

        Returns
        -------
        dict of str to str
            Names and values as of now.

        Raises
        ------
        LLMError
            If an environment variable is not set, a value cannot be sent, or this is
            a copy in another process, which lacks what no pickle carries.
        """
        if self._lost:
            raise LLMError(
                f"{self._name}= had a value for {self._lost[0]!r}, and no pickle "
                f"carries it: this copy of the client does not know it. {_REMEDY}"
            )
        if self._given is None:
            return {}
        if isinstance(self._given, OwnFunction):
            found = dict(self._given())
        else:
            found = {key: self._filled(v) for key, v in self._given.items()}
        try:
            for key, value in found.items():
                self._check(key, value)
        except ValueError as error:
            raise LLMError(str(error)) from None
        return found

    def _filled(self, value: str) -> str:
        try:
            return Template(value).substitute(os.environ)
        except KeyError as error:
            raise LLMError(
                f"The environment variable {error.args[0]}, which {self._name}= names, "
                "is not set."
            ) from None

    def _check(self, key: Any, value: Any) -> None:
        if not isinstance(key, str) or not re.fullmatch(r"[!-9;-~]+", key):
            raise ValueError(f"{self._name} must have names without blanks and colons.")
        if not isinstance(value, str) or not re.fullmatch(r"[ -~]*", value):
            raise ValueError(
                f"{self._name} must have strings without line breaks, in ASCII, as "
                f"values; that of {key!r} is none."
            )


class OwnFunction:
    """A function of the user's; a pickle takes it along where it can be imported.

    One that cannot may hold a key in its code.

    Parameters
    ----------
    name : str
        Of the parameter that it was given as, for messages.
    function : callable
        Without arguments.
    """

    def __init__(self, name: str, function: Callable[[], Any]) -> None:
        self._name = name
        self._function: Callable[[], Any] | None = function

    def __repr__(self) -> str:
        return f"OwnFunction({self._name!r})"

    def __getstate__(self) -> dict[str, Any]:
        function = self._function
        path = getattr(function, "__qualname__", "<>")
        if "<" in path or getattr(function, "__module__", "__main__") == "__main__":
            function = None
        return {"_name": self._name, "_function": function}

    def __call__(self) -> Any:
        """Call the function.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        LLMError
            If this is a copy in another process, which lacks the function.
        """
        if self._function is None:
            raise LLMError(
                f"{self._name}= had a function that cannot be imported, and no pickle "
                f"carries it: this copy of the client lacks it. {_REMEDY}"
            )
        return self._function()
