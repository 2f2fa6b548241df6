"""What a server for tests says: something made up, or what was once recorded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales.record import Rationale

__all__ = ["Responder", "made_up_answer", "offered_classes", "recorded_answers"]

Responder = Callable[[list[dict[str, str]], Mapping[str, Any]], dict[str, Any]]

_HEAD = 60  # characters by which a text is recognised in a prompt
_NUMBERED = re.compile(r"\[(\d+)\] (.*)")


def offered_classes(schema: Mapping[str, Any]) -> list[str]:
    """Return the classes that a schema offers.

    Parameters
    ----------
    schema : mapping
        JSON schema of an answer; may be empty.

    Returns
    -------
    list of str
        ``['unknown']`` where there is no schema.
    """
    label = schema.get("properties", {}).get("label", {})
    return list(label.get("enum", ["unknown"]))


def made_up_answer(
    messages: list[dict[str, str]], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer any prompt: a class by the hash of the prompt, its first word a reason.

    Parameters
    ----------
    messages : list of dict
        The prompt.
    schema : mapping
        What the answer should look like.

    Returns
    -------
    dict
        The same for the same prompt.

    Examples
    --------
    >>> from sklearn_tagkd.llm.testing import made_up_answer
    >>> made_up_answer([{"role": "user", "content": "a late goal"}], {})["label"]
    'unknown'
    """
    lines = _lines(messages)
    if "documents" in schema.get("properties", {}):
        return _made_up_profile(lines)
    classes = offered_classes(schema)
    digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=4).digest()
    label = classes[int.from_bytes(digest, "little") % len(classes)]
    words = next((line for line in lines if line and line[0] != "<"), "").split()
    rest = [name for name in classes if name != label]
    shares = {label: 0.8 if rest else 1.0} | {name: 0.2 / len(rest) for name in rest}
    return {
        "explanation": "Made up for a test.",
        "keywords": words[:1],
        "neighbors": [],
        "label": label,
        "probabilities": [
            {"class": name, "probability": share} for name, share in shares.items()
        ],
    }


def recorded_answers(graph: TextGraph, answers: Iterable[Rationale]) -> Responder:
    """Return a responder that recognises nodes by their texts.

    Parameters
    ----------
    graph : TextGraph
        Whose nodes will be asked about.
    answers : iterable of Rationale
        What was recorded about them. Other nodes get a made-up answer.

    Returns
    -------
    callable
        Takes messages and a schema, returns the answer. It needs the shape of the
        package's own templates: the node's text begins a line, and a neighbour's
        follows its number.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.llm.testing import recorded_answers
    >>> from sklearn_tagkd.rationales import read_answers
    >>> docs = datasets.load_docs()
    >>> respond = recorded_answers(docs.graph, read_answers(docs.answers)[0])
    """
    nodes = dict(
        zip(
            map(_head, reversed(graph.parent.texts)),
            reversed(graph.parent.node_ids.tolist()),
            strict=True,
        )
    )
    recorded = {answer.node: answer for answer in answers}

    def respond(
        messages: list[dict[str, str]], schema: Mapping[str, Any]
    ) -> dict[str, Any]:
        lines = _lines(messages)
        asked = (nodes[_head(line)] for line in lines if _head(line) in nodes)
        answer = recorded.get(next(asked, None))
        if answer is None:
            return made_up_answer(messages, schema)
        numbered = [found for line in lines if (found := _NUMBERED.match(line))]
        number = {nodes.get(_head(m.group(2))): int(m.group(1)) for m in numbered}
        return {
            "explanation": answer.explanation,
            "keywords": list(answer.keywords),
            "neighbors": [
                {"number": number[item.node], "keywords": list(item.keywords)}
                for item in answer.neighbors
                if item.node in number
            ],
            "label": max(answer.probabilities, key=answer.probabilities.__getitem__),
            "probabilities": [
                {"class": name, "probability": value}
                for name, value in answer.probabilities.items()
            ],
        }

    return respond


def _lines(messages: list[dict[str, str]]) -> list[str]:
    users = [m["content"] for m in messages if m["role"] == "user"]
    return users[0].splitlines() if users else []


def _head(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first[:_HEAD].strip()


def _made_up_profile(lines: list[str]) -> dict[str, Any]:
    """Describe the class that the last line names, by its name."""
    name = next((line for line in reversed(lines) if line.strip()), "").split(": ")[-1]
    return {
        "description": f"Made up for a test, about {name}.",
        "keywords": [name],
        "documents": [f"{name} number {number}" for number in range(3)],
    }
