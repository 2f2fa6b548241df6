"""The JSON schema of an answer, its classes an enumeration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["answer_schema"]


def answer_schema(
    classes: Iterable[str], n_neighbors: int, *, with_probabilities: bool = True
) -> dict[str, Any]:
    """Return the schema of an answer.

    Evidence comes before the verdict, so that a model which writes from left to
    right has given its reasons when it names a class.

    Parameters
    ----------
    classes : iterable of str
        Names of the classes.
    n_neighbors : int
        Linked texts in the prompt, numbered from 1.
    with_probabilities : bool, default=True
        Whether the model is to say them; otherwise the label is all of its verdict.

    Returns
    -------
    dict
        Fit for OpenAI's strict mode: every property required, none beside them.

    Examples
    --------
    >>> from sklearn_tagkd.llm.prompting.schema import answer_schema
    >>> answer_schema(["a", "b"], 0)["properties"]["label"]
    {'type': 'string', 'enum': ['a', 'b']}
    """
    label = {"type": "string", "enum": list(classes)}
    phrases = {"type": "array", "items": {"type": "string"}}
    properties: dict[str, Any] = {
        "explanation": {"type": "string"},
        "keywords": phrases,
    }
    if n_neighbors:
        number = {"type": "integer", "enum": list(range(1, n_neighbors + 1))}
        properties["neighbors"] = _list_of({"number": number, "keywords": phrases})
    properties["label"] = label
    if with_probabilities:
        properties["probabilities"] = _list_of(
            {"class": label, "probability": {"type": "number"}}
        )
    return _object(properties)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}
