"""One answer as text in a row, and back: what is damaged there is not believed."""

from __future__ import annotations

import json
from typing import Any

from sklearn_tagkd.llm.reading.numbered import NumberedAnswer

__all__ = ["is_sound", "read_row", "write_row"]

_MOST = 1.05  # of a probability, since models round


def write_row(answer: NumberedAnswer) -> str:
    """Write an answer as JSON that any file can hold.

    Parameters
    ----------
    answer : NumberedAnswer
        What to write.

    Returns
    -------
    str
        What :func:`read_row` reads.
    """
    text = json.dumps(answer.to_json(), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, as no file takes it
        return json.dumps(answer.to_json())
    return text


def read_row(text: object) -> NumberedAnswer | None:
    """Read an answer.

    Parameters
    ----------
    text : object
        What stands in the row.

    Returns
    -------
    NumberedAnswer or None
        None where it is not what :func:`write_row` writes, such as after damage.
    """
    if not isinstance(text, str):
        return None
    try:
        answer = NumberedAnswer.from_json(json.loads(text))
        return answer if is_sound(answer) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def is_sound(answer: NumberedAnswer) -> bool:
    """Tell whether each part of an answer is of its kind.

    Parameters
    ----------
    answer : NumberedAnswer
        From a source that need not be trusted.

    Returns
    -------
    bool
        Whether probabilities are numbers from 0 to 1, numbers whole, texts texts.
    """
    probabilities: Any = answer.probabilities
    return (
        isinstance(probabilities, dict)
        and bool(probabilities)
        and all(isinstance(name, str) for name in probabilities)
        and all(map(_is_probability, probabilities.values()))
        and _are_texts(answer.keywords)
        and all(type(n) is int and _are_texts(words) for n, words in answer.neighbors)
        and _are_texts((answer.explanation, answer.source))
    )


def _is_probability(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= _MOST  # NaN is not above 0 either


def _are_texts(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, str) for value in values)
