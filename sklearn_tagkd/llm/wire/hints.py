"""What a rejection is about: names from a fixed list, looked up in a server's prose.

The prose itself is never shown: many a server quotes the prompt in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sklearn_tagkd.llm.prompting.form import LIMITS

__all__ = ["hint_for", "read_doubt"]

_LONGEST = 5000  # characters of prose that are looked at
_FORMAT = re.compile(
    r"response_?format|json_?schema|response_?schema|json_object"
    r"|structured[ _-]?outputs?|output_?format"
    r"|guided_(?:json|decoding|grammar)|\bgrammar\b"
)
_LIMIT = re.compile("|".join(LIMITS))
_UNKNOWN = re.compile(
    r"unsupported|not[ _]support|unknown|unrecogni[sz]ed|unexpected|extra[ _]|forbidden"
    r"|not[ _](?:permitted|allowed|available|valid)|deprecated|invalid_parameter|use '"
)
_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size)|maximum context|n_ctx|max_model_len"
    r"|(?:prompt|input|request|message)s? (?:is |are |tokens? )*too (?:long|large)"
    r"|too many (?:input |prompt )?tokens|exceeds? .{0,40}(?:context|tokens)"
    r"|tokens per minute|reduce (?:the|your) (?:length|prompt|message)"
)
_HINTS = (
    (
        _TOO_LONG,
        "It finds the prompt too long: pass a smaller max_prompt_tokens=, or a smaller "
        "max_answer_tokens=.",
    ),
    (
        _LIMIT,
        "It names the limit of an answer's tokens: pass a smaller max_answer_tokens=, "
        "or answer_limit= the name that it knows.",
    ),
    (
        re.compile(r"log_?probs?"),
        "It names logprobs: pass options={'top_logprobs': 5}, which many allow at "
        "most, or another probabilities= than 'logprobs'.",
    ),
    (
        re.compile("temperature"),
        "It names temperature: models that think take none. Pass temperature=None.",
    ),
    (
        _FORMAT,
        "It names the form of the answer: pass response_format='json_object' or "
        "'none'.",
    ),
    (
        re.compile("api[-_ ]version"),
        "It names the version of its interface: pass query={'api-version': ...}.",
    ),
)
# The server's own check of what the model wrote, or of how much was asked at a time.
_A_MINUTE = re.compile("tokens per minute|rate_limit")
_SPOILT = re.compile(r"json_validate_failed|failed_generation|failed to generate json")


def read_doubt(
    status: int, names: Collection[str], prose: str, prompt: str = ""
) -> str:
    """Tell what of a request a server may not take.

    Parameters
    ----------
    status : int
        Of its answer.
    names : collection of str
        Code and parameter of the error, where they are names.
    prose : str
        What it says.
    prompt : str, default=''
        What was asked. A word that stands there may be quoted, and counts for nothing.

    Returns
    -------
    str
        ``'format'`` or ``'limit'`` where it says so, ``'answer'`` where another try
        may do, and then one without a schema, ``'unknown'`` where it does not say,
        and nothing where there is no doubt.

    Examples
    --------
    >>> from sklearn_tagkd.llm.wire.hints import read_doubt
    >>> read_doubt(500, (), "body.response_format: Input should be 'json_object'")
    'format'
    """
    said = _Said(names, prose, prompt)
    if status == 498 or (status == 400 and said.names(_SPOILT)):
        return "answer"
    if status == 413 or (status == 400 and said.names(_TOO_LONG)):
        return "answer" if said.names(_A_MINUTE) else ""
    if status >= 500:
        return "format" if said.names(_FORMAT) else ""
    if status not in (400, 422):
        return ""
    both = all(said.names(re.compile(limit)) for limit in LIMITS)
    if both or (said.names(_LIMIT) and said.names(_UNKNOWN)):
        return "limit"
    return "format" if said.names(_FORMAT) else "unknown"


def hint_for(
    names: Collection[str],
    prose: str,
    prompt: str = "",
    options: Collection[str] = (),
) -> str:
    """Say what to do about a rejection.

    Parameters
    ----------
    names : collection of str
        Code and parameter of the error, where they are names.
    prose : str
        What the server says.
    prompt : str, default=''
        What was asked.
    options : collection of str, default=()
        Names of the decoding parameters that were sent.

    Returns
    -------
    str
        A sentence with a blank before it, or nothing.
    """
    said = _Said(names, prose, prompt)
    for pattern, hint in _HINTS:
        if said.names(pattern):
            return f" {hint}"
    for name in options:
        if said.names(re.compile(rf"(?<!\w){re.escape(name.casefold())}(?!\w)")):
            return f" It names {name}: leave it out of options=."
    return ""


class _Said:
    def __init__(self, names: Collection[str], prose: str, prompt: str) -> None:
        self._prose = " ".join([*names, prose[:_LONGEST]]).casefold()
        self._prompt = prompt.casefold()

    def names(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.finditer(self._prose)
        return any(match.group() not in self._prompt for match in found)
