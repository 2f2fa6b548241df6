"""What is said of why a node has its label."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from sklearn_tagkd.inspection.explanation.html import page_of
from sklearn_tagkd.rationales import Rationale
from sklearn_tagkd.utils.extras import asking_for

__all__ = ["Evidence", "Explanation", "Explanations"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that carries a label.

    Parameters
    ----------
    what : str, hashable or pair of hashable
        A phrase of the node's text; the id of a neighbour or of an answered node; the
        ids of the two ends of a link, from sender to receiver. Phrases are not in the
        repr.
    effect : float
        How much the margin falls without it; of an answered node, what its answer adds
        to the margin of a regression of all answers.
    weight : float or None
        What the model weighs the link by, as it has learnt to; None for phrases and
        answers.
    reason : Rationale or None
        What the language model said of an answered node, with its reasons.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import Evidence
    >>> Evidence("normal distribution", effect=0.8)
    Evidence(effect=0.8)
    """

    what: Any
    effect: float
    weight: float | None = None
    reason: Rationale | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        is_phrase = self.weight is None and self.reason is None
        told = "" if is_phrase else f"{self.what!r}, "
        weight = "" if self.weight is None else f", weight={self.weight:.3g}"
        return f"Evidence({told}effect={self.effect:.3g}{weight})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a model gives a node its label, and not the runner-up.

    Parameters
    ----------
    node : hashable
        Id of the node.
    label, runner_up : object
        The most probable class and the second.
    probability : float
        Of ``label``.
    margin : float
        Logit of ``label`` less that of ``runner_up``; what effects are parts of.
    words, neighbors, links, taught_by : tuple of Evidence
        What carries the label, most first.
    rationale : Rationale or None
        What the language model said of this node, where it was asked.
    notes : tuple of str
        How it was found out, what was left out, and what is not known.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import explain
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> why = explain(student, docs.graph, ["scipy.stats.norm"], budget=3)[0]
    >>> why.label, why.probability > 0.5, why.words[0].effect > 0
    ('scipy.stats', True, True)
    """

    node: Hashable
    label: Any
    runner_up: Any
    probability: float
    margin: float
    words: tuple[Evidence, ...]
    neighbors: tuple[Evidence, ...]
    links: tuple[Evidence, ...]
    taught_by: tuple[Evidence, ...]
    rationale: Rationale | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{name}={len(getattr(self, name))}"
            for name in ("words", "neighbors", "links", "taught_by")
        )
        return (
            f"Explanation(node={self.node!r}, label={self.label!r}, "
            f"probability={self.probability:.2f}, runner_up={self.runner_up!r}, "
            f"{counts})"
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per thing that carries the label.

        Returns
        -------
        list of dict
            Columns of :meth:`Explanations.to_frame`.
        """
        start = {
            "node": self.node,
            "label": self.label,
            "runner_up": self.runner_up,
            "probability": self.probability,
            "margin": self.margin,
        }
        kinds = {
            "word": self.words,
            "neighbor": self.neighbors,
            "link": self.links,
            "taught_by": self.taught_by,
        }
        rows = [
            {
                **start,
                "kind": kind,
                "what": item.what,
                "effect": item.effect,
                "weight": item.weight,
                **_said(item.reason),
            }
            for kind, items in kinds.items()
            for item in items
        ]
        if self.rationale is not None:
            said = {"kind": "rationale", "what": self.node, "effect": None}
            rows.append({**start, **said, "weight": None, **_said(self.rationale)})
        return rows

    def to_frame(self) -> Any:
        """Return everything as a table; it holds phrases of texts.

        Returns
        -------
        pandas.DataFrame
            As of :meth:`Explanations.to_frame`.
        """
        return Explanations([self]).to_frame()

    def _repr_html_(self) -> str:
        return page_of([self])


class Explanations(Sequence[Explanation]):
    """Explanations of some nodes, in the order in which they were asked for.

    Parameters
    ----------
    items : sequence of Explanation
        One per node.

    Examples
    --------
    >>> from sklearn_tagkd.inspection.explanation.result import Explanations
    >>> Explanations([])
    Explanations(nodes=0)
    """

    def __init__(self, items: Sequence[Explanation]) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> Explanation: ...
    @overload
    def __getitem__(self, index: slice) -> Explanations: ...

    def __getitem__(self, index: int | slice) -> Explanation | Explanations:
        if isinstance(index, slice):
            return Explanations(self._items[index])
        return self._items[index]

    def __repr__(self) -> str:
        return f"Explanations(nodes={len(self)})"

    def to_frame(self) -> Any:
        """Return everything as a table; it holds phrases of texts.

        Returns
        -------
        pandas.DataFrame
            A row per thing that carries a label: ``node``, ``label``, ``runner_up``,
            ``probability``, ``margin``, ``kind`` (``word``, ``neighbor``, ``link``,
            ``taught_by``, ``rationale``), ``what``, ``effect``, ``weight``, and of the
            language model ``teacher_label``, ``keywords``, ``key_neighbors`` and
            ``explanation``.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        with asking_for("demo", "A table of explanations"):
            import pandas as pd
        rows = [row for item in self for row in item.rows()]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def _repr_html_(self) -> str:
        return page_of(self)


_COLUMNS = [
    "node",
    "label",
    "runner_up",
    "probability",
    "margin",
    "kind",
    "what",
    "effect",
    "weight",
    "teacher_label",
    "keywords",
    "key_neighbors",
    "explanation",
]


def _said(reason: Rationale | None) -> dict[str, Any]:
    if reason is None:
        return dict.fromkeys(_COLUMNS[-4:])
    return {
        "teacher_label": top_label(reason),
        "keywords": list(reason.keywords),
        "key_neighbors": [item.node for item in reason.neighbors],
        "explanation": reason.explanation,
    }


def top_label(reason: Rationale) -> str:
    """Return the class that a language model found most probable.

    Parameters
    ----------
    reason : Rationale
        Its answer.

    Returns
    -------
    str
        Name of the class.
    """
    return max(reason.probabilities, key=lambda name: reason.probabilities[name])
