"""How often the model is right, beside how sure it is."""

from __future__ import annotations

from sklearn_tagkd.inspection.reliability import reliability_on
from sklearn_tagkd.reporting.document import Block, Facts, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_model import draw_reliability
from sklearn_tagkd.reporting.sections.subject import Subject
from sklearn_tagkd.utils.intervals import wilson_interval

__all__ = ["describe_calibration"]


def describe_calibration(subject: Subject) -> Section:
    """Hold the model against true labels, where there are some.

    Parameters
    ----------
    subject : Subject
        Model, graph and labels.

    Returns
    -------
    Section
        Named ``calibration``.
    """
    title = "How right, and how sure"
    if subject.y is None:
        told = (
            "No true labels were given: report(model, graph, y). Some hundred, of "
            "nodes that nobody was asked about, say how right the model is."
        )
        return Section("calibration", title, [Note(told)])
    try:
        found = reliability_on(subject.model, subject.graph, subject.y)
    except ValueError as error:
        return Section("calibration", title, [Note(f"Not known: {error}")])
    n_nodes = int(found.counts.sum())
    low, high = wilson_interval(found.accuracy, n_nodes)
    facts = {
        "nodes with a true label": n_nodes,
        "accuracy": found.accuracy,
        "at least, 95%": low,
        "at most, 95%": high,
        "expected calibration error": found.error,
    }
    columns = ("how sure", "right", "at least", "at most", "nodes")
    rows = zip(
        found.confidence, found.right, found.low, found.high, found.counts, strict=True
    )
    bars = ("how sure", "right")
    table = Table.of("In bins of how sure it is", columns, rows, subject.max_rows, bars)
    told = (
        "Nodes that the teacher answered about are left out, where it is known which. "
        "If the model was fitted on these labels itself, this flatters it."
    )
    blocks: list[Block] = [Facts(facts), Note(told)]
    if subject.draws:
        blocks.append(draw_reliability(found))
    return Section("calibration", title, [*blocks, table])
