"""Rows of the store as lines of an answers file, and back."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from sklearn_tagkd.exceptions import AnswerFormatError
from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store.rows import is_sound, read_row, write_row
from sklearn_tagkd.rationales.record import Rationale

__all__ = ["export_line", "export_row", "import_row", "question_ids"]

_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def question_ids(question: Question | None) -> tuple[str | None, str | None]:
    """Return the ids of a question as JSON.

    Parameters
    ----------
    question : Question or None
        Whose ids.

    Returns
    -------
    node : str or None
        Id of the node; None where JSON cannot hold it.
    shown : str or None
        List of the ids of its neighbours; likewise.
    """
    ids = () if question is None else (question.node, *question.neighbors)
    if not ids or not all(type(node) in (str, int) for node in ids):
        return None, None
    return json.dumps(ids[0]), json.dumps(ids[1:])


def export_line(
    key: bytes, answer: NumberedAnswer, node: str | None, shown: str | None, model: str
) -> str:
    """Write an answer as a line of an answers file.

    Parameters
    ----------
    key : bytes
        Key of the request.
    answer : NumberedAnswer
        What the model said.
    node, shown : str or None
        JSON of ids.
    model : str
        Name of the model.

    Returns
    -------
    str
        JSON and a line break.
    """
    ids = tuple(json.loads(shown or "[]"))
    question = Question(json.loads(node or "null"), "", ids, (), {})
    entry: Mapping[str, Any]
    if node is None:
        entry = {"answer": answer.to_json()}
    else:
        entry = answer.for_question(question).to_json()
    line = {**entry, "model": model, "key": key.hex()}
    return json.dumps(line, ensure_ascii=False) + "\n"


def export_row(key: Any, answer: Any, node: Any, shown: Any, model: Any) -> str | None:
    """Write a row of the store as a line of an answers file.

    Parameters
    ----------
    key, answer, node, shown, model : object
        What stands in the row.

    Returns
    -------
    str or None
        JSON and a line break; None where the row is damaged.
    """
    found = read_row(answer)
    if found is None:
        return None
    try:
        return export_line(key, found, node, shown, model)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def import_row(line: str, number: int, name: str) -> tuple[Any, ...]:
    """Read what :func:`export_line` wrote.

    Parameters
    ----------
    line : str
        A line.
    number : int
        Its number, for the message.
    name : str
        Name of the file, for the message.

    Returns
    -------
    tuple
        Key, answer, node, shown, model and time: columns of the store.

    Raises
    ------
    AnswerFormatError
        If it is no such line.
    """
    problem = ""
    try:
        entry = json.loads(line)
        key = bytes.fromhex(entry["key"])
        model = entry.get("model", "")
        if "answer" in entry:
            answer, node, shown = NumberedAnswer.from_json(entry["answer"]), None, None
        else:
            rationale = Rationale.from_json(entry)
            question = Question(rationale.node, "", rationale.shown, (), {})
            answer = NumberedAnswer.of_rationale(rationale, question)
            node, shown = question_ids(question)
        if not (isinstance(model, str) and is_sound(answer)):
            problem = "a part is of another kind"
    except _UNREADABLE as error:
        problem = type(error).__name__
    if problem:
        raise AnswerFormatError(
            f"Line {number} of {name} was not written by AnswerStore.export_answers "
            f"({problem}). Answers from elsewhere have no key: give them to the "
            "client's import_answers, with the questions that they answer."
        )
    return key, write_row(answer), node, shown, model, time.time()
