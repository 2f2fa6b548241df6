"""Records of Argilla 2 with suggestions, and the settings of their dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection.review.items import Item, Verdict
from sklearn_tagkd.inspection.review.json_file import dump, read_node

__all__ = ["files", "is_mine", "is_untouched", "read", "settings"]

_QUESTION = "label"
_FIELDS = ("text", "neighbors", "reason")
_KEYS = ("id", "fields", "metadata", "suggestions", "responses", "vectors", "status")
_UNDECIDED = ("draft", "discarded")


def settings(classes: list[str]) -> dict[str, Any]:
    """Return what ``argilla.Settings.from_json`` reads.

    Parameters
    ----------
    classes : list of str
        Options of the question.

    Returns
    -------
    dict
        Three fields, and a question named ``label``.
    """
    plain = {"type": "text", "use_markdown": False}
    return {
        "guidelines": "Choose the class of the text.",
        "fields": [
            {"name": name, "title": name, "required": name == "text", "settings": plain}
            for name in _FIELDS
        ],
        "questions": [
            {
                "name": _QUESTION,
                "title": _QUESTION,
                "required": True,
                "settings": {
                    "type": "label_selection",
                    "options": [{"value": name, "text": name} for name in classes],
                },
            }
        ],
        "metadata": [],
        "vectors": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
    }


def files(path: Path, items: list[Item], classes: list[str]) -> dict[Path, str]:
    """Return records, and beside them the dataset's settings, ``*.settings.json``.

    Parameters
    ----------
    path : Path
        Where to; what ``dataset.records.from_json`` reads.
    items : list of Item
        A record each.
    classes : list of str
        Options of the question.

    Returns
    -------
    dict of Path to str
        Two files.
    """
    records = dump([_record(item) for item in items])
    return {path: records, path.with_suffix(".settings.json"): dump(settings(classes))}


def is_untouched(entries: list[dict[str, Any]]) -> bool:
    """Tell whether a file is an export in which nobody has labelled.

    Parameters
    ----------
    entries : list of dict
        What it holds.

    Returns
    -------
    bool
        False where there are drafts, and for records of others.
    """
    return all(entry.keys() == {*_KEYS} and not entry["responses"] for entry in entries)


def is_mine(entries: list[dict[str, Any]]) -> bool:
    """Tell whether a file is of Argilla.

    Parameters
    ----------
    entries : list of dict
        What it holds.

    Returns
    -------
    bool
        For records as ``dataset.records.to_json`` writes them.
    """
    return all("fields" in entry for entry in entries)


def read(entries: list[dict[str, Any]]) -> list[Verdict]:
    """Read what ``dataset.records.to_json`` wrote.

    Parameters
    ----------
    entries : list of dict
        What the file holds.

    Returns
    -------
    list of Verdict
        One per response that was neither a draft nor discarded.

    Raises
    ------
    ReviewFormatError
        If these are no such records.
    """
    found = []
    for number, entry in enumerate(entries, start=1):
        place = f"record {number}"
        answers = entry.get("responses") or {}
        if not isinstance(answers, dict):
            raise ReviewFormatError(f"The 'responses' of {place} are no object.")
        given = answers.get(_QUESTION) or []
        if not isinstance(given, list) or not all(isinstance(g, dict) for g in given):
            raise ReviewFormatError(f"The responses of {place} are no list of objects.")
        for answer in given:
            label = answer.get("value")
            if answer.get("status") in _UNDECIDED or label is None:
                continue
            if not isinstance(label, str):
                raise ReviewFormatError(f"A response of {place} names no class.")
            found.append(Verdict(read_node(entry.get("id"), place), label, place))
    return found


def _record(item: Item) -> dict[str, Any]:
    shown = {"text": item.text, "neighbors": item.neighbors, "reason": item.reason}
    fields = {name: text for name, text in shown.items() if text}
    suggested = {"value": item.suggestion, "score": item.score, "agent": "model"}
    known = {"current": item.current, "score": item.score}
    return {
        "id": item.node,
        "fields": {"text": "(no text)", **fields},
        "metadata": {name: value for name, value in known.items() if value},
        "suggestions": {_QUESTION: suggested} if item.suggestion else {},
        "responses": {},
        "vectors": {},
        "status": "pending",
    }
