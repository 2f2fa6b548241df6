"""Recorded answers about nodes that a strategy chooses among the recorded ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.commands.benchmark.sources.recorded import RecordedSource
from sklearn_tagkd.commands.benchmark.sources.sample import RECORDED, Sample
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["ChosenSource"]


@dataclass(frozen=True)
class ChosenSource:
    """Recorded answers that a strategy chooses; tested on nodes without any answer.

    Parameters
    ----------
    name : str
        Name in the report.
    recorded : RecordedSource
        All recorded answers, and the nodes without one.
    graph : TextGraph
        The graph.
    answers : Path
        Their file.
    strategy : str or callable
        ``selection`` of :class:`~sklearn_tagkd.LLMRationaleTransformer`.
    profiles : ProfileTable, default=None
        What is known of the classes; choosing and learning have it.
    """

    name: str
    recorded: RecordedSource
    graph: TextGraph
    answers: Path
    strategy: Any
    profiles: ProfileTable | None = None

    part = "selection"
    lessons = ("hard", "soft", "rationale")
    has_more = False

    @property
    def table(self) -> RationaleTable:
        """All recorded answers."""
        return self.recorded.table

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have."""
        return self.recorded.n_most

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Choose nodes, and look their answers up.

        Parameters
        ----------
        n_answers : int
            How many.
        subset : int
            Seed of the choice.

        Returns
        -------
        Sample
            Their answers as every other subset has them, and all nodes without one.
        """
        table = self.table
        asking = LLMRationaleTransformer(
            RecordedAnswers(self.answers),
            table.classes.tolist(),
            max_nodes=n_answers,
            selection=self.strategy,
            random_state=subset,
            class_profiles=self.profiles and self.profiles.to_records(),
        )
        annotated = asking.fit_transform(self.graph)
        chosen = annotated.annotations["rationales"].positions
        told = table.select(np.isin(table.positions, chosen))
        return Sample(
            told, self.recorded.test_rows, {RECORDED: told.positions}, self.profiles
        )
