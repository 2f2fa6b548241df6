"""Log-probabilities of tokens, as a model would have had that gave this answer."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["token_logprobs"]

_TOKEN = re.compile(r"[A-Za-z]{1,4}|\s+|.", re.DOTALL)


def token_logprobs(content: str, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tokens of an answer, in the words of OpenAI's protocol.

    Parameters
    ----------
    content : str
        What is sent.
    answer : mapping
        What it says: the tokens of the label have those of the other classes as
        alternatives, as probable as the classes are. All others have none.

    Returns
    -------
    list of dict
        Entries of ``choices[0].logprobs.content``.

    Examples
    --------
    >>> from sklearn_tagkd.llm.testing.logprobs import token_logprobs
    >>> shares = [{"class": name, "probability": 0.5} for name in "ab"]
    >>> answer = {"label": "a", "probabilities": shares}
    >>> tokens = token_logprobs('{"label": "a"}', answer)
    >>> [other["token"] for other in tokens[-3]["top_logprobs"]]
    ['a', 'b']
    """
    head, mark, tail = content.partition('"label": "')
    name = f'{answer.get("label")}"'
    if not tail.startswith(name):  # an answer about a class, or not what it says
        return [_entry(token, {token: 1.0}) for token in _TOKEN.findall(content)]
    entries = [_entry(token, {token: 1.0}) for token in _TOKEN.findall(head + mark)]
    left = {
        tuple(_TOKEN.findall(f'{item["class"]}"')): item["probability"]
        for item in answer["probabilities"]
        if item["probability"] > 0
    }
    for place, token in enumerate(_TOKEN.findall(name)):
        masses: dict[str, float] = {}
        for tokens, share in left.items():
            masses[tokens[place]] = masses.get(tokens[place], 0.0) + share
        entries.append(_entry(token, masses))
        left = {tokens: p for tokens, p in left.items() if tokens[place] == token}
    rest = tail.removeprefix(name)
    return entries + [_entry(token, {token: 1.0}) for token in _TOKEN.findall(rest)]


def _entry(token: str, masses: Mapping[str, float]) -> dict[str, Any]:
    total = math.fsum(masses.values())
    others = [
        {"token": other, "logprob": math.log(mass / total), "bytes": None}
        for other, mass in masses.items()
    ]
    own = next(other["logprob"] for other in others if other["token"] == token)
    return {"token": token, "logprob": own, "bytes": None, "top_logprobs": others}
