"""A reply about a class is read, and kept in the form of an answer."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.llm.budget.usage import Usage
from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.reading.lenient_json import find_objects
from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.wire.transport import Reply

__all__ = ["read_class_reply"]

_KEYS = {"documents", "keywords", "description"}


def read_class_reply(
    question: ClassQuestion, reply: Reply, usage: Usage
) -> NumberedAnswer | str:
    """Read a reply about a class.

    Parameters
    ----------
    question : ClassQuestion
        What was asked.
    reply : Reply
        What came back.
    usage : Usage
        Counts answers that strayed from what was asked for.

    Returns
    -------
    NumberedAnswer or str
        All probability on the class, its description as explanation, its documents
        as what neighbour 1 says; or the reason why it cannot be believed. What is no
        text is left out, and what is cut off is not taken for whole.
    """
    if reply.is_refusal:
        return "refused"
    if reply.is_cut_off:
        return "truncated"
    objects = find_objects(reply.content, _KEYS)
    usage.off_schema += not (objects and objects[-1].is_bare)
    if not objects:
        return "not_json"
    found = objects[-1].value
    description = found.get("description")
    documents = _texts(found.get("documents"))
    keywords = _texts(found.get("keywords"))
    if not documents and not keywords and not isinstance(description, str):
        return "not_json"
    return NumberedAnswer(
        probabilities={question.name: 1.0},
        keywords=keywords,
        neighbors=((1, documents),),
        explanation=description if isinstance(description, str) else "",
    )


def _texts(entry: Any) -> tuple[str, ...]:
    if not isinstance(entry, list):
        return ()
    return tuple(text for text in entry if isinstance(text, str))
