"""The small protocol between a graph's annotation and whatever answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sklearn_tagkd.rationales.record import Abstention, Rationale

__all__ = ["Question", "RationaleClient"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one node. Texts stay out of the repr.

    Parameters
    ----------
    node : hashable
        Id of the node. It may name the class, so it is never shown to a model.
    text : str
        Text of the node.
    neighbors : tuple of hashable
        Ids of linked nodes that may be shown, in the order to show them.
    neighbor_texts : tuple of str
        Their texts.
    classes : mapping of str to str
        Class names with their descriptions; ``''`` for none.
    examples : tuple of (str, str)
        Other texts with the names of their classes, to learn the task from.

    Examples
    --------
    >>> from sklearn_tagkd.llm import Question
    >>> Question("n7", "a late goal", (), (), {"sport": "games", "politics": ""})
    Question(node='n7', neighbors=(), classes={'sport': 'games', 'politics': ''})
    """

    node: Hashable
    text: str = field(repr=False)
    neighbors: tuple[Hashable, ...]
    neighbor_texts: tuple[str, ...] = field(repr=False)
    classes: Mapping[str, str]
    examples: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class RationaleClient(ABC):
    """Whatever answers questions about nodes.

    Deriving from this class is optional: any object with ``ask`` will do. What it
    adds is that scikit-learn's ``clone`` shares the client instead of copying it,
    so that a search over many candidates asks through one and the same.

    Attributes
    ----------
    answerable_nodes : collection of hashable, or None
        Ids of the only nodes that can be answered; None where any can.
    classes : sequence of str, or None
        Classes that the answers name, where that is known before asking.
    remembers : bool
        Whether the client itself keeps answers and counts what they cost. Its
        ``ask`` then takes ``max_cost``, US dollars, as well.
    is_free : bool
        Whether asking costs nothing.
    answers_classes : bool
        Whether it answers questions about classes too:
        :class:`~sklearn_tagkd.llm.ClassQuestion`.

    Examples
    --------
    >>> from sklearn_tagkd.llm import RationaleClient
    >>> from sklearn_tagkd.rationales import Rationale
    >>> class AlwaysSport(RationaleClient):
    ...     def ask(self, questions):
    ...         return [Rationale(q.node, {"sport": 1.0}) for q in questions]
    """

    answerable_nodes: Collection[Hashable] | None = None
    classes: Sequence[str] | None = None
    remembers = False
    is_free = False
    answers_classes = False

    @abstractmethod
    def ask(self, questions: Sequence[Question]) -> Sequence[Rationale | Abstention]:
        """Answer questions, or abstain.

        Parameters
        ----------
        questions : sequence of Question
            One per node.

        Returns
        -------
        sequence of Rationale or Abstention
            One per question, in the same order. They need not be checked.
        """

    def __sklearn_clone__(self) -> Self:
        return self
