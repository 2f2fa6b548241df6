"""Read what a person said of nodes, back to labels of a graph."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.exceptions import ReviewFormatError
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.review import argilla_records, csv_file, label_studio
from sklearn_tagkd.inspection.review.class_names import ClassNames
from sklearn_tagkd.inspection.review.items import Verdict, keys_of_nodes
from sklearn_tagkd.inspection.review.json_file import parse
from sklearn_tagkd.inspection.told_labels import kind_of, refuse_other_kind

__all__ = ["import_review", "is_untouched"]

Decided = tuple[Verdict, Any]

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
        What a label may be; it comes back as it is here, a number as a number,
        whatever a spreadsheet has made of it (``TRUE``, ``1.0``, blanks around it).
        None takes those in ``y``; where there are none either, every name is one.

    Returns
    -------
    ndarray of shape (n_nodes,)
        One label per selected node; unlabelled ones are ``''``, or -1 among numbers.

    Raises
    ------
    ReviewFormatError
        If the file is no review, names a node that is not selected or a class that is
        none, or says two things of one node. Nothing is taken from it then.
    ValueError
        If ``classes`` holds one twice, one that means unlabelled, or another kind of
        labels than ``y``.

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
    if not isinstance(graph, TextGraph):
        raise TypeError(f"graph has to be a TextGraph; got {type(graph).__name__}.")
    nothing = np.full(len(graph), "")
    labels, is_labelled = labelled_rows(nothing if y is None else y, len(graph))
    if classes is None and is_labelled.any():
        classes = np.unique(labels[is_labelled])
    known = None if classes is None else ClassNames(classes)
    if known is not None:
        refuse_other_kind("y", labels[is_labelled], known.labels)
    decided = _one_per_node(_labelled(_read_verdicts(path), known))
    verdicts = [verdict for verdict, _ in decided]
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys_of_nodes(graph)):
        rows.setdefault(key, []).append(row)
    found = [rows.get(v.node, rows.get(f"'{v.node}")) for v in verdicts]
    unknown = [
        v.node for v, of_node in zip(verdicts, found, strict=True) if not of_node
    ]
    if unknown:
        raise ReviewFormatError(
            f"The file labels {len(unknown)} nodes that are not among the "
            f"{len(graph)} selected ones: {_quoted(unknown)}. Give the graph that was "
            "exported; ids must be as they were (a spreadsheet may have changed them)."
        )
    filler = _filler([label for _, label in decided] if known is None else known.labels)
    merged = [
        label if there else filler
        for label, there in zip(labels.tolist(), is_labelled, strict=True)
    ]
    for (_, label), of_node in zip(decided, found, strict=True):
        for row in of_node or []:
            merged[row] = label
    return _column(merged)


def _read_verdicts(path: str | os.PathLike[str]) -> list[Verdict]:
    """Read what a file says, in whatever format; nodes without a label left out."""
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


def is_untouched(text: str) -> bool:
    """Tell whether a file is an export in which nobody has labelled.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    bool
        False for whatever else there may be in it.
    """
    if not text.lstrip().startswith(("[", "{")):
        return csv_file.is_untouched(text)
    try:
        entries = parse(text)
    except ReviewFormatError:
        return False
    formats = (argilla_records, label_studio)
    return bool(entries) and any(one.is_untouched(entries) for one in formats)


def _one_per_node(decided: Iterable[Decided]) -> list[Decided]:
    """Return one verdict a node; reviewers who agree are one."""
    said: dict[str, Decided] = {}
    for verdict, label in decided:
        first, first_label = said.setdefault(verdict.node, (verdict, label))
        if first_label != label:
            raise ReviewFormatError(
                f"The file says two things of node {_quoted([verdict.node])}, at "
                f"{first.place} and {verdict.place}. Keep one of them."
            )
    return list(said.values())


def _labelled(verdicts: list[Verdict], classes: ClassNames | None) -> list[Decided]:
    """Return each verdict with the class that it means."""
    if classes is None:
        return [(verdict, verdict.label) for verdict in verdicts]
    found = [(verdict, classes.find(verdict.label)) for verdict in verdicts]
    unknown = [verdict for verdict, label in found if label is None]
    if unknown:
        names = _quoted([verdict.label for verdict in unknown])
        raise ReviewFormatError(
            f"{len(unknown)} labels of the file are no class, the first at "
            f"{unknown[0].place}: {names}. Take one of {_quoted(classes.names, 50)}."
        )
    return found


def _filler(labels: list[Any]) -> Any:
    """Return what means unlabelled among such labels."""
    kind = kind_of(labels[0]) if labels else "strings"
    return {"strings": "", "truth values": None}.get(kind, -1)


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
