"""What a server for tests can be told to do wrong."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["FAULTS", "FaultSchedule", "spoil"]

FAULTS = {
    "rate_limit": "429 without Retry-After",
    "rate_limit_wait": "429 with Retry-After",
    "server_error": "500",
    "slow": "bytes that drip in",
    "cut": "the connection is cut within the answer, which is counted",
    "bad_http": "a body that is no JSON",
    "bad_request": "400",
    "no_key": "401",
    "no_schema": "400 wherever a response format is asked for",
    "not_json": "prose in place of JSON",
    "truncated": "an answer that the limit of tokens ended",
    "wrong_class": "a class that was not offered",
    "invented_neighbor": "a neighbour that was not shown",
    "invented_phrase": "phrases that are not in the text",
    "refusal": "the model refuses",
    "fenced": "the schema ignored: prose, a fence and trailing commas",
    "nan": "probabilities that are NaN",
    "negative": "probabilities below 0",
    "huge": "10 MB of white space before the end",
    "no_usage": "no count of tokens",
    "no_logprobs": "no log-probabilities, although they are asked for",
    "expired": "in a batch: the line is not answered within its time",
}


class FaultSchedule:
    """Decides what goes wrong with which request.

    Parameters
    ----------
    faults : mapping of str to float, or iterable of (str or None)
        Probability per fault, or one fault per request in turn, and none after.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If there is no such fault.
    """

    def __init__(
        self, faults: Mapping[str, float] | Iterable[str | None], seed: int
    ) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._shares: dict[str, float] = {}
        in_turn: list[str | None] = []
        if isinstance(faults, Mapping):
            self._shares.update(faults)
        else:
            in_turn.extend(faults)
        for name in [*self._shares, *in_turn]:
            if name is not None and name not in FAULTS:
                raise ValueError(f"There is no fault {name!r}; known: {list(FAULTS)}.")
        self._in_turn: Iterator[str | None] = iter(in_turn)

    def draw(self) -> str | None:
        """Return what is to go wrong with the next request.

        Returns
        -------
        str or None
            A key of ``FAULTS``.
        """
        with self._lock:
            if not self._shares:
                return next(self._in_turn, None)
            drawn = self._random.random()
            for name, share in self._shares.items():
                drawn -= share
                if drawn < 0:
                    return name
            return None


def spoil(fault: str | None, answer: Mapping[str, Any]) -> str:
    """Write an answer down, with what is to be wrong with it.

    Parameters
    ----------
    fault : str or None
        A key of ``FAULTS``.
    answer : mapping
        The answer as it should be.

    Returns
    -------
    str
        Content of the message.
    """
    spoilt = dict(answer)
    if fault == "not_json":
        return "I am sure that this is a fine document."
    if fault == "wrong_class":
        spoilt["label"] = "No such class"
        spoilt["probabilities"] = [{"class": "No such class", "probability": 1.0}]
    if fault == "invented_neighbor":
        spoilt["neighbors"] = [{"number": 99, "keywords": ["invented"]}]
    if fault == "invented_phrase":
        spoilt["keywords"] = ["zyzzyva never stood in any text"]
    if fault in ("nan", "negative"):
        value = float("nan") if fault == "nan" else -0.5
        spoilt["probabilities"] = [
            {**item, "probability": value} for item in answer["probabilities"]
        ]
    text = json.dumps(spoilt)
    if fault == "truncated":
        return text[: len(text) // 2]
    if fault == "fenced":
        return f"Here you are:\n```json\n{text[:-1]},}}\n```\nAnything else?"
    if fault == "huge":
        return text[:-1] + " " * 10_000_000
    return text
