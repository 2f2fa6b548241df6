"""A user's own labels, and a teacher beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.benchmark.sources.sample import Sample
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import Rationale, RationaleTable, check_rationales

__all__ = ["MOST_LABELS", "OwnLabelsSource", "guess_labels"]

MOST_LABELS = 70


@dataclass(frozen=True)
class OwnLabelsSource:
    """True labels of some random nodes, and somebody's answers about others.

    The only source that hands true labels out: they are the user's.

    Parameters
    ----------
    name : str
        Name in the report.
    teacher : str or None
        Who answers; None is nobody.
    table : RationaleTable
        All that the teacher could be asked about.
    true : ndarray of object of shape (n_nodes,)
        True labels, ``''`` where there is none.
    unanswered : ndarray of int64 of shape (n_unanswered,)
        Labelled nodes without a recorded answer: of them come the user's labels, and
        the nodes to be scored on.
    """

    name: str
    teacher: str | None
    table: RationaleTable
    true: NDArray[np.object_] = field(repr=False)
    unanswered: NDArray[np.int64]

    part = "teacher"
    lessons = ("rationale",)

    @property
    def has_more(self) -> bool:
        """Whether there may be no answer: once is enough, without a teacher."""
        return self.teacher is None

    @property
    def n_labels(self) -> int:
        """Labels of the user: 70, or a third of what there is to score on."""
        return min(MOST_LABELS, len(self.unanswered) // 3)

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have, with two nodes in three to test on."""
        if self.teacher is None:
            return 0
        # Those it was not recorded about are the nodes to be scored on.
        spared = np.isin(self.table.positions, self.unanswered).sum()
        return len(self.table) - int(spared) + int(spared) // 3

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Draw labels, and nodes to ask the teacher about.

        Parameters
        ----------
        n_answers : int
            How many of the latter.
        subset : int
            Seed of both. The labels are the same for every teacher and number.

        Returns
        -------
        Sample
            Scored on nodes that are neither.
        """
        random = np.random.RandomState(subset)
        mine = random.permutation(self.unanswered)[: self.n_labels]
        others = np.setdiff1d(self.table.positions, mine)
        asked = random.permutation(others)[:n_answers]
        labels = np.full(len(self.true), "", dtype=object)
        labels[mine] = self.true[mine]
        told = self.table.select(np.isin(self.table.positions, asked))
        known = np.concatenate([mine, asked])
        return Sample(
            told,
            np.setdiff1d(self.unanswered, known),
            {} if self.teacher is None else {self.teacher: told.positions},
            labels=labels,
        )


def guess_labels(graph: TextGraph, classes: NDArray[np.str_]) -> RationaleTable:
    """Return what a teacher says that knows nothing: a random class of every node.

    Parameters
    ----------
    graph : TextGraph
        The graph.
    classes : ndarray of str of shape (n_classes,)
        Names of the classes.

    Returns
    -------
    RationaleTable
        The same at every call.
    """
    drawn = classes[np.random.RandomState(0).randint(len(classes), size=len(graph))]
    records = [
        Rationale(node, {str(label): 1.0})
        for node, label in zip(graph.node_ids, drawn, strict=True)
    ]
    return check_rationales(records, graph, classes)
