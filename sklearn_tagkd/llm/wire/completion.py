"""A completion as a server sent it, which need not be what the protocol says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn_tagkd.llm.wire.error_body import explain_body
from sklearn_tagkd.llm.wire.transport import Failure, Reply, TokenChoice

__all__ = ["read_completion"]

_MOST_TOKENS = 10**9  # of one request; beyond it no count of tokens is one
_MOST_ALTERNATIVES = 64  # of one token; the protocol has 20
_ROUNDING = 0.01  # by which a log-probability may lie above 0
_CUT_OFF = {"length", "max_tokens"}  # as OpenAI says, and as others do
_ENDS = _CUT_OFF | {"stop", "eos", "eos_token", "end_turn", "none"}


def read_completion(completion: Any, prompt: str = "") -> Reply | Failure:
    """Read what the server sent.

    Parameters
    ----------
    completion : object
        JSON of a response.
    prompt : str, default=''
        What was asked.

    Returns
    -------
    Reply or Failure
        ``'bad_response'`` where there is no message in it, or numbers that cannot be.
    """
    try:
        return _read(completion, prompt)
    except _JunkError:
        return Failure("bad_response", may_be_billed=True)


class _JunkError(ValueError):
    """What stands there cannot be meant."""


def _read(completion: Any, prompt: str) -> Reply | Failure:
    usage = _get(completion, "usage")
    tokens_in = _count(_get(usage, "prompt_tokens"))
    tokens_out = _count(_get(usage, "completion_tokens"))
    choices = _get(completion, "choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = _get(choice, "message")
    finish = str(_get(choice, "finish_reason")).casefold()
    content, is_refusal = _text(_get(message, "content"))
    if _get(message, "refusal") or is_refusal or finish == "content_filter":
        return Reply("", is_refusal=True, tokens_in=tokens_in, tokens_out=tokens_out)
    error = _get(completion, "error") or _get(choice, "error")
    if not content and error and (failure := explain_body(error, prompt)):
        return failure
    if not isinstance(message, Mapping) or (not content and finish not in _ENDS):
        failure = explain_body([completion, {"code": finish}], prompt)
        if failure and failure.reason != "server_error":
            return failure
    if not isinstance(message, Mapping):
        raise _JunkError
    return Reply(
        content=content,
        is_cut_off=finish in _CUT_OFF,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        choices=_token_choices(_get(_get(choice, "logprobs"), "content")),
    )


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _text(content: Any) -> tuple[str, bool]:
    """Return what is said, without thoughts, and whether that is a refusal."""
    if content is None or isinstance(content, str):
        return content or "", False
    if not isinstance(content, list):
        raise _JunkError
    said = []
    for part in content:
        if isinstance(part, str):
            said.append(part)
        elif _get(part, "type") in ("text", "output_text"):
            text = _get(part, "text")
            said.append(text if isinstance(text, str) else "")
        elif _get(part, "type") == "refusal":
            return "", True
    return "".join(said), False


def _count(value: Any) -> int | None:
    if isinstance(value, int) and value > _MOST_TOKENS:
        raise _JunkError
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None


def _token_choices(entries: Any) -> list[TokenChoice]:
    found = []
    for entry in entries if isinstance(entries, list) else []:
        token = _get(entry, "token")
        if not isinstance(token, str):
            continue
        others = _alternatives(_get(entry, "top_logprobs"))
        if others and all(name != token for name, _ in others):
            own = _logprob(_get(entry, "logprob"))
            others += [] if own is None else [(token, own)]
        found.append(TokenChoice(token, others))
    return found


def _alternatives(others: Any) -> list[tuple[str, float]]:
    pairs: list[tuple[Any, Any]]
    if not others or others is True:
        return []
    if isinstance(others, Mapping):  # as in the older protocol
        pairs = list(others.items())
    elif isinstance(others, list):
        pairs = [(_get(other, "token"), _get(other, "logprob")) for other in others]
    else:
        raise _JunkError
    values = [(name, _logprob(value)) for name, value in pairs[:_MOST_ALTERNATIVES]]
    return [
        (name, value)
        for name, value in values
        if isinstance(name, str) and value is not None
    ]


def _logprob(value: Any) -> float | None:
    if not isinstance(value, int | float) or not value <= _ROUNDING:
        return None  # NaN is not below it either
    return float(max(min(value, 0.0), -1e9))
