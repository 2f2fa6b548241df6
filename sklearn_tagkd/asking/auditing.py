"""How right a language model is, as far as its answers and the user's labels tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.supervision import Supervision, answers_on_labels
from sklearn_tagkd.learning.teacher_audit import TeacherAudit, audit_teacher
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.spread_places import spread_places
from sklearn_tagkd.utils.streams import private_stream
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["audit_answers", "audit_report", "nodes_to_audit"]

_MOST_LOOKED_AT = 2_048  # answers, and labels
_SHARE, _MOST_ASKED = 10, 20  # one node in ten, and no more than these


@one_thread()
def audit_answers(
    graph: TextGraph,
    table: RationaleTable,
    labelled: Mapping[int, str],
    classes: NDArray[Any],
) -> TeacherAudit | None:
    """Estimate how right a language model is, before anything is learnt from it.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes were asked about.
    table : RationaleTable
        The answers; its classes are names.
    labelled : mapping of int to str
        Position to name of the class, where a true label is known.
    classes : ndarray of shape (n_classes,)
        Labels that the names stand for.

    Returns
    -------
    TeacherAudit or None
        None with fewer than 20 answers about nodes without a label.
    """
    names = [str(label) for label in table.classes.tolist()]
    code = {name: column for column, name in enumerate(names)}
    known = sorted(place for place, name in labelled.items() if name in code)
    places = np.array(known, dtype=np.int64)
    free = np.flatnonzero(~np.isin(table.positions, places))
    places, free = _some(places), _some(free)
    rows = np.concatenate([places, table.positions[free]])
    on_map = map_nodes(graph, np.unique(rows))
    columns = [code[labelled[place]] for place in places.tolist()]
    one_hot = np.eye(len(names))[np.array(columns, dtype=np.int64)]
    supervision = Supervision(
        classes=classes,
        rows=rows,
        distributions=np.concatenate([one_hot, table.probabilities[free]]).astype("f4"),
        weights=np.ones(len(rows), dtype=np.float32),
        is_true=np.arange(len(rows)) < len(places),
    )
    seen = graph.annotated(rationales=replace(table, classes=classes))
    return audit_teacher(
        supervision, on_map.rows_of(rows), answers_on_labels(seen, supervision)
    )


def audit_report(audit: TeacherAudit | None) -> dict[str, int]:
    """Return an audit in whole numbers, to stand among what checks count.

    Parameters
    ----------
    audit : TeacherAudit or None
        None is nothing to tell.

    Returns
    -------
    dict of str to int
        Percent of answers that are right, and between what that lies.
    """
    if audit is None:
        return {}
    ends = ("", "_at_least", "_at_most")
    return {
        f"teacher_right_percent{end}": round(100 * share)
        for end, share in zip(ends, audit.right, strict=True)
    }


def nodes_to_audit(
    graph: TextGraph,
    labelled: Mapping[int, str],
    n_audit: int | None,
    max_nodes: int | None,
    random_state: Any,
) -> NDArray[np.int64]:
    """Choose labelled nodes that are asked about for the audit's sake.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes may be asked about.
    labelled : mapping of int to str
        Position to name of the class, where a true label is known.
    n_audit : int or None
        How many of them; None is a tenth of ``max_nodes``, and no more than 20.
    max_nodes : int or None
        Most nodes to ask about.
    random_state : int, RandomState instance or None
        Chooses.

    Returns
    -------
    ndarray of int64 of shape (n_chosen,)
        Positions, ascending; none where all are asked about, or all are labelled:
        then any choice has some.
    """
    rows = np.unique(graph.rows)
    places = np.array(sorted(labelled), dtype=np.int64)
    if max_nodes is None or not len(places) or len(places) == len(rows):
        return places[:0]
    most = min(_MOST_ASKED, max_nodes // _SHARE) if n_audit is None else n_audit
    random = private_stream(random_state, "labelled nodes to ask about")
    order = random.permutation(len(graph.parent))
    chosen: NDArray[np.int64] = np.sort(places[np.argsort(order[places])][:most])
    return chosen


def _some(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[spread_places(len(places), _MOST_LOOKED_AT)]
