"""Our estimators as rows of the report, with default parameters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.baselines import (
    GATClassifier,
    GCNClassifier,
    MLPClassifier,
    SAGEClassifier,
)
from sklearn_tagkd.commands.benchmark.methods.material import Material
from sklearn_tagkd.commands.benchmark.methods.rows import STUDENTS, Row
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.interpreter import InterpreterGNNClassifier
from sklearn_tagkd.learning.teaching import TeacherSignals
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.student import DistilledStudentClassifier

__all__ = ["BASELINES", "distill", "predict_baseline"]

BASELINES = {
    "mlp": MLPClassifier,
    "gcn": GCNClassifier,
    "sage": SAGEClassifier,
    "gat": GATClassifier,
}


def predict_baseline(
    material: Material, table: RationaleTable, method: str
) -> NDArray[np.float64]:
    """Train a plain network on the labels of the answers.

    Parameters
    ----------
    material : Material
        The graph.
    table : RationaleTable
        The answers.
    method : str
        Key of ``BASELINES``.

    Returns
    -------
    ndarray of float64 of shape (n_test, n_classes)
        Its prediction.
    """
    model = BASELINES[method](**material.options).fit(material.annotated(table))
    return _predict(material, model, material.graph)


def distill(
    material: Material, table: RationaleTable, rows: Sequence[Row]
) -> Iterator[tuple[Row, NDArray[np.float64], float]]:
    """Train one interpreter, and the students that it teaches.

    Parameters
    ----------
    material : Material
        The graph.
    table : RationaleTable
        The answers, as the rows' lesson leaves them.
    rows : sequence of Row
        Of one lesson and one interpreter.

    Yields
    ------
    row : Row
        One of the rows.
    probabilities : ndarray of float64 of shape (n_test, n_classes)
        Its prediction.
    seconds : float
        Processor time to train and predict; a student's includes its interpreter's.
    """
    start = time.process_time()
    graph = material.annotated(table)
    options = dict(material.options)
    if not rows[0].words:
        options["lexical_dim"] = 0
    if not rows[0].committee:
        options["committee_weight"] = 0.0
    interpreter = InterpreterGNNClassifier(**options)
    taught = interpreter.fit_transform(graph, material.labels)
    of_interpreter = time.process_time() - start
    for row in rows:
        start = time.process_time()
        if row.method == "interpreter":
            predicted = _predict(material, interpreter, graph)
        else:
            student = _fit_student(material, taught, row)
            predicted = _predict(material, student, material.graph)
        yield row, predicted, of_interpreter + time.process_time() - start


def _fit_student(
    material: Material, taught: TextGraph, row: Row
) -> DistilledStudentClassifier:
    student = DistilledStudentClassifier(STUDENTS[row.method], **material.options)
    if not row.words:
        student.set_params(lexical_dim=0)
    off = {"output", "semantic", "structural"} - row.alignment
    student.set_params(**{f"{name}_weight": 0.0 for name in off})
    if "output" in row.alignment and "everywhere" not in row.alignment:
        taught = _mix_into_labels(taught, student)
    return student.fit(taught, material.labels)  # type: ignore[no-any-return]


def _mix_into_labels(
    taught: TextGraph, student: DistilledStudentClassifier
) -> TextGraph:
    """Move what the interpreter says of the answered nodes into their labels.

    Cross-entropy is linear in its target. So learning the answers, and learning the
    interpreter's probabilities at the same nodes with the weight of output
    alignment, is learning their mixture with the sum of the weights.
    """
    table: RationaleTable = taught.annotations["rationales"]
    signals: TeacherSignals = taught.annotations["teacher"]
    own, teacher = student.soft_label_weight, student.output_weight
    share = teacher / (own + teacher)
    said = signals.probabilities[table.positions]
    student.set_params(soft_label_weight=own + teacher, output_weight=0.0)
    mixed = (1 - share) * table.probabilities + share * said
    return taught.annotated(rationales=replace(table, probabilities=mixed))


def _predict(material: Material, model: Any, graph: TextGraph) -> NDArray[np.float64]:
    known = model.predict_proba(graph[material.test_rows])
    return material.spread(known, model.classes_)
