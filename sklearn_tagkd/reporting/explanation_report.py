"""Explanations of some nodes, as one file."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.reporting.document import Document
from sklearn_tagkd.reporting.pictures.drawing import can_draw
from sklearn_tagkd.reporting.report_file import Report
from sklearn_tagkd.reporting.sections.explained import describe_explanations
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["ExplanationReport"]


class ExplanationReport(Report):
    """Why nodes have their labels: the section of a report on a model, alone.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        The graph.
    nodes : array-like of node ids
        Which ones, 25 at most.
    """

    def __init__(self, model: Any, graph: TextGraph, nodes: Any) -> None:
        section = describe_explanations(
            Subject(model, graph, nodes=nodes, draws=can_draw())
        )
        lead = (
            "An effect is by how much the margin of the label falls without something."
        )
        super().__init__(Document("Why these labels", lead, [section]))
