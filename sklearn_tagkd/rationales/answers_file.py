"""The file format that keeps many answers: JSON lines, one answer a line."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sklearn_tagkd.exceptions import AnswerFormatError
from sklearn_tagkd.rationales.record import Rationale
from sklearn_tagkd.utils.json_lines import read_json_lines
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["AnswersFile", "parse_answers", "read_answers", "write_answers"]


@dataclass(frozen=True)
class AnswersFile:
    """What a file of answers holds.

    Parameters
    ----------
    answers : list of Rationale
        What could be read, in the order of the file.
    malformed : dict of int to str
        Line number, from 1, to what is wrong with that line.
    report : dict of str to int
        How often something does not count: ``malformed_line``, ``repeated_answer``
        (about one node; the last counts), ``repeated_field`` (in one object; the last
        counts). Kinds at 0 left out.
    """

    answers: list[Rationale]
    malformed: dict[int, str]
    report: dict[str, int]


def parse_answers(path: str | Path) -> AnswersFile:
    """Read a file of recorded answers, and count what does not count.

    Parameters
    ----------
    path : str or Path
        As in :func:`read_answers`.

    Returns
    -------
    AnswersFile
        All of it.

    Raises
    ------
    AnswerFormatError
        If there are lines but not one of them is an answer, or some are not written
        in UTF-8.
    """
    answers: list[Rationale] = []
    malformed: dict[int, str] = {}
    report: Counter[str] = Counter()
    foreign = 0
    for line in read_json_lines(path):
        report["repeated_field"] += line.n_repeated
        problem = line.problem
        if not problem:
            try:
                answers.append(Rationale.from_json(line.entry))
            except (ValueError, OverflowError) as error:
                problem = str(error)
        if problem:
            malformed[line.number] = problem
        foreign = foreign or line.number * line.is_foreign
    name = Path(path).name
    if malformed and not answers:
        number, problem = next(iter(malformed.items()))
        raise AnswerFormatError(
            f"{name} holds no answer: {len(malformed)} lines, of which line "
            f"{number} is {problem}. Expected JSON lines in UTF-8, such as "
            '{"node": "a", "probabilities": {"sport": 1.0}, "keywords": ["goal"]}.'
        )
    if foreign:  # whose other lines may name classes by other letters, too
        raise AnswerFormatError(
            f"Line {foreign} of {name} is {malformed[foreign]}: names of classes and "
            "phrases cannot be read. Save the file as UTF-8; from Windows-1252: "
            "path.write_text(path.read_text(encoding='cp1252'), encoding='utf-8')."
        )
    report["malformed_line"] = len(malformed)
    report["repeated_answer"] = len(answers) - len({a.node for a in answers})
    kinds = {kind: count for kind, count in sorted(report.items()) if count}
    return AnswersFile(answers, malformed, kinds)


def read_answers(path: str | Path) -> tuple[list[Rationale], dict[int, str]]:
    """Read a file of recorded answers; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        A file in JSON-lines format and UTF-8, one answer a line.

    Returns
    -------
    answers : list of Rationale
        What could be read, in the order of the file. Not yet checked against a
        graph: see :func:`~sklearn_tagkd.rationales.check_rationales`.
    malformed : dict of int to str
        Line number, from 1, to what is wrong with that line.

    Raises
    ------
    AnswerFormatError
        If there are lines but not one of them is an answer, or some are not written
        in UTF-8.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.rationales import read_answers
    >>> answers, malformed = read_answers(datasets.docs_answers_path())
    >>> len(answers), malformed
    (320, {})
    """
    file = parse_answers(path)
    return file.answers, file.malformed


def write_answers(path: str | Path, answers: Iterable[Rationale]) -> None:
    """Write answers as JSON lines, one answer a line.

    Parameters
    ----------
    path : str or Path
        File to write; an existing one is replaced.
    answers : iterable of Rationale
        What to write.

    Raises
    ------
    TypeError
        If ``path`` is none, something is no Rationale, or an id is neither a string
        nor an integer; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.rationales import Rationale, read_answers, write_answers
    >>> path = Path(tempfile.mkdtemp()) / "answers.jsonl"
    >>> write_answers(path, [Rationale("n7", {"sport": 0.9, "politics": 0.1})])
    >>> read_answers(path)[0][0].probabilities
    {'sport': 0.9, 'politics': 0.1}
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"path is a {type(path).__name__}, not the name of a file: "
            "write_answers(path, answers)."
        )
    lines = []
    for place, answer in enumerate(answers):
        if not isinstance(answer, Rationale):
            raise TypeError(
                f"answers[{place}] is a {type(answer).__name__}, not a Rationale: "
                "write_answers(path, answers). Of a table of rationales: "
                "table.to_records(graph.parent.node_ids)."
            )
        line = json.dumps(answer.to_json(), ensure_ascii=False)
        if line != valid_text(line):  # lone surrogates, which may stand in an id
            line = json.dumps(answer.to_json())
        lines.append(line)
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
