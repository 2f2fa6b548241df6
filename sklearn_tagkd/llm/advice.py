"""What to tell, and to do, where many questions have no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from sklearn_tagkd.llm.budget.account import Overcharge
from sklearn_tagkd.llm.budget.usage import Usage
from sklearn_tagkd.llm.reading.remarks import remarks
from sklearn_tagkd.llm.settings import AskSettings

__all__ = ["silence_warning", "warnings_about"]

_LARGE_SHARE, _LEAST = 0.2, 3  # of the questions; fewer are told by the counts alone
_MANY_TIME_OUTS = 0.1  # of the requests

_UNLIKELY = (
    "What the model wrote could not be believed: another model, or a larger one, keeps "
    "to the format; client.messages(question) is what it reads."
)
_GENERAL = {
    "refused": "The model, or a filter before it, refuses these texts: ask another "
    "model, or about other nodes.",
    "not_json": _UNLIKELY,
    "invalid_label": _UNLIKELY,
    "not_a_distribution": _UNLIKELY,
    "no_logprobs": "Pass probabilities='agreement' or 'words': this server sends no "
    "log-probabilities of use.",
    "over_budget": "Raise max_requests=, max_tokens= or max_cost=, whichever is set.",
    "no_connection": "See to the network and to base_url=, and run the same again.",
    "server_error": "The server has errors of its own: run the same again later.",
    "rejected": "The server does not take these requests.",
    "bad_response": "What the server sends is not what OpenAI's protocol says.",
}


def warnings_about(
    usage: Usage,
    n_asked: int,
    settings: AskSettings,
    overcharge: Overcharge | None,
    problems: Mapping[str, str],
) -> Iterator[str]:
    """Say what went wrong in a run, and what helps.

    Parameters
    ----------
    usage : Usage
        What was counted.
    n_asked : int
        All questions.
    settings : AskSettings
        How was asked.
    overcharge : Overcharge or None
        A request that took more than it could.
    problems : mapping of str to str
        What came of requests that were given up, by reason to abstain.

    Yields
    ------
    str
        One warning each.
    """
    yield from remarks(usage)
    if usage.damaged_rows:
        yield (
            f"{usage.damaged_rows} rows of the file of answers are damaged and hold no "
            "answer any more. What they had answered was asked again."
        )
    if overcharge is not None:
        yield _about_overcharge(overcharge, usage.abstentions["over_budget"])
        return
    silence = silence_warning(usage.abstentions, n_asked, _remedies(settings, problems))
    if silence is not None:
        yield silence
    elif usage.time_outs > max(_LEAST, _MANY_TIME_OUTS * usage.requests):
        yield (
            f"{usage.time_outs} of {usage.requests} requests did not come back in "
            "time, and may have been paid for all the same. Lower max_concurrency= "
            f"(now {settings.max_concurrency}) where the server works on few at a "
            "time, or raise request_timeout= (now "
            f"{settings.request_timeout:g} seconds)."
        )


def silence_warning(
    reasons: Counter[str], n_asked: int, remedy: Mapping[str, str] = _GENERAL
) -> str | None:
    """Say that many questions have no answer.

    Parameters
    ----------
    reasons : Counter of str
        Questions without an answer, by reason.
    n_asked : int
        All questions.
    remedy : mapping of str to str, optional
        What helps, by reason.

    Returns
    -------
    str or None
        The counts, and the remedy for the commonest reason; None where most are
        answered, or where there is no more money to spend: that was asked for.
    """
    n_silent = reasons.total()
    lost = Counter({r: n for r, n in reasons.items() if r != "over_budget"})
    is_large = lost.total() >= max(_LEAST, _LARGE_SHARE * n_asked)
    is_all = n_silent == n_asked > 1
    if not (is_large or is_all):
        return None
    counts = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    ((common, _),) = (lost or reasons).most_common(1)
    start = f"None of {n_asked}" if is_all else f"{n_silent} of {n_asked}"
    verb = "has an answer" if is_all else "have no answer"
    return f"{start} questions {verb}: {counts}. {remedy.get(common, '')}".strip()


def _remedies(settings: AskSettings, problems: Mapping[str, str]) -> dict[str, str]:
    at_a_time = f"max_concurrency= (now {settings.max_concurrency})"
    deadline = f"deadline= (now {settings.deadline:g} seconds)"
    told = {
        "truncated": "They were cut off: raise max_answer_tokens= (now "
        f"{settings.max_answer_tokens}). A model that thinks has used them up before "
        "it answers.",
        "time_out": f"They took too long: lower {at_a_time} where the server works on "
        "few at a time, or raise request_timeout= (now "
        f"{settings.request_timeout:g} seconds) and {deadline}.",
        "rate_limited": "The server had too many requests all the time: lower "
        f"{at_a_time}, raise {deadline}, or run the same again later.",
    }
    return _GENERAL | told | {reason: text for reason, text in problems.items() if text}


def _about_overcharge(overcharge: Overcharge, n_left: int) -> str:
    kind, remedy = "an answer", "It does not heed the limit of an answer; raise "
    remedy += "max_answer_tokens= to what answers really take, or ask another server."
    if overcharge.kind == "tokens_in":
        kind, remedy = "a prompt", "It adds text of its own, or counts otherwise; "
        remedy += "no limit can be kept there."
    return (
        f"The server bills {overcharge.billed:,} tokens for {kind} that could have "
        f"{overcharge.allowed:,} at most. Nothing more was sent: {n_left} questions "
        f"have no answer. {remedy}"
    )
