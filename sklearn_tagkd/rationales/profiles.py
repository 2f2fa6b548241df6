"""What a language model knows of a class before it sees a node, and its file format."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.utils.json_lines import read_json_lines
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["ClassProfile", "parse_profiles", "read_profiles", "write_profiles"]

_LISTS = ("keywords", "documents")


@dataclass(frozen=True, slots=True)
class ClassProfile:
    """A class as a language model describes it: the class level of a rationale.

    Texts stay out of the repr, so that logs and tracebacks do not leak them.

    Parameters
    ----------
    name : str
        Name of the class: ``str(label)``. An integer is turned into its name.
    description : str
        One sentence that sets it off against the other classes.
    keywords : sequence of str
        Phrases that are typical of its documents; kept as a tuple.
    documents : sequence of str
        Invented documents, in the style of the graph's; kept as a tuple.

    Raises
    ------
    TypeError
        If a part is of the wrong type; names the part, never its content.

    Examples
    --------
    >>> from sklearn_tagkd.rationales import ClassProfile
    >>> profile = ClassProfile("sport", documents=["A late goal decided the final."])
    >>> profile, len(profile.documents)
    (ClassProfile(name='sport'), 1)
    """

    name: str
    description: str = field(default="", repr=False)
    keywords: tuple[str, ...] = field(default=(), repr=False)
    documents: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        name: Any = self.name
        if isinstance(name, Integral) and not isinstance(name, bool):
            name = str(name)
        if not isinstance(name, str) or not isinstance(self.description, str):
            raise TypeError("name and description of a ClassProfile must be strings")
        set_field = object.__setattr__  # it is frozen once it is made
        set_field(self, "name", valid_text(name))
        set_field(self, "description", valid_text(self.description))
        for part in _LISTS:
            texts = getattr(self, part)
            # A string is a sequence of strings too: of its letters.
            if isinstance(texts, str) or not isinstance(texts, Iterable):
                raise TypeError(f"{part} of a ClassProfile must be a list of strings")
            texts = tuple(texts)
            if not all(isinstance(text, str) for text in texts):
                raise TypeError(f"{part} of a ClassProfile must be a list of strings")
            set_field(self, part, tuple(map(valid_text, texts)))

    @classmethod
    def from_json(cls, entry: Any) -> ClassProfile:
        """Read one line of a profiles file, already parsed.

        Parameters
        ----------
        entry : dict
            ``class``; optionally ``description``, ``keywords``, ``documents``.

        Returns
        -------
        ClassProfile
            The same profile.

        Raises
        ------
        ValueError
            If the class is missing or a field of the wrong type; names the field,
            never its content.
        """
        if not isinstance(entry, dict):
            raise ValueError("not a JSON object")
        name = entry.get("class")
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise ValueError("'class' must be a string or an integer")
        if not isinstance(entry.get("description", ""), str):
            raise ValueError("'description' must be a string")
        for part in _LISTS:
            texts = entry.get(part, [])
            if not isinstance(texts, list) or not all(
                isinstance(text, str) for text in texts
            ):
                raise ValueError(f"'{part}' must be a list of strings")
        return cls(
            name=str(name),
            description=entry.get("description", ""),
            keywords=tuple(entry.get("keywords", ())),
            documents=tuple(entry.get("documents", ())),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the profile as a line of a profiles file, not yet serialised.

        Returns
        -------
        dict
            Plain lists and strings.
        """
        return {
            "class": self.name,
            "description": self.description,
            "keywords": list(self.keywords),
            "documents": list(self.documents),
        }


def read_profiles(path: str | Path) -> list[ClassProfile]:
    """Read a file of class profiles; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        A file in JSON-lines format, one class a line.

    Returns
    -------
    list of ClassProfile
        What could be read, in the order of the file. Not yet checked against the
        classes of a graph: see
        :func:`~sklearn_tagkd.rationales.check_profiles`.

    Raises
    ------
    AnswerFormatError
        If there are lines but not one of them is a profile, or some are not written
        in UTF-8.

    Warns
    -----
    RationaleWarning
        If some lines are no profiles and were left out; says what is wrong with the
        first.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.rationales import (
    ...     ClassProfile, read_profiles, write_profiles)
    >>> path = Path(tempfile.mkdtemp()) / "class_profiles.jsonl"
    >>> write_profiles([ClassProfile("sport", "Games and matches.")], path)
    >>> read_profiles(path)[0].description
    'Games and matches.'
    """
    profiles, malformed = parse_profiles(path)
    if malformed:
        number, problem = next(iter(malformed.items()))
        warnings.warn(
            f"{len(malformed)} lines of {Path(path).name} are no class profiles and "
            f"were left out; line {number} is wrong: {problem}.",
            RationaleWarning,
            stacklevel=2,
        )
    return profiles


def parse_profiles(path: str | Path) -> tuple[list[ClassProfile], dict[int, str]]:
    """Read a file of class profiles, and say what is wrong with its other lines.

    Parameters
    ----------
    path : str or Path
        As in :func:`read_profiles`.

    Returns
    -------
    profiles : list of ClassProfile
        What could be read.
    malformed : dict of int to str
        Line number, from 1, to what is wrong with that line.

    Raises
    ------
    AnswerFormatError
        If there are lines but not one of them is a profile, or some are not written
        in UTF-8.
    """
    profiles: list[ClassProfile] = []
    malformed: dict[int, str] = {}
    foreign = 0
    for line in read_json_lines(path):
        problem = line.problem
        if not problem:
            try:
                profiles.append(ClassProfile.from_json(line.entry))
            except ValueError as error:
                problem = str(error)
        if problem:
            malformed[line.number] = problem
        foreign = foreign or line.number * line.is_foreign
    name = Path(path).name
    if malformed and not profiles:
        number, problem = next(iter(malformed.items()))
        raise AnswerFormatError(
            f"{name} holds no class profile: {len(malformed)} lines, of which line "
            f"{number} is {problem}. Expected JSON lines in UTF-8, such as "
            '{"class": "sport", "description": "...", "keywords": ["goal"], '
            '"documents": ["..."]}.'
        )
    if foreign:  # whose other lines may name classes by other letters, too
        raise AnswerFormatError(
            f"Line {foreign} of {name} is {malformed[foreign]}: names of classes and "
            "texts cannot be read. Save the file as UTF-8; from Windows-1252: "
            "path.write_text(path.read_text(encoding='cp1252'), encoding='utf-8')."
        )
    return profiles, malformed


def write_profiles(profiles: Iterable[ClassProfile], path: str | Path) -> None:
    """Write class profiles as JSON lines, one class a line.

    Parameters
    ----------
    profiles : iterable of ClassProfile
        What to write.
    path : str or Path
        File to write; an existing one is replaced.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.rationales import (
    ...     ClassProfile, read_profiles, write_profiles)
    >>> path = Path(tempfile.mkdtemp()) / "class_profiles.jsonl"
    >>> sport = ClassProfile("sport", documents=("A late goal decided the match.",))
    >>> write_profiles([sport], path)
    >>> read_profiles(path) == [sport]
    True
    """
    lines = [json.dumps(profile.to_json(), ensure_ascii=False) for profile in profiles]
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
