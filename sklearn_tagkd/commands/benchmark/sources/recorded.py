"""Random subsets of answers that a language model gave with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.benchmark.sources.sample import RECORDED, Sample
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import RationaleTable, check_rationales, read_answers

__all__ = ["RecordedSource", "read_recorded"]

_WRONG_CONFIDENCE = 0.97


@dataclass(frozen=True)
class RecordedSource:
    """Random subsets of recorded answers; tested on nodes without any answer.

    Parameters
    ----------
    name : str
        Name in the report.
    table : RationaleTable
        All recorded answers.
    order : ndarray of int64 of shape (n_answers,)
        Positions of the answered nodes as the file has them; what subsets are
        drawn from.
    test_rows : ndarray of int64 of shape (n_test,)
        Labelled nodes without an answer.
    wrong_every : int, default=0
        Of how many answers one is replaced by a confident wrong one; 0 for none.
    """

    name: str
    table: RationaleTable
    order: NDArray[np.int64]
    test_rows: NDArray[np.int64]
    wrong_every: int = 0

    has_more = False

    @property
    def part(self) -> str:
        """Part of the report that it belongs to."""
        return "noise" if self.wrong_every else "main"

    @property
    def lessons(self) -> tuple[str, ...]:
        """Lessons that can be had; noise does not touch the ceiling."""
        told = ("hard", "soft", "rationale")
        return told if self.wrong_every else (*told, "true")

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have."""
        return len(self.order)

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Draw a random subset of the answers.

        Parameters
        ----------
        n_answers : int
            Its size. A larger subset of the same number contains the smaller ones.
        subset : int
            Its number, which is its seed.

        Returns
        -------
        Sample
            The subset and all nodes without an answer.
        """
        shuffled = self.order[np.random.RandomState(subset).permutation(self.n_most)]
        chosen = shuffled[:n_answers]
        table = self.table
        if self.wrong_every:
            # Every fifth of a random order is a random fifth, at every budget.
            is_wrong = np.isin(table.positions, chosen[:: self.wrong_every])
            table = _with_wrong_answers(table, is_wrong, subset)
        table = table.select(np.isin(table.positions, chosen))
        return Sample(table, self.test_rows, {RECORDED: table.positions})


def read_recorded(
    path: Path, graph: TextGraph, classes: NDArray[np.str_], labelled: NDArray[np.int64]
) -> RecordedSource:
    """Read recorded answers.

    Parameters
    ----------
    path : Path
        A file as :func:`~sklearn_tagkd.rationales.write_answers` writes it.
    graph : TextGraph
        The graph that they are about.
    classes : ndarray of str of shape (n_classes,)
        Names of the classes.
    labelled : ndarray of int64 of shape (n_labelled,)
        Nodes with a true label.

    Returns
    -------
    RecordedSource
        Of the answers that pass the checks.
    """
    records, _ = read_answers(path)
    table = check_rationales(records, graph, classes)
    # What a node was asked in vain about is not unanswered either: it is no test node.
    asked = graph.positions(dict.fromkeys(record.node for record in records))
    order = asked[np.isin(asked, table.positions)]
    return RecordedSource(RECORDED, table, order, np.setdiff1d(labelled, asked))


def _with_wrong_answers(
    table: RationaleTable, is_wrong: NDArray[np.bool_], seed: int
) -> RationaleTable:
    """Return answers of which some are sure of another class than they were.

    Another than the *model's* class: true labels play no part. The reasons stay.
    """
    n_answers, n_classes = table.probabilities.shape
    # Drawn for all answers, so that every budget of a subset has the same ones.
    shift = np.random.RandomState(seed).randint(1, n_classes, n_answers)
    wrong = (table.probabilities.argmax(axis=1) + shift) % n_classes
    rest = (1 - _WRONG_CONFIDENCE) / (n_classes - 1)
    sure = np.full((n_answers, n_classes), rest)
    sure[np.arange(n_answers), wrong] = _WRONG_CONFIDENCE
    mixed = np.where(is_wrong[:, None], sure, table.probabilities)
    return replace(table, probabilities=mixed)
