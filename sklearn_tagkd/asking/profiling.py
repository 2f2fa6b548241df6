"""What is known of the classes: given, read from a file, or asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.ledger import Ledger
from sklearn_tagkd.asking.worth_asking import has_sign, nodes_with_text
from sklearn_tagkd.exceptions import AnswerFormatError
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm.class_question import ClassQuestion, read_profile_answer
from sklearn_tagkd.rationales import (
    Abstention,
    ClassProfile,
    ProfileTable,
    check_profiles,
    read_profiles,
)
from sklearn_tagkd.utils.streams import private_stream

__all__ = [
    "are_asked_for",
    "ask_profiles",
    "class_questions",
    "digest_of_file",
    "given_profiles",
    "recalled_profiles",
    "refuse_without_texts",
]

_N_STYLE = 3  # texts that show the style
_AT_A_TIME = 64  # texts that are looked at, for there may be nothing to read in some


def are_asked_for(class_profiles: Any) -> bool:
    """Tell whether a language model is to describe the classes.

    Parameters
    ----------
    class_profiles : None, 'ask', str, Path or iterable of ClassProfile
        What the user says.

    Returns
    -------
    bool
        Not where the user gives profiles, or wants none.
    """
    return isinstance(class_profiles, str) and class_profiles == "ask"


def given_profiles(class_profiles: Any) -> list[ClassProfile] | None:
    """Return the profiles that the user gives.

    Parameters
    ----------
    class_profiles : None, 'ask', str, Path or iterable of ClassProfile
        What the user says.

    Returns
    -------
    list of ClassProfile or None
        None where none are given, or they are yet to be asked for.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    AnswerFormatError
        If no profile is in it.
    TypeError
        If it is none of the above.
    """
    if class_profiles is None or are_asked_for(class_profiles):
        return None
    if isinstance(class_profiles, str | PathLike):
        path = Path(class_profiles)
        if not path.is_file():
            raise FileNotFoundError(
                f"There is no file of class profiles at {path}. Write one with "
                "sklearn_tagkd.rationales.write_profiles, or pass "
                'class_profiles="ask".'
            )
        found = read_profiles(path)
        if not found:
            raise AnswerFormatError(
                f"{path.name} holds no class profile: it is empty. Write one a class "
                "into it with sklearn_tagkd.rationales.write_profiles, or pass "
                'class_profiles="ask".'
            )
        return found
    profiles = list(class_profiles) if isinstance(class_profiles, Iterable) else [None]
    known = [profile for profile in profiles if isinstance(profile, ClassProfile)]
    if len(known) < len(profiles):
        raise TypeError(
            'class_profiles must be None, "ask", the path of a file, or a list of '
            "sklearn_tagkd.rationales.ClassProfile."
        )
    return known


def digest_of_file(class_profiles: Any) -> str | None:
    """Return a hash of the file of class profiles.

    Parameters
    ----------
    class_profiles : None, 'ask', str, Path or iterable of ClassProfile
        What the user says.

    Returns
    -------
    str or None
        None where there is no file.
    """
    if are_asked_for(class_profiles) or not isinstance(class_profiles, str | PathLike):
        return None
    if not Path(class_profiles).is_file():
        return None
    with open(class_profiles, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def class_questions(
    classes: Mapping[str, str],
    graph: TextGraph,
    *,
    show_style: bool,
    random_state: Any,
) -> list[ClassQuestion]:
    """Return one question per class.

    Parameters
    ----------
    classes : mapping of str to str
        Names of classes with their descriptions.
    graph : TextGraph
        View whose texts may show the style.
    show_style : bool
        Whether they do. Without, no text of the graph is in a question.
    random_state : int, RandomState instance or None
        Chooses the texts.

    Returns
    -------
    list of ClassQuestion
        In the order of the classes.
    """
    style = _texts_that_show_style(graph, random_state) if show_style else ()
    return [ClassQuestion.about(name, dict(classes), style) for name in classes]


def ask_profiles(
    client: Any,
    questions: list[ClassQuestion],
    labels: NDArray[Any],
    ledger: Ledger,
) -> tuple[ProfileTable, dict[str, int]]:
    """Ask for the profile of each class.

    Parameters
    ----------
    client : object with ``ask``
        Who answers.
    questions : list of ClassQuestion
        One per class.
    labels : ndarray of shape (n_classes,)
        Sorted labels.
    ledger : Ledger
        Pays.

    Returns
    -------
    profiles : ProfileTable
        Checked.
    report : dict of str to int
        Classes without an answer, by reason.

    Raises
    ------
    ValueError
        If the client does not answer questions about classes.
    """
    if not getattr(client, "answers_classes", False):
        raise ValueError(
            f'class_profiles="ask", and {client!r} answers no questions about classes. '
            "Pass RecordedAnswers(path, profiles=path), an OpenAIClient or a function "
            "as llm, or a file of profiles as class_profiles."
        )
    answers = ledger.ask(client, questions)
    report: dict[str, int] = {}
    for answer in answers:
        if isinstance(answer, Abstention):
            kind = f"class abstained: {answer.reason}"
            report[kind] = report.get(kind, 0) + 1
    found = [read_profile_answer(answer) for answer in answers]
    known = [profile for profile in found if profile is not None]
    return check_profiles(known, labels), report


def recalled_profiles(
    client: Any, questions: list[ClassQuestion], labels: NDArray[Any]
) -> ProfileTable:
    """Return the profiles that a client knows already; nobody is asked.

    Parameters
    ----------
    client : object with ``ask``
        Who would answer.
    questions : list of ClassQuestion
        One per class.
    labels : ndarray of shape (n_classes,)
        Sorted labels.

    Returns
    -------
    ProfileTable
        Checked; of no class with a client that keeps nothing.
    """
    answers = client.recalled(questions) if hasattr(client, "recalled") else []
    found = [read_profile_answer(answer) for answer in answers]
    return check_profiles([one for one in found if one is not None], labels)


def refuse_without_texts(graph: TextGraph) -> None:
    """Refuse to ask about classes where no text could be held against the answers.

    Parameters
    ----------
    graph : TextGraph
        View; its whole parent learns from profiles.

    Raises
    ------
    ValueError
        If there is nothing to read in it.
    """
    if not nodes_with_text(graph).any():
        raise ValueError(
            'class_profiles="ask", and the graph has no texts that what is said of the '
            "classes could be held against: TextGraph(texts, edges). Nothing was asked."
        )


def _texts_that_show_style(graph: TextGraph, random_state: Any) -> tuple[str, ...]:
    random = private_stream(random_state, "texts that show a style")
    order = random.permutation(len(graph.parent))
    rows = np.unique(graph.rows)
    drawn = rows[np.argsort(order[rows])]
    style = dict[str, None]()  # in order, each once
    for start in range(0, len(drawn), _AT_A_TIME):
        texts = graph.parent[drawn[start : start + _AT_A_TIME]].texts
        style |= dict.fromkeys(filter(has_sign, texts))
        if len(style) >= _N_STYLE:
            break
    return tuple(style)[:_N_STYLE]
