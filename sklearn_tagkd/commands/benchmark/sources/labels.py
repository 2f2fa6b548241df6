"""Labels without reasons, for nodes of our own choice."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.commands.benchmark.sources.sample import GPT, Sample
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question, RationaleClient
from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
from sklearn_tagkd.rationales import Rationale, RationaleTable, check_rationales

__all__ = ["LabelClient", "LabelSource", "read_single_labels"]


class LabelClient(RationaleClient):
    """Answers with known labels.

    Parameters
    ----------
    labels : dict of hashable to str
        Labels by id.
    """

    is_free = True

    def __init__(self, labels: dict[Hashable, str]) -> None:
        self._labels = labels
        self.answerable_nodes = tuple(labels)

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Look labels up.

        Parameters
        ----------
        questions : sequence of Question
            One per node.

        Returns
        -------
        list of Rationale
            One per question, sure of the label.
        """
        return [_certain(one.node, self._labels[one.node]) for one in questions]


@dataclass(frozen=True)
class LabelSource:
    """Labels for nodes that a strategy chooses; tested on all others.

    Parameters
    ----------
    name : str
        Name in the report.
    labels : dict of hashable to str
        The label of every node that can be chosen, by id.
    table : RationaleTable
        The same labels, by position.
    graph : TextGraph
        The graph.
    labelled : ndarray of int64 of shape (n_labelled,)
        Nodes with a true label.
    strategy : str or callable
        ``selection`` of :class:`~sklearn_tagkd.LLMRationaleTransformer`.
    """

    name: str
    labels: dict[Hashable, str]
    table: RationaleTable
    graph: TextGraph
    labelled: NDArray[np.int64]
    strategy: Any

    part = "noise"
    lessons = ("hard",)
    has_more = False

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have, with a node left to test on."""
        return len(self.table) - 1

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Choose nodes, and look their labels up.

        Parameters
        ----------
        n_answers : int
            How many.
        subset : int
            Seed of the choice.

        Returns
        -------
        Sample
            Their labels, and all other labelled nodes.
        """
        asking = LLMRationaleTransformer(
            LabelClient(self.labels),
            self.table.classes.tolist(),
            max_nodes=n_answers,
            selection=self.strategy,
            random_state=subset,
        )
        annotated = asking.fit_transform(self.graph)
        table: RationaleTable = annotated.annotations["rationales"]
        test_rows = np.setdiff1d(self.labelled, table.positions)
        return Sample(table, test_rows, {GPT: table.positions})


def read_single_labels(
    path: Path, graph: TextGraph, classes: NDArray[np.str_]
) -> tuple[dict[Hashable, str], RationaleTable]:
    """Read labels without reasons.

    Parameters
    ----------
    path : Path
        JSON lines with ``node`` and ``ranked``: labels, best first.
    graph : TextGraph
        The graph that they are about.
    classes : ndarray of str of shape (n_classes,)
        Names of the classes.

    Returns
    -------
    labels : dict of hashable to str
        The first label of each node, by id; nodes whose first label is no class are
        left out.
    table : RationaleTable
        The same, by position.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    labels = {
        entry["node"]: entry["ranked"][0]
        for entry in entries
        if entry["ranked"] and entry["ranked"][0] in classes
    }
    records = [_certain(node, label) for node, label in labels.items()]
    return labels, check_rationales(records, graph, classes)


def _certain(node: Hashable, label: str) -> Rationale:
    return Rationale(node, {label: 1.0})
