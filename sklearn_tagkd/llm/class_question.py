"""What is asked about a class, before a node is seen."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.rationales.profiles import ClassProfile
from sklearn_tagkd.rationales.record import Abstention, KeyNeighbor, Rationale

__all__ = ["ClassQuestion", "NamedClass", "profile_answer", "read_profile_answer"]

_DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class in the place of a node; no id of a node is equal to it.

    Parameters
    ----------
    name : str
        Name of the class.
    """

    name: str


@dataclass(frozen=True, slots=True)
class ClassQuestion(Question):
    """What is asked about one class. It travels as questions about nodes do.

    Its answer is a rationale about a :class:`NamedClass`: the explanation is the
    description, the keywords are phrases of the class, and one key neighbour holds
    the invented documents. ``examples`` show the style of the graph's documents, and
    are the only texts of the user's in it.

    Parameters
    ----------
    node, text, neighbors, neighbor_texts, classes, examples : object
        As in :class:`Question`; of :meth:`about`.

    Examples
    --------
    >>> from sklearn_tagkd.llm import ClassQuestion
    >>> question = ClassQuestion.about("sport", {"sport": "games", "politics": ""})
    >>> question.node
    NamedClass(name='sport')
    """

    @classmethod
    def about(
        cls,
        name: str,
        classes: dict[str, str],
        style: tuple[str, ...] = (),
    ) -> ClassQuestion:
        """Ask about a class.

        Parameters
        ----------
        name : str
            Name of the class.
        classes : dict of str to str
            All classes with their descriptions, to be told apart from.
        style : tuple of str, default=()
            Texts whose style the invented documents are to have.

        Returns
        -------
        ClassQuestion
            With no text of the user's but ``style``.
        """
        return cls(
            node=NamedClass(name),
            text="",
            neighbors=(_DOCUMENTS,),
            neighbor_texts=("",),
            classes=classes,
            examples=tuple((text, "") for text in style),
        )

    @property
    def name(self) -> str:
        """Name of the class."""
        return str(self.node.name)  # type: ignore[attr-defined]


def read_profile_answer(answer: Rationale | Abstention) -> ClassProfile | None:
    """Return the profile that an answer to a class question holds.

    Parameters
    ----------
    answer : Rationale or Abstention
        What came.

    Returns
    -------
    ClassProfile or None
        Not yet checked; None where there was no answer.
    """
    node: Hashable = answer.node
    if isinstance(answer, Abstention) or not isinstance(node, NamedClass):
        return None
    documents = [key.keywords for key in answer.neighbors if key.node == _DOCUMENTS]
    return ClassProfile(
        node.name,
        answer.explanation,
        answer.keywords,
        tuple(text for texts in documents for text in texts),
    )


def profile_answer(question: ClassQuestion, profile: ClassProfile) -> Rationale:
    """Return a profile as the answer to a class question.

    Parameters
    ----------
    question : ClassQuestion
        What was asked.
    profile : ClassProfile
        What is known of the class.

    Returns
    -------
    Rationale
        What :func:`read_profile_answer` reads.
    """
    return Rationale(
        question.node,
        {profile.name: 1.0},
        keywords=profile.keywords,
        neighbors=(KeyNeighbor(_DOCUMENTS, profile.documents),),
        explanation=profile.description,
    )
