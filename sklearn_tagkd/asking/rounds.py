"""Rounds of asking: choose, ask, check, and see whether it pays to go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.cascade import confirmed
from sklearn_tagkd.asking.ledger import Ledger
from sklearn_tagkd.asking.stopping import Outlook, look_ahead
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.rationales import (
    Abstention,
    Rationale,
    RationaleTable,
    check_rationales,
)

__all__ = ["SurveyResult", "ask_both", "ask_in_rounds"]


@dataclass(frozen=True)
class SurveyResult:
    """What a survey brought.

    Parameters
    ----------
    answers : list of Rationale or Abstention
        As they came.
    table : RationaleTable
        Answers that passed the checks.
    n_asked : int
        Nodes that were asked about.
    outlooks : list of Outlook
        What further answers were expected to bring after each round; empty where
        nobody wanted to know.
    stop_reason : str
        Why there was no further round.
    report : dict of str to int
        What else was dropped, by kind.
    unconfirmed : RationaleTable or None
        Of two clients all that the cheap one answered.
    """

    answers: list[Rationale | Abstention]
    table: RationaleTable
    n_asked: int
    outlooks: list[Outlook]
    stop_reason: str
    report: dict[str, int] = field(default_factory=dict)
    unconfirmed: RationaleTable | None = None


def ask_in_rounds(
    survey: Survey, ledger: Ledger, least_gain: float | None
) -> SurveyResult:
    """Ask a client about nodes, round by round.

    Parameters
    ----------
    survey : Survey
        Who is asked about whom.
    ledger : Ledger
        Pays.
    least_gain : float or None
        Points that 50 more answers must be expected to bring, or asking ends; None
        asks as many as the limits allow.

    Returns
    -------
    SurveyResult
        What came of it.
    """
    answers: list[Rationale | Abstention] = []
    asked = np.empty(0, dtype=np.int64)
    table: RationaleTable | None = None
    outlooks: list[Outlook] = []
    sizes = survey.round_sizes(in_rounds=least_gain is not None)
    limit = "" if survey.max_nodes is None else f" (max_nodes={survey.max_nodes})"
    reason = "no node was to be asked about" if not sizes else f"all were asked{limit}"
    before = ledger.spent
    for number, n_wanted in enumerate(sizes, start=1):
        chosen = survey.choose(n_wanted, asked, table)
        came = ledger.ask(survey.client, survey.ask_about(chosen))
        answers += came
        asked = np.concatenate([asked, chosen])
        table = check_rationales(answers, survey.graph, survey.labels)
        if number < len(sizes) and came and all(map(_is_unpaid, came)):
            break  # no further round can be paid for
        if least_gain is None:
            continue
        cost = None if ledger.cost is None else ledger.spent - before
        outlooks.append(look_ahead(survey.graph, table, cost))
        if number < len(sizes) and not outlooks[-1].pays(least_gain):
            reason = f"{outlooks[-1]}, less than {least_gain:g}"
            break
    if n_unpaid := sum(map(_is_unpaid, answers)):
        reason = (
            "a limit on cost, requests or tokens was reached: "
            f"{n_unpaid} of {len(answers)} nodes{limit} were not asked about"
        )
    if table is None:
        table = check_rationales([], survey.graph, survey.labels)
    return SurveyResult(answers, table, len(asked), outlooks, reason)


def ask_both(
    survey: Survey,
    strong: Survey,
    ledger: Ledger,
    least_gain: float | None,
) -> SurveyResult:
    """Ask a cheap client widely and a strong one where it is needed.

    Parameters
    ----------
    survey, strong : Survey
        What the cheap and the strong one are asked.
    ledger : Ledger
        Pays for both.
    least_gain : float or None
        As in :func:`ask_in_rounds`.

    Returns
    -------
    SurveyResult
        The strong one's answers, and those of the cheap one that they confirm. Its
        report counts the others as ``'cheap_unconfirmed'``, and why it abstained.
    """
    widely = ask_in_rounds(survey, ledger, least_gain)
    few = ask_in_rounds(strong, ledger, least_gain)
    kept = confirmed(
        survey.graph, widely.table, few.table, survey.profiles, survey.random_state
    )
    answers = [*_about(widely, survey, kept), *few.answers]
    refused = Counter(
        f"cheap abstained: {reason}" for reason in widely.table.abstained.values()
    )
    return replace(
        few,
        answers=answers,
        table=check_rationales(answers, survey.graph, survey.labels),
        n_asked=_count_different(widely.answers, few.answers),
        outlooks=[*widely.outlooks, *few.outlooks],
        stop_reason=f"cheap: {widely.stop_reason}; strong: {few.stop_reason}",
        report={"cheap_unconfirmed": len(widely.table) - len(kept)} | refused,
        unconfirmed=widely.table,
    )


def _is_unpaid(answer: Rationale | Abstention) -> bool:
    return isinstance(answer, Abstention) and answer.reason == "over_budget"


def _about(
    result: SurveyResult, survey: Survey, positions: NDArray[np.int64]
) -> list[Rationale | Abstention]:
    ids = set(survey.graph.parent[positions].node_ids.tolist())
    return [answer for answer in result.answers if answer.node in ids]


def _count_different(*answers: Any) -> int:
    return len({answer.node for some in answers for answer in some})
