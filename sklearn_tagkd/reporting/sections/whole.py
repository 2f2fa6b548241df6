"""What the model is, and what it says of the graph."""

from __future__ import annotations

import numpy as np

from sklearn_tagkd.reporting.document import Block, Facts, Section, Table
from sklearn_tagkd.reporting.pictures.of_model import draw_history, draw_map
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["describe_model"]

_UNSURE = 0.5


def describe_model(subject: Subject) -> Section:
    """Tell what predicts, and what it predicts.

    Parameters
    ----------
    subject : Subject
        Model and graph.

    Returns
    -------
    Section
        Named ``model``.
    """
    step, shares = subject.reading.step, subject.probabilities
    best = shares.argmax(axis=1)
    counts = np.bincount(best, minlength=len(step.classes_))
    sure = np.bincount(best, shares.max(axis=1), len(counts)) / np.maximum(counts, 1)
    facts = {
        "model": type(step).__name__,
        "backbone": step.network_.config.backbone,
        "encoder": str(step.encoder) if isinstance(step.encoder, str) else "your own",
        "nodes": len(subject.graph),
        "links": subject.graph.n_links,
        "classes": len(step.classes_),
        "mean probability of the predicted class": float(shares.max(axis=1).mean()),
        f"nodes with less than {_UNSURE:g}": int((shares.max(axis=1) < _UNSURE).sum()),
    }
    order = np.argsort(-counts, kind="stable")
    rows = [
        (step.classes_[at], int(counts[at]), counts[at] / len(best), float(sure[at]))
        for at in order
    ]
    columns = ("class", "nodes", "share", "mean probability")
    table = Table.of("Predicted classes", columns, rows, subject.max_rows, ("share",))
    blocks: list[Block] = [Facts(facts), table]
    if subject.draws:
        blocks += [one for one in (draw_map(subject), draw_history(step)) if one]
    return Section("model", "The model", blocks)
