"""One answer of a language model about one node."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["Abstention", "KeyNeighbor", "Rationale"]


@dataclass(frozen=True, slots=True)
class KeyNeighbor:
    """A linked node that carried evidence, and what in its text did.

    Parameters
    ----------
    node : hashable
        Id of the linked node.
    keywords : tuple of str
        Phrases of that node's text: the key message.

    Examples
    --------
    >>> from sklearn_tagkd.rationales import KeyNeighbor, Rationale
    >>> cited = KeyNeighbor("n9", ("penalty shoot-out",))
    >>> Rationale("n7", {"sport": 1.0}, shown=("n9",), neighbors=(cited,)).neighbors
    (KeyNeighbor(node='n9'),)
    """

    node: Hashable
    keywords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Rationale:
    """A language model's answer about one node, with its reasons.

    Texts stay out of the repr, so that logs and tracebacks do not leak them.

    Parameters
    ----------
    node : hashable
        Id of the node that was asked about.
    probabilities : mapping of str to float
        Probability per class; classes at 0 may be left out.
    shown : tuple of hashable
        Ids of the linked nodes that were part of the question. A linked node
        that was not shown was not judged.
    keywords : tuple of str
        Phrases of the node's own text that decide its class.
    neighbors : tuple of KeyNeighbor
        The shown nodes that carry evidence, with their key messages.
    explanation : str
        One sentence.
    source : str
        Where the probabilities come from: the model's own ``'words'``, the
        ``'logprobs'`` of its tokens, or the ``'agreement'`` of several answers.

    Examples
    --------
    >>> from sklearn_tagkd.rationales import Rationale
    >>> Rationale.from_json({"node": "a", "probabilities": {"sport": 1.0}})
    Rationale(node='a', probabilities={'sport': 1.0}, shown=(), neighbors=())
    """

    node: Hashable
    probabilities: Mapping[str, float]
    shown: tuple[Hashable, ...] = ()
    keywords: tuple[str, ...] = field(default=(), repr=False)
    neighbors: tuple[KeyNeighbor, ...] = ()
    explanation: str = field(default="", repr=False)
    source: str = field(default="words", repr=False)

    @classmethod
    def from_json(cls, entry: Any) -> Rationale:
        """Read one line of an answers file, already parsed.

        Parameters
        ----------
        entry : dict
            ``node`` and ``probabilities``; optionally ``shown``, ``keywords``,
            ``neighbors`` (each with ``node`` and ``keywords``), ``explanation``,
            ``source``.

        Returns
        -------
        Rationale
            The same answer.

        Raises
        ------
        ValueError
            If a field is missing or of the wrong type; names the field, never
            its content.
        """
        if not isinstance(entry, dict):
            raise ValueError("not a JSON object")
        if not _is_json_id(entry.get("node")):
            raise ValueError("'node' must be a string or an integer")
        probabilities = entry.get("probabilities")
        if not isinstance(probabilities, dict) or not all(
            map(_is_number, probabilities.values())
        ):
            raise ValueError("'probabilities' must map class names to numbers")
        if not all(name and name == valid_text(name) for name in probabilities):
            raise ValueError("'probabilities' names a class by nothing, or by no text")
        neighbors = entry.get("neighbors", [])
        if not isinstance(neighbors, list) or not all(
            isinstance(item, dict) and _is_json_id(item.get("node"))
            for item in neighbors
        ):
            raise ValueError("'neighbors' must be a list of objects with a 'node'")
        explanation = entry.get("explanation", "")
        if not isinstance(explanation, str):
            raise ValueError("'explanation' must be a string")
        source = entry.get("source", "words")
        if not isinstance(source, str):
            raise ValueError("'source' must be a string")
        # A file without 'shown' tells only of the neighbours that it names.
        shown = entry.get("shown", [item["node"] for item in neighbors])
        if not isinstance(shown, list) or not all(map(_is_json_id, shown)):
            raise ValueError("'shown' must be a list of node ids")
        return cls(
            node=entry["node"],
            probabilities=probabilities,
            shown=tuple(shown),
            keywords=_phrases(entry.get("keywords", []), "keywords"),
            neighbors=tuple(
                KeyNeighbor(
                    item["node"], _phrases(item.get("keywords", []), "neighbors")
                )
                for item in neighbors
            ),
            explanation=valid_text(explanation),
            source=source,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a line of an answers file, not yet serialised.

        Returns
        -------
        dict
            Plain lists, strings and numbers; ``source`` only where it is not the
            model's own words.

        Raises
        ------
        TypeError
            If an id is neither a string nor an integer, which JSON cannot hold.
        """
        entry = {
            "node": _json_id(self.node),
            "shown": [_json_id(node) for node in self.shown],
            "probabilities": {c: float(p) for c, p in self.probabilities.items()},
            "keywords": list(self.keywords),
            "neighbors": [
                {"node": _json_id(item.node), "keywords": list(item.keywords)}
                for item in self.neighbors
            ],
            "explanation": self.explanation,
        }
        return entry if self.source == "words" else {**entry, "source": self.source}


@dataclass(frozen=True, slots=True)
class Abstention:
    """A node about which nothing is known, and why.

    Parameters
    ----------
    node : hashable
        Id of the node that was asked about.
    reason : str
        A short code such as ``'no_answer'`` or ``'not_a_distribution'``.

    Examples
    --------
    What a client of one's own says of a question that it cannot answer:

    >>> from sklearn_tagkd.rationales import Abstention
    >>> Abstention("n7", "refused")
    Abstention(node='n7', reason='refused')
    """

    node: Hashable
    reason: str


def _phrases(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"'{where}' must hold lists of phrases")
    return tuple(map(valid_text, value))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) < 2**63  # a float can hold it


def _is_json_id(node: Any) -> bool:
    return isinstance(node, str | int) and not isinstance(node, bool)


def _json_id(node: Any) -> str | int:
    if isinstance(node, str):
        return node
    if hasattr(node, "item"):
        node = node.item()
    if not isinstance(node, int):
        raise TypeError(
            f"An answers file holds ids that are strings or integers; got {node!r}, a "
            f"{type(node).__name__}. Give the graph such ids, for example str(id)."
        )
    return node
