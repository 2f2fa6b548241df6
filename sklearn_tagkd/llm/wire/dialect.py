"""In which words of OpenAI's protocol a server wants to be asked.

Servers differ in two things that a request needs: how an answer's form is asked for,
and what the limit of its tokens is called. Both are found out from what they refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sklearn_tagkd.llm.prompting.form import FORMATS, LIMITS, Form
from sklearn_tagkd.llm.wire.transport import Failure

__all__ = ["Dialect", "Wording"]

_MOST_CHANGES = 6  # of one request; behind one address may be servers that differ
_MOST_SPOILT = 2  # tries in which the schema may be what spoils the answer


@dataclass
class Dialect:
    """What is known of a server; all requests of a client share it.

    Parameters
    ----------
    form : Form
        How requests are put, until the server refuses it.
    finds_format, finds_limit : bool
        Whether other forms may be tried; otherwise the user has said which.
    is_confirmed : bool
        Whether the server has answered a request.
    """

    form: Form = field(default_factory=Form)
    finds_format: bool = True
    finds_limit: bool = True
    is_confirmed: bool = False

    def accepted(self, form: Form) -> None:
        """Take note that a request was answered.

        Parameters
        ----------
        form : Form
            How it was put.
        """
        # The first answer decides; a better one that was under way overrules it.
        is_better = _rank(form) < _rank(self.form)
        if not self.is_confirmed or is_better:
            self.form, self.is_confirmed = form, True

    def refused(self, form: Form, other: Form) -> None:
        """Take note that the server says what it does not take.

        Parameters
        ----------
        form : Form
            What it was sent.
        other : Form
            What it may take instead.
        """
        if self.form == form:
            self.form = other


class Wording:
    """How one request is put, from try to try.

    Parameters
    ----------
    dialect : Dialect
        What is known of the server.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._own: Form | None = None  # tried for this request alone
        self._sent = dialect.form
        self._n_spoilt = self._n_changes = 0
        self._has_changed_limit = False

    def choose(self) -> Form:
        """Return how to put it, now that it is sent.

        Returns
        -------
        Form
            By what is known by now.
        """
        self._sent = self._own or self._dialect.form
        return self._sent

    def accepted(self) -> None:
        """Take note that the request was answered."""
        self._dialect.accepted(self._sent)

    def change(self, failure: Failure) -> bool:
        """Look for other words once some were refused.

        Parameters
        ----------
        failure : Failure
            What came of the last try.

        Returns
        -------
        bool
            Whether to try again at once, in other words.
        """
        if not failure.doubt or self._n_changes >= _MOST_CHANGES:
            return False
        has_changed = self._change(failure.doubt)
        self._n_changes += has_changed
        return has_changed

    def _change(self, doubt: str) -> bool:
        dialect, form = self._dialect, self._sent
        is_refused = doubt in ("limit", "format", "unknown")
        if is_refused and self._own is None and dialect.form != form:
            return True  # others have found out meanwhile
        if doubt == "limit" and dialect.finds_limit and not self._has_changed_limit:
            self._has_changed_limit = True
            self._turn_to(form, replace(form, limit=_other(form.limit)))
            return True
        if form.response_format == "none" or not dialect.finds_format:
            return False
        bare = replace(form, response_format="none")
        if doubt == "format":
            self._turn_to(form, replace(form, response_format=_next(form)))
            return True
        if doubt == "unknown" and not dialect.is_confirmed:
            self._own = bare
            return True
        self._n_spoilt += doubt == "answer"
        if self._n_spoilt >= _MOST_SPOILT:
            self._own = bare
        return False

    def _turn_to(self, form: Form, other: Form) -> None:
        self._dialect.refused(form, other)
        self._own = None if self._dialect.form == other else other


def _rank(form: Form) -> int:
    return FORMATS.index(form.response_format)


def _next(form: Form) -> str:
    return FORMATS[_rank(form) + 1]


def _other(limit: str) -> str:
    return LIMITS[1 - LIMITS.index(limit)]
