"""A fitted model on a graph: what was asked, how right it is, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.reporting.document import Document, Note
from sklearn_tagkd.reporting.graph_report import check_input
from sklearn_tagkd.reporting.pictures.drawing import can_draw, why_no_pictures
from sklearn_tagkd.reporting.report_file import Report
from sklearn_tagkd.reporting.sections.asked import describe_answers, describe_cost
from sklearn_tagkd.reporting.sections.calibration import describe_calibration
from sklearn_tagkd.reporting.sections.doubts import describe_issues, describe_next
from sklearn_tagkd.reporting.sections.drift import describe_drift
from sklearn_tagkd.reporting.sections.explained import describe_explanations
from sklearn_tagkd.reporting.sections.subject import Subject
from sklearn_tagkd.reporting.sections.teacher import describe_teacher
from sklearn_tagkd.reporting.sections.whole import describe_model

__all__ = ["ModelReport", "report"]

_SECTIONS = (
    describe_model,
    describe_answers,
    describe_cost,
    describe_teacher,
    describe_calibration,
    describe_issues,
    describe_next,
    describe_explanations,
    describe_drift,
)


class ModelReport(Report):
    """What :func:`~sklearn_tagkd.report` returns.

    Parameters
    ----------
    document : Document
        What it tells.
    """


def report(
    model: Any,
    graph: TextGraph,
    y: Any = None,
    path: str | Path | None = "report.html",
    *,
    nodes: Any = None,
    answers: Any = None,
    times: Any = None,
    max_rows: int = 50,
    pictures: bool = True,
) -> ModelReport:
    """Write what is known of a fitted model on a graph, as one file.

    What was asked and what came back, its cost, abstentions, teacher and student,
    calibration, labels that are contradicted, nodes worth asking about next,
    explanations of some nodes, and drift. Nobody is asked. The file asks for nothing
    from outside, is searched and sorted without a server, and shows texts of the graph:
    give it to whoever may read those.

    Parameters
    ----------
    model : Pipeline or estimator
        A fitted interpreter, student or baseline, a pipeline that ends with one, or a
        search that has found one; out of a file too. A pipeline in memory knows most.
    graph : TextGraph
        Nodes to report on.
    y : array-like of shape (n_nodes,), default=None
        True labels, where there are some: how right the model is, and which of them
        are contradicted. Unlabelled nodes as in ``fit``.
    path : str, Path or None, default='report.html'
        Where to write: ``*.md`` is Markdown, ``*.json`` a dict, else HTML. None writes
        nothing.
    nodes : array-like of node ids or of int, node id, or TextGraph, default=None
        Nodes to explain, 25 at most; None takes three that the model doubts most.
    answers : RationaleTable, list of Rationale, path, or array-like, default=None
        Fresh answers, to find drift by: as
        :func:`~sklearn_tagkd.inspection.agreement` takes them.
    times : array-like of shape (n_nodes,), default=None
        Time stamps of the nodes, for drift.
    max_rows : int, default=50
        Most rows of a table.
    pictures : bool, default=True
        Whether the page shows the displays of :mod:`sklearn_tagkd.inspection`. They
        take matplotlib; without it the report says that they are left out.

    Returns
    -------
    ModelReport
        With ``to_html()``, ``to_markdown()``, ``to_dict()`` and ``save(path)``.

    Raises
    ------
    TypeError, ValueError
        If the model or the graph is none, or what is given does not belong to them.
    NotFittedError
        If the model is not fitted.
    FileNotFoundError
        If there is no folder to write to; before anything is computed.

    See Also
    --------
    GraphReport : The graph, before anybody is asked.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import (
    ...     InterpreterGNNClassifier, LLMRationaleTransformer, datasets, report)
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> model = make_pipeline(
    ...     LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=60),
    ...     InterpreterGNNClassifier(encoder="hashing", max_iter=30, random_state=0),
    ... ).fit(docs.graph)
    >>> found = report(model, docs.graph, docs.target, path=None)
    >>> found.to_dict()["sections"]["asked"]["facts"]["nodes asked about"]
    60
    """
    check_input(graph, max_rows)
    if path is not None and not Path(path).parent.is_dir():
        raise FileNotFoundError(
            f"There is no folder {Path(path).parent}: make it first, or give path=None."
        )
    if y is not None:
        labelled_rows(y, len(graph))  # what does not fit is told before the work begins
    draws = pictures and can_draw()
    subject = Subject(model, graph, y, nodes, answers, times, max_rows, draws)
    classes = subject.reading.step.classes_
    lead = (
        f"{type(subject.reading.step).__name__} on {len(graph):,} nodes, "
        f"{len(classes)} classes. Nobody was asked for this report."
    )
    sections = [describe(subject) for describe in _SECTIONS]
    if pictures and not draws:
        sections[0].blocks.append(Note(why_no_pictures()))
    found = ModelReport(Document("A model and its teacher", lead, sections))
    if path is not None:
        found.save(path)
    return found
