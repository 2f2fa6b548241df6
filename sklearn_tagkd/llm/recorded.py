"""A teacher that replays what a language model once said, at no cost."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Hashable, Sequence
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.llm.client import Question, RationaleClient
from sklearn_tagkd.rationales.answers_file import AnswersFile, parse_answers
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

    Attributes
    ----------
    answerable_nodes : tuple of hashable
        Ids of the nodes in the file.
    classes : list of str
        Classes that the answers name, sorted.
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

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> teacher = RecordedAnswers(datasets.docs_answers_path())
    >>> len(teacher.answerable_nodes), len(teacher.classes)
    (320, 16)
    """

    is_free = True

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(
                f"There is no file of recorded answers at {self.path}. Write one with "
                "sklearn_tagkd.rationales.write_answers."
            )

        # Part of what is hashed: Pipeline(memory=) shall notice other answers.
        with open(self.path, "rb") as file:
            self._digest = hashlib.file_digest(file, "blake2b").hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_digest": self._digest}

    def __repr__(self) -> str:
        return f"RecordedAnswers({self.path.name!r})"

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

    @property
    def answerable_nodes(self) -> Collection[Hashable]:  # type: ignore[override]
        """Ids of the nodes in the file."""
        return tuple(self._answers)

    @property
    def classes(self) -> list[str]:  # type: ignore[override]
        """Classes that the answers name, sorted."""
        answers = self._answers.values()
        return sorted({name for answer in answers for name in answer.probabilities})

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
            One per node; only the id is looked at.

        Returns
        -------
        list of Rationale or Abstention
            One per question; an abstention with the reason ``'not_recorded'`` for
            a node that is not in the file.
        """
        answers = self._answers
        return [
            answers.get(question.node, Abstention(question.node, "not_recorded"))
            for question in questions
        ]
