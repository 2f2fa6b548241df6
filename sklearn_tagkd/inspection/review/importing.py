"""Read what a person said of nodes, back to labels of a graph."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import is_unlabelled, labelled_rows
from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.review import argilla_records, csv_file, label_studio
from sklearn_tagkd.inspection.review.items import Verdict, keys_of_nodes
from sklearn_tagkd.inspection.review.json_file import parse
from sklearn_tagkd.utils.plain_text import valid_text

__all__ = ["import_review", "read_verdicts"]

_LARGEST = 2**28  # bytes of a file
_LONGEST_QUOTED, _MOST_QUOTED = 60, 5


def import_review(
    path: str | os.PathLike[str],
    graph: TextGraph,
    *,
    y: Any = None,
    classes: Sequence[Any] | NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Read a reviewed file, as labels of a graph's nodes.

    Nothing in the file is executed, and nothing of it is believed but labels of nodes
    that the graph has. The format is found out: the table of :func:`export_review` (as
    a spreadsheet saves it in UTF-8, whatever separates its cells), an export of Label
    Studio (JSON or JSON-MIN), or what Argilla's ``dataset.records.to_json`` writes.
    Nodes without a label in it were not decided.

    Parameters
    ----------
    path : str or PathLike
        A file of at most 256 MiB.
    graph : TextGraph
        A view.
    y : array-like of shape (n_nodes,), default=None
        Labels so far; those of the file replace them. None begins without any.
    classes : sequence of labels, default=None
        What a label may be; it comes back as it is here, a number as a number. None
        takes those in ``y``; where there are none either, every name is one.

    Returns
    -------
    ndarray of shape (n_nodes,)
        One label per selected node; unlabelled ones are ``''``, or -1 among numbers.

    Raises
    ------
    ReviewFormatError
        If the file is no review, names a node that is not selected or a class that is
        none, or says two things of one node. Nothing is taken from it then.

    See Also
    --------
    export_review : Writes the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.inspection import export_review, import_review
    >>> graph = TextGraph(["a goal", "a vote"], [], node_ids=["x", "y"])
    >>> path = export_review(Path(tempfile.mkdtemp()) / "review.csv", graph)
    >>> import_review(path, graph).tolist()  # nobody has filled it in yet
    ['', '']
    """
    labels, is_labelled = (
        (np.full(len(graph), ""), np.zeros(len(graph), dtype=bool))
        if y is None
        else labelled_rows(y, len(graph))
    )
    if classes is None and is_labelled.any():
        classes = np.unique(labels[is_labelled])
    verdicts = _one_per_node(read_verdicts(path))
    chosen = _labels_of(verdicts, classes)
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys_of_nodes(graph)):
        rows.setdefault(key, []).append(row)
    unknown = [verdict.node for verdict in verdicts if verdict.node not in rows]
    if unknown:
        raise ReviewFormatError(
            f"The file labels {len(unknown)} nodes that are not among the "
            f"{len(graph)} selected ones: {_quoted(unknown)}. Give the graph that was "
            "exported; ids must be as they were (a spreadsheet may have changed them)."
        )
    known = labels.tolist()
    filler = _filler([*chosen, *(classes if classes is not None else [])])
    merged = [
        label if there else filler
        for label, there in zip(known, is_labelled, strict=True)
    ]
    for verdict, label in zip(verdicts, chosen, strict=True):
        for row in rows[verdict.node]:
            merged[row] = label
    return _column(merged)


def read_verdicts(path: str | os.PathLike[str]) -> list[Verdict]:
    """Read what a file says, in whatever format.

    Parameters
    ----------
    path : str or PathLike
        A file.

    Returns
    -------
    list of Verdict
        In the order of the file; nodes without a label left out.

    Raises
    ------
    ReviewFormatError
        If it is no review.
    """
    file = Path(path)
    size = file.stat().st_size
    if size > _LARGEST:
        raise ReviewFormatError(
            f"{file.name} has {size:,} bytes; a review of at most {_LARGEST:,} is "
            "read. Export fewer nodes at a time."
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReviewFormatError(
            f"{file.name} is not in UTF-8 (byte {error.start}). Save it anew, as "
            "'CSV UTF-8' from a spreadsheet."
        ) from None
    if not text.lstrip().startswith(("[", "{")):
        return csv_file.read(text)
    entries = parse(text)
    if argilla_records.is_mine(entries):
        return argilla_records.read(entries)
    if label_studio.is_mine(entries):
        return label_studio.read(entries)
    raise ReviewFormatError(
        f"{file.name} is JSON, and neither an export of Label Studio nor records of "
        "Argilla."
    )


def _one_per_node(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return one verdict a node; reviewers who agree are one."""
    said: dict[str, Verdict] = {}
    for verdict in verdicts:
        first = said.setdefault(verdict.node, verdict)
        if first.label != verdict.label:
            raise ReviewFormatError(
                f"The file says two things of node {_quoted([verdict.node])}, at "
                f"{first.place} and {verdict.place}. Keep one of them."
            )
    return list(said.values())


def _labels_of(verdicts: list[Verdict], classes: Any) -> list[Any]:
    if classes is None:
        return [verdict.label for verdict in verdicts]
    labels = classes.tolist() if isinstance(classes, np.ndarray) else list(classes)
    by_name: dict[str, Any] = {}
    for label in labels:
        if is_unlabelled(label) or valid_text(str(label)) in by_name:
            raise ValueError(
                f"classes holds {label!r}, which means unlabelled, or stands there "
                "twice once written out."
            )
        by_name[valid_text(str(label))] = label
    stripped = {name.strip(): label for name, label in by_name.items()}
    known = {**stripped, **by_name}
    found = [known.get(v.label, known.get(v.label.strip())) for v in verdicts]
    unknown = [
        verdict for verdict, label in zip(verdicts, found, strict=True) if label is None
    ]
    if unknown:
        names = _quoted([verdict.label for verdict in unknown])
        raise ReviewFormatError(
            f"{len(unknown)} labels of the file are no class, the first at "
            f"{unknown[0].place}: {names}. Take one of {_quoted(list(by_name), 50)}."
        )
    return found


def _filler(labels: list[Any]) -> Any:
    """Return what means unlabelled among such labels."""
    if not labels or isinstance(labels[0], str):
        return ""
    return None if isinstance(labels[0], bool) else -1


def _column(merged: list[Any]) -> NDArray[Any]:
    kinds = {type(label) for label in merged}
    return np.array(merged, dtype=object if type(None) in kinds else None)


def _quoted(names: list[str], most: int = _MOST_QUOTED) -> str:
    """Return some names, each cut where it is long: the file is a stranger's."""
    some = [
        repr(name if len(name) <= _LONGEST_QUOTED else f"{name[:_LONGEST_QUOTED]}…")
        for name in dict.fromkeys(names)
    ]
    return ", ".join(some[:most]) + (", ..." if len(some) > most else "")
