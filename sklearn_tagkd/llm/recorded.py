"""A teacher that replays what a language model once said, at no cost."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Hashable, Sequence
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.llm.class_question import ClassQuestion, profile_answer
from sklearn_tagkd.llm.client import Question, RationaleClient
from sklearn_tagkd.rationales.answers_file import AnswersFile, parse_answers
from sklearn_tagkd.rationales.profiles import ClassProfile, read_profiles
from sklearn_tagkd.rationales.record import Abstention, Rationale
from sklearn_tagkd.utils.once import once

__all__ = ["RecordedAnswers"]


class RecordedAnswers(RationaleClient):
    """Answers read from a file in JSON-lines format.

    The file is parsed when first needed, and only its path is pickled: no text
    that was recorded ends up in a saved model.

    Parameters
    ----------
    path : str or Path
        File as :func:`~sklearn_tagkd.rationales.write_answers` writes it.
    profiles : str or Path, default=None
        File of class profiles, as
        :func:`~sklearn_tagkd.rationales.write_profiles` writes it: it answers
        questions about classes.

    Attributes
    ----------
    answerable_nodes : tuple of hashable
        Ids of the nodes in the file.
    answers_classes : bool
        Whether there are profiles.
    classes : list of str
        Classes that the answers and the profiles name, sorted.
    malformed : dict of int to str
        Lines that could not be read: number, from 1, to what is wrong.
    report : dict of str to int
        Lines that are no answers (``malformed_line``), further answers about one node
        (``repeated_answer``) and further values of one field (``repeated_field``), of
        which the last counts; kinds at 0 left out.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    AnswerFormatError
        On first use, if there are lines in a file and not one can be read.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> teacher = RecordedAnswers(datasets.docs_answers_path())
    >>> len(teacher.answerable_nodes), len(teacher.classes)
    (320, 16)
    """

    is_free = True

    def __init__(self, path: str | Path, *, profiles: str | Path | None = None) -> None:
        self.path = _checked(path, "recorded answers", "write_answers")
        self.profiles = None
        if profiles is not None:
            self.profiles = _checked(profiles, "class profiles", "write_profiles")
        # Part of what is hashed: Pipeline(memory=) shall notice other answers.
        files = [self.path] if self.profiles is None else [self.path, self.profiles]
        self._digest = "-".join(map(_digest, files))

    def __getstate__(self) -> dict[str, Any]:
        names = ("path", "profiles", "_digest")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickles of version 0.1.0 know of no profiles.
        self.__dict__.update({"profiles": None} | state)

    def __repr__(self) -> str:
        if self.profiles is None:
            return f"RecordedAnswers({self.path.name!r})"
        return f"RecordedAnswers({self.path.name!r}, profiles={self.profiles.name!r})"

    @once
    def _file(self) -> AnswersFile:
        file = parse_answers(self.path)
        if not file.answers:
            raise AnswerFormatError(
                f"{self.path.name} holds no answer: it is empty. Write answers into it "
                "with sklearn_tagkd.rationales.write_answers, or ask a language model: "
                "llm=OpenAIClient(model)."
            )
        if file.malformed:
            number, problem = next(iter(file.malformed.items()))
            warnings.warn(
                f"{len(file.malformed)} lines of {self.path.name} are no answers and "
                f"were left out; the first is line {number}: {problem}.",
                RationaleWarning,
                stacklevel=3,
            )
        return file

    @once
    def _answers(self) -> dict[Hashable, Rationale]:
        return {answer.node: answer for answer in self._file.answers}

    @once
    def _profiles(self) -> dict[str, ClassProfile]:
        if self.profiles is None:
            return {}
        return {profile.name: profile for profile in read_profiles(self.profiles)}

    @property
    def answers_classes(self) -> bool:  # type: ignore[override]
        """Whether there are profiles."""
        return self.profiles is not None

    @property
    def answerable_nodes(self) -> Collection[Hashable]:  # type: ignore[override]
        """Ids of the nodes in the file."""
        return tuple(self._answers)

    @property
    def classes(self) -> list[str]:  # type: ignore[override]
        """Classes that the answers and the profiles name, sorted."""
        answers = self._answers.values()
        named = {name for answer in answers for name in answer.probabilities}
        return sorted(named | self._profiles.keys())

    @property
    def malformed(self) -> dict[int, str]:
        """Lines that could not be read: number to what is wrong."""
        return self._file.malformed

    @property
    def report(self) -> dict[str, int]:
        """What of the file does not count, by kind."""
        return self._file.report

    def ask(self, questions: Sequence[Question]) -> list[Rationale | Abstention]:
        """Look answers up.

        Parameters
        ----------
        questions : sequence of Question
            One per node, or class; only the id, or the name, is looked at.

        Returns
        -------
        list of Rationale or Abstention
            One per question; an abstention with the reason ``'not_recorded'`` for
            a node or a class that is not in the files.
        """
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Rationale | Abstention:
        found: Rationale | None
        if isinstance(question, ClassQuestion):
            profile = self._profiles.get(question.name)
            found = None if profile is None else profile_answer(question, profile)
        else:
            found = self._answers.get(question.node)
        return found or Abstention(question.node, "not_recorded")


def _checked(path: str | Path, content: str, writer: str) -> Path:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file of {content} at {path}. Write one with "
            f"sklearn_tagkd.rationales.{writer}."
        )
    return path


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
