"""Few answers of a strong model, and a cheap one's about everything else."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_tagkd.commands.benchmark.sources.labels import LabelClient
from sklearn_tagkd.commands.benchmark.sources.recorded import RecordedSource
from sklearn_tagkd.commands.benchmark.sources.sample import GPT, RECORDED, Sample
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question, RecordedAnswers
from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
from sklearn_tagkd.rationales import (
    Abstention,
    ProfileTable,
    Rationale,
    RationaleTable,
)

__all__ = ["CascadeSource"]


@dataclass(frozen=True)
class CascadeSource:
    """Recorded answers that ``auto`` chooses, and cheap labels of all other nodes.

    Parameters
    ----------
    name : str
        Name in the report.
    recorded : RecordedSource
        All answers of the strong model, and the nodes without one.
    graph : TextGraph
        The graph.
    answers : Path
        Their file.
    labels : dict of hashable to str
        What the cheap one says, by id.
    profiles : ProfileTable, default=None
        What is known of the classes.
    """

    name: str
    recorded: RecordedSource
    graph: TextGraph
    answers: Path
    labels: dict[Hashable, str]
    profiles: ProfileTable | None = None

    part = "cascade"
    lessons = ("rationale",)
    has_more = False

    @property
    def table(self) -> RationaleTable:
        """All recorded answers of the strong model."""
        return self.recorded.table

    @property
    def n_most(self) -> int:
        """Most answers of the strong model."""
        return self.recorded.n_most

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Ask both.

        Parameters
        ----------
        n_answers : int
            Nodes to ask the strong one about.
        subset : int
            Seed.

        Returns
        -------
        Sample
            What of both counts, and all nodes without an answer of the strong one;
            the cheap one labels them too, as it would a user's.
        """
        cheap, strong = LabelClient(self.labels), _Remembering(self.answers)
        asking = LLMRationaleTransformer(
            [cheap, strong],
            self.table.classes.tolist(),
            max_nodes=[None, n_answers],
            random_state=subset,
            class_profiles=self.profiles and self.profiles.to_records(),
        )
        annotated = asking.fit_transform(self.graph)
        told: RationaleTable = annotated.annotations["rationales"]
        asked = {
            RECORDED: np.sort(self.graph.positions(strong.asked)),
            GPT: np.sort(self.graph.positions(self.labels)),
        }
        return Sample(told, self.recorded.test_rows, asked, self.profiles)


class _Remembering(RecordedAnswers):
    """Recorded answers that know what they were asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[Hashable] = []

    def ask(self, questions: Sequence[Question]) -> list[Rationale | Abstention]:
        self.asked += [question.node for question in questions]
        return super().ask(questions)
