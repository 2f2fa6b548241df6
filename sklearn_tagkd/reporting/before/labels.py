"""Labels that there are, and whether linked nodes share them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.reporting.document import Facts, Note, Section, Table

__all__ = ["describe_labels"]


def describe_labels(graph: TextGraph, y: Any, max_rows: int) -> Section:
    """Tell which labels there are.

    Parameters
    ----------
    graph : TextGraph
        A view.
    y : array-like of shape (n_nodes,) or None
        Labels of the view.
    max_rows : int
        Most rows of a table.

    Returns
    -------
    Section
        Named ``labels``.
    """
    if y is None:
        told = "No labels were given. None are needed: classes have names, that is all."
        return Section("labels", "Labels", [Note(told)])
    labels, is_labelled = labelled_rows(y, len(graph))
    names, codes = np.unique(labels[is_labelled], return_inverse=True)
    counts = np.bincount(codes, minlength=len(names))
    of_parent = np.full(len(graph.parent), -1, dtype=np.int64)
    of_parent[graph.rows[is_labelled]] = codes
    cells = graph.adjacency.tocoo()
    ends = of_parent[cells.row], of_parent[cells.col]
    is_known = (ends[0] >= 0) & (ends[1] >= 0)
    shared = (ends[0] == ends[1])[is_known]
    by_chance = float(((counts / max(1, counts.sum())) ** 2).sum())
    facts = {
        "labelled nodes": int(is_labelled.sum()),
        "unlabelled nodes": int((~is_labelled).sum()),
        "classes": len(names),
        "linked nodes of one class": float(shared.mean()) if len(shared) else None,
        "the same of random pairs": by_chance if len(names) else None,
    }
    order = np.argsort(-counts, kind="stable")
    whole = max(1, int(counts.sum()))
    rows = [(names[at], int(counts[at]), counts[at] / whole) for at in order]
    columns = ("class", "nodes", "share")
    table = Table.of("Nodes of each class", columns, rows, max_rows, ("share",))
    return Section("labels", "Labels", [Facts(facts), table])
