"""What comes back from a model, whoever carries the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sklearn_tagkd.llm.prompting.form import Form
from sklearn_tagkd.llm.prompting.request import Request

__all__ = ["Failure", "Reply", "TokenChoice", "Transport"]


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """One token of an answer, and what could have stood in its place.

    Parameters
    ----------
    token : str
        What was written.
    alternatives : sequence of (str, float)
        Likely tokens, this one among them, with their natural log-probabilities.
    """

    token: str = field(repr=False)
    alternatives: Sequence[tuple[str, float]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote. Texts stay out of the repr.

    Parameters
    ----------
    content : str
        The answer.
    is_refusal : bool
        Whether the model, or the server's filter, refused.
    is_cut_off : bool
        Whether the limit of tokens ended it.
    tokens_in, tokens_out : int or None
        As the server counted them; None where it did not say.
    choices : sequence of TokenChoice
        Log-probabilities, where they were asked for and given.
    """

    content: str = field(repr=False)
    is_refusal: bool = False
    is_cut_off: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None
    choices: Sequence[TokenChoice] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing came back. It never holds what the server said.

    Parameters
    ----------
    reason : str
        ``'rate_limited'``, ``'server_error'``, ``'no_connection'``, ``'time_out'``,
        ``'bad_response'`` (all of which are tried again), ``'rejected'``,
        ``'refused'``, ``'forbidden'`` (a refusal, unless nobody is answered), or
        ``'fatal'``.
    message : str
        With ``'fatal'``, ``'forbidden'`` and ``'rejected'``: what to tell the user.
    retry_after : float or None
        Seconds that the server asked to wait.
    may_be_billed : bool
        Whether the model may have worked all the same.
    doubt : str
        What of the request the server may not take: see
        :func:`~sklearn_tagkd.llm.wire.hints.read_doubt`.
    """

    reason: str
    message: str = ""
    retry_after: float | None = None
    may_be_billed: bool = False
    doubt: str = ""


class Transport(Protocol):
    """Whatever carries a request to a model, within one event loop."""

    async def send(
        self, request: Request, *, form: Form, timeout: float
    ) -> Reply | Failure:
        """Send a request once.

        Parameters
        ----------
        request : Request
            What to send.
        form : Form
            How to put it.
        timeout : float
            Seconds for all of it.

        Returns
        -------
        Reply or Failure
            Nothing is raised but a cancellation.
        """

    async def close(self) -> None:
        """Let go of connections."""
