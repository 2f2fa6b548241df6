"""Write nodes for a person to label, in the format of a tool of theirs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.ranked import RankedNodes
from sklearn_tagkd.inspection.review import argilla_records, csv_file, label_studio
from sklearn_tagkd.inspection.review.class_names import ClassNames
from sklearn_tagkd.inspection.review.importing import is_untouched
from sklearn_tagkd.inspection.review.items import keys_of_nodes, make_items
from sklearn_tagkd.inspection.review.kept_files import write_files

__all__ = ["export_review"]

_WRITERS = {
    "csv": csv_file.files,
    "label-studio": label_studio.files,
    "argilla": argilla_records.files,
}


def export_review(
    path: str | os.PathLike[str],
    nodes: RankedNodes | TextGraph,
    format: str = "csv",
    *,
    graph: TextGraph | None = None,
    classes: Sequence[Any] | None = None,
) -> Path:
    """Write nodes to a file that a person fills in.

    Each comes with its text, the beginnings of the texts linked to it, the label that
    it has, a suggestion, a score and the reason. Files hold texts of the graph: treat
    them as you treat those. Cells of a table that a spreadsheet would take for a
    formula get an apostrophe, which :func:`import_review` takes away.

    Parameters
    ----------
    path : str or PathLike
        Where to. ``'label-studio'`` also writes the labelling interface beside it
        (``*.xml``), ``'argilla'`` the dataset's settings (``*.settings.json``).
    nodes : LabelIssues, NextQuestions or TextGraph
        Whom to review, in this order; all nodes of a view, without suggestions.
    format : {'csv', 'label-studio', 'argilla'}, default='csv'
        A table, tasks for Label Studio, or records for Argilla 2.
    graph : TextGraph, default=None
        What the nodes are of, where ``nodes`` does not know it: it was pickled.
    classes : sequence of labels, default=None
        What may be chosen. None takes those of ``nodes``; a TextGraph knows none.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If there is no node, no class to choose, another format, a graph that the nodes
        are not of, or ids or classes that are the same once written out.
    TypeError
        If ``nodes`` is neither a ranking nor a view.
    FileExistsError
        If the file is there and somebody has labelled in it, or it, or what would go
        beside it, is something else.

    See Also
    --------
    import_review : Reads the labels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.inspection import export_review, import_review
    >>> graph = TextGraph(["a goal", "a vote"], [], node_ids=["x", "y"])
    >>> path = export_review(Path(tempfile.mkdtemp()) / "review.csv", graph)
    >>> filled = path.read_text("utf-8-sig").replace('"x",""', '"x","sport"')
    >>> _ = path.write_text(filled, "utf-8")
    >>> import_review(path, graph).tolist()
    ['sport', '']
    """
    if not isinstance(nodes, RankedNodes | TextGraph):
        raise TypeError(
            "nodes has to be what label_issues or next_questions found, or a view of a "
            f"graph, as in graph[[0, 5]]; got {type(nodes).__name__}."
        )
    if not isinstance(format, str) or format not in _WRITERS:
        raise ValueError(
            f"format={format!r} is not known. Take one of {sorted(_WRITERS)}."
        )
    known = nodes if isinstance(nodes, TextGraph) else graph or nodes.graph
    if known is None:
        raise ValueError(
            "These nodes were pickled, which leaves their texts out. Give "
            "graph=..., the graph that they are of."
        )
    if not len(nodes):
        raise ValueError("There is no node to review.")
    _refuse_other_graph(known, nodes)
    _refuse_ambiguous_ids(known)
    if classes is None and isinstance(nodes, RankedNodes):
        classes = nodes.classes.tolist()
    names = ClassNames([] if classes is None else classes).names
    if len(names) < 2 and format != "csv":
        raise ValueError(
            f"{format} needs the classes to choose from. Give classes=[...]."
        )
    file = Path(path)
    files = _WRITERS[format](file, make_items(known, nodes), names)
    write_files(files, is_untouched)
    return file


def _refuse_other_graph(known: TextGraph, nodes: RankedNodes | TextGraph) -> None:
    """Refuse texts of nodes that bear other ids."""
    if isinstance(nodes, TextGraph):
        return
    n_nodes = len(known.parent)
    is_there = bool((nodes.positions < n_nodes).all())
    if (
        not is_there
        or known.parent[nodes.positions].node_ids.tolist() != nodes.nodes.tolist()
    ):
        raise ValueError(
            "The nodes to review are of another graph: their ids are not where they "
            "were. Give graph=..., the graph that they were found in."
        )


def _refuse_ambiguous_ids(graph: TextGraph) -> None:
    keys = keys_of_nodes(graph.parent)
    if len(set(keys)) < len(keys):
        raise ValueError(
            "Some ids of the graph are the same once written out, such as 1 and '1': "
            "a file could not tell them apart. Give the graph other node_ids."
        )
