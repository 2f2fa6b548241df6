"""What a server says in the body of an error, whatever status stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sklearn_tagkd.llm.wire.said import read_said
from sklearn_tagkd.llm.wire.transport import Failure

__all__ = ["NO_MONEY", "explain_body", "is_out_of_credit"]

NO_MONEY = "says that the account has no money left; answers that came are kept"
# Names are from protocols; many a service has its own for the same.
_NAMES = re.compile(
    r"(^|_)(insufficient|not_enough|out_of|no|low)(_\w+)?_(quota|balance|credit|fund)"
    r"|(quota|balance|credits?|funds)(_\w+)?_(insufficient|not_enough|too_low|exhausted)"
    r"|exceeded_current_quota|payment_required|billing|arrearage|overdue|free_?tier_only"
    r"|budget(_\w+)?_exceeded|exceeded(_\w+)?_budget|spend(ing)?(_\w+)?_limit"
)
# "You exceeded your current quota" is not among them: some say so of each minute's.
_PHRASES = re.compile(
    r"insufficient (account |available )?(balance|credit|fund)"
    r"|(credits?|account|your) balance is (too low|insufficient|not enough|exhausted)"
    r"|(out of|not enough|no remaining|requires more|enough) (credits?|balance|funds)\b"
    r"|no credits? (left|remaining)|credits? (\w+ ){0,2}(exhausted|used up|depleted)"
    r"|used (up )?all (of )?(your |the )?(available |monthly |free )?credits"
    r"|exceeded your (monthly |daily )?(included |free )?credits"
    r"|payment required|(unpaid|past[ -]due) (invoice|bill|balance)|failure to pay"
    r"|budget (has been |was |is )?exceeded|over budget"
    r"|(spend(ing)?|key|specified api usage) limits? (has been |was |is )?"
    r"(reached|exceeded)"
    r"|(reached|exceeded|hit) (\w+ ){1,3}(spend(ing)?|api usage) limit"
    r"|free (tier|quota)[\w ]{0,30} exhausted"
    r"|(top up|recharge) your|please (top up|recharge)"
    r"|(purchase|buy|add) (more )?(credits|funds)\b"
    r"|suspended\b.{0,60}\b(billing|balance|spending|payment)"
    r"|余额不足|欠费|额度(不足|已?用尽|已?用完)|请充值"
)
_LONGEST = 2000  # characters of prose that are looked at


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


def explain_body(body: Any, prompt: str = "") -> Failure | None:
    """Say what an error means that came in place of an answer.

    Parameters
    ----------
    body : object
        What came, or what stands as ``error`` in an answer that the status calls a
        success: JSON, or a text that is none.
    prompt : str, default=''
        What was asked.

    Returns
    -------
    Failure or None
        None where it speaks of no error.
    """
    said = read_said(body)
    if is_out_of_credit(said.status, said.names, said.prose, prompt):
        return Failure("fatal", f"The server {NO_MONEY} ({said.told or 'in words'}).")
    if said.status == 429 or any("rate_limit" in n.casefold() for n in said.names):
        return Failure("rate_limited")
    if said.status is None and not said.names and not said.prose:
        return None
    if said.status is not None and said.status < 500 and said.status not in (408, 409):
        where = f"{said.told}, in the body of an answer"
        return Failure("rejected", f"The server rejects the request ({where}).")
    return Failure("server_error", may_be_billed=True)
