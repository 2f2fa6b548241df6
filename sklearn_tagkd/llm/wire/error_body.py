"""What a server says in the body of an error, whatever status stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sklearn_tagkd.llm.wire.transport import Failure

__all__ = ["NO_MONEY", "explain_body", "is_out_of_credit", "plain_name"]

NO_MONEY = "says that the account has no money left; answers that came are kept"
# Names are from protocols; many a service has its own for the same.
_NAMES = re.compile(
    r"(^|_)(insufficient|not_enough|out_of|no|low)(_\w+)?_(quota|balance|credit|fund)"
    r"|(quota|balance|credits?|funds)(_\w+)?_(insufficient|not_enough|too_low|exhausted)"
    r"|exceeded_current_quota|payment_required|billing|arrearage|overdue"
)
# "You exceeded your current quota" is not among them: some say so of each minute's.
_PHRASES = re.compile(
    r"insufficient (account |available )?(balance|credit|fund)"
    r"|(credit|account) balance is (too low|insufficient|not enough)"
    r"|(out of|not enough|no remaining|requires more) credits?"
    r"|no credits? (left|remaining)|payment required|余额不足|欠费"
)
_LONGEST = 2000  # characters of prose that are looked at


def plain_name(value: Any) -> str:
    """Return a name of the protocol, and nothing else: a server may quote a prompt.

    Parameters
    ----------
    value : object
        What stands where the name should.

    Returns
    -------
    str
        The name, or nothing.
    """
    text = value if isinstance(value, str) else ""
    return text if re.fullmatch(r"[a-z][a-z_.]{1,40}", text) else ""


def is_out_of_credit(
    status: int | None, names: Iterable[Any], prose: str, prompt: str = ""
) -> bool:
    """Tell whether a server says that there is no money left.

    Parameters
    ----------
    status : int or None
        Of the answer, or of the error within it.
    names : iterable of object
        What stands as the code and the type of the error.
    prose : str
        What it says to people.
    prompt : str, default=''
        What was asked. A phrase that stands there too may be quoted, and counts for
        nothing.

    Returns
    -------
    bool
        No other request will fare better then.
    """
    if status == 402:
        return True
    for name in names:
        if isinstance(name, str) and len(name) < 100:
            snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
            if _NAMES.search(re.sub(r"\W+", "_", snake).casefold()):
                return True
    asked = prompt.casefold()
    told = _PHRASES.finditer(prose[:_LONGEST].casefold())
    return any(phrase.group() not in asked for phrase in told)


def explain_body(error: Any, prompt: str = "") -> Failure | None:
    """Say what an error means that came in place of an answer.

    Parameters
    ----------
    error : object
        What stands as ``error`` in an answer that the status calls a success.
    prompt : str, default=''
        What was asked.

    Returns
    -------
    Failure or None
        None where there is no error in it.
    """
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, Mapping) or not error:
        return None
    code, kind = error.get("code"), error.get("type")
    status = next(filter(None, map(_status, (code, error.get("status")))), None)
    names = [name for name in (code, kind, error.get("status")) if name is not None]
    prose = error.get("message")
    prose = prose if isinstance(prose, str) else ""
    told = " ".join(filter(None, [str(status or ""), *map(plain_name, names)])).strip()
    if is_out_of_credit(status, names, prose, prompt):
        return Failure("fatal", f"The server {NO_MONEY} ({told or 'in its answer'}).")
    if status == 429 or any("rate_limit" in str(name).casefold() for name in names):
        return Failure("rate_limited")
    if status is not None and status < 500 and status not in (408, 409):
        where = f"{told}, in the body of an answer"
        return Failure("rejected", f"The server rejects the request ({where}).")
    return Failure("server_error", may_be_billed=True)


def _status(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[45]\d\d", value):
        value = int(value)
    is_status = type(value) is int and 400 <= value < 600
    return value if is_status else None
