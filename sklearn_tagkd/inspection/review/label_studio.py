"""Tasks of Label Studio with predictions, and its exports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.inspection.review.items import Item, Verdict
from sklearn_tagkd.inspection.review.json_file import dump, read_node

__all__ = ["files", "is_mine", "is_untouched", "labeling_config", "read"]

_QUESTION, _SHOWN = "label", "text"
_DATA = ("text", "neighbors", "reason", "node", "current", "suggestion", "score")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def labeling_config(classes: list[str]) -> str:
    """Return the labelling interface: what the project's settings take.

    Parameters
    ----------
    classes : list of str
        Choices.

    Returns
    -------
    str
        XML.

    Raises
    ------
    ValueError
        If a class has a name that XML cannot hold.
    """
    if any(_NO_XML.search(name) for name in classes):
        raise ValueError(
            "A class has control characters in its name, which Label Studio's "
            "interface cannot hold. Name it otherwise, or take format='csv'."
        )
    choices = "".join(f"\n    <Choice value={quoteattr(name)}/>" for name in classes)
    return f"""<View>
  <Text name="{_SHOWN}" value="$text"/>
  <Header value="Linked to"/>
  <Text name="neighbors" value="$neighbors"/>
  <Header value="Why this one"/>
  <Text name="reason" value="$reason"/>
  <Choices name="{_QUESTION}" toName="{_SHOWN}" choice="single" showInLine="true">\
{choices}
  </Choices>
</View>
"""


def files(path: Path, items: list[Item], classes: list[str]) -> dict[Path, str]:
    """Return tasks, and beside them the labelling interface, as ``*.xml``.

    Parameters
    ----------
    path : Path
        Where to.
    items : list of Item
        A task each; a suggestion is its prediction.
    classes : list of str
        Choices.

    Returns
    -------
    dict of Path to str
        Two files.

    Raises
    ------
    ValueError
        If the name is that of the labelling interface.
    """
    beside = path.with_suffix(".xml")
    if beside == path:
        raise ValueError(
            f"{path.name} is where the labelling interface goes. Tasks are JSON: take "
            f"{path.stem}.json."
        )
    tasks = dump([_task(item) for item in items])
    return {path: tasks, beside: labeling_config(classes)}


def is_untouched(entries: list[dict[str, Any]]) -> bool:
    """Tell whether a file is an export in which nobody has labelled.

    Parameters
    ----------
    entries : list of dict
        What it holds.

    Returns
    -------
    bool
        False for tasks of others too.
    """
    return all(
        {"data"} <= entry.keys() <= {"data", "predictions"}
        and isinstance(entry["data"], dict)
        and entry["data"].keys() == {*_DATA}
        for entry in entries
    )


def is_mine(entries: list[dict[str, Any]]) -> bool:
    """Tell whether a file is of Label Studio.

    Parameters
    ----------
    entries : list of dict
        What it holds.

    Returns
    -------
    bool
        For tasks, and for the short form of its exports.
    """
    return all("data" in entry or "node" in entry for entry in entries)


def read(entries: list[dict[str, Any]]) -> list[Verdict]:
    """Read an export, in its long form (JSON) or its short one (JSON_MIN).

    Parameters
    ----------
    entries : list of dict
        What the file holds.

    Returns
    -------
    list of Verdict
        One per annotation that was not cancelled.

    Raises
    ------
    ReviewFormatError
        If it is no such export.
    """
    found = []
    for number, entry in enumerate(entries, start=1):
        place = f"task {number}"
        data = entry.get("data", entry)
        if not isinstance(data, dict):
            raise ReviewFormatError(f"The 'data' of {place} is no object.")
        labels = (
            _of_annotations(entry["annotations"], place)
            if "annotations" in entry
            else _of_choice(entry.get(_QUESTION) if data is entry else None, place)
        )
        if labels:
            node = read_node(data.get("node"), place)
            found += [Verdict(node, label, place) for label in labels]
    return found


def _task(item: Item) -> dict[str, Any]:
    data = {name: getattr(item, name) for name in _DATA}
    if not item.suggestion:
        return {"data": data}
    choice = {
        "from_name": _QUESTION,
        "to_name": _SHOWN,
        "type": "choices",
        "value": {"choices": [item.suggestion]},
    }
    return {
        "data": data,
        "predictions": [
            {"model_version": "sklearn_tagkd", "score": item.score, "result": [choice]}
        ],
    }


def _of_annotations(annotations: Any, place: str) -> list[str]:
    if not _is_list_of_objects(annotations):
        raise ReviewFormatError(f"The 'annotations' of {place} are no list of objects.")
    labels: list[str] = []
    for annotation in annotations:
        if annotation.get("was_cancelled") is True:  # the reviewer skipped it
            continue
        result = annotation.get("result", [])
        if not _is_list_of_objects(result):
            raise ReviewFormatError(f"A 'result' of {place} is no list of objects.")
        for part in result:
            if part.get("from_name") == _QUESTION:
                labels += _of_choice(part.get("value"), place)
    return labels


def _of_choice(value: Any, place: str) -> list[str]:
    """Return the label of a choice: a name, or an object with a list of names."""
    if isinstance(value, dict):
        value = value.get("choices")
    if value is None or value == "" or value == []:
        return []
    names = value if isinstance(value, list) else [value]
    if len(names) != 1 or not isinstance(names[0], str):
        raise ReviewFormatError(
            f"{place} has {len(names)} choices where one name of a class belongs."
        )
    return [names[0]]


def _is_list_of_objects(thing: Any) -> bool:
    return isinstance(thing, list) and all(isinstance(part, dict) for part in thing)
