"""Pictures of a fitted model: displays of ``inspection``, with words beside them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from sklearn_tagkd.inspection.displays.answer_curve import AnswerCurveDisplay
from sklearn_tagkd.inspection.displays.embedding_map import EmbeddingMapDisplay
from sklearn_tagkd.inspection.displays.reliability_diagram import ReliabilityDisplay
from sklearn_tagkd.inspection.displays.selection_picture import SelectionDisplay
from sklearn_tagkd.inspection.displays.teacher_student import TeacherStudentDisplay
from sklearn_tagkd.inspection.displays.training_history import TrainingHistoryDisplay
from sklearn_tagkd.inspection.reliability import Reliability
from sklearn_tagkd.inspection.taught import Taught
from sklearn_tagkd.reporting.document import Picture, plain_value
from sklearn_tagkd.reporting.pictures.drawing import draw
from sklearn_tagkd.reporting.pictures.words import listed
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = [
    "draw_answers",
    "draw_history",
    "draw_map",
    "draw_reliability",
    "draw_selection",
    "draw_teacher",
]

_MOST_MAPPED, _FEWEST_MAPPED, _MOST_PLACED = 1000, 8, 500  # nodes
_MOST_CLASSES = 40  # as rows and columns


def draw_reliability(found: Reliability) -> Picture:
    """Draw how often predictions are right, beside how sure they are.

    Parameters
    ----------
    found : Reliability
        Predictions in bins.

    Returns
    -------
    Picture
        With a bin after the other in words.
    """
    bins = zip(found.confidence, found.right, found.counts, strict=True)
    steps = "; ".join(f"{a:.2f} sure, {b:.2f} right ({n:,})" for a, b, n in bins)
    told = f"From least to most sure, numbers of nodes in brackets: {steps}."
    display = ReliabilityDisplay(found)
    return draw("Right, beside sure", display.plot, told, 5.2, 4.6)


def draw_teacher(taught: Taught) -> Picture | None:
    """Draw what teacher and model say of answered nodes.

    Parameters
    ----------
    taught : Taught
        What both say.

    Returns
    -------
    Picture or None
        None of more than forty classes.
    """
    pairs = Counter(zip(taught.said.tolist(), taught.predicted.tolist(), strict=True))
    n_classes = len({name for pair in pairs for name in pair})
    if n_classes > _MOST_CLASSES:
        return None
    n_alike = sum(n for (a, b), n in pairs.items() if a == b)
    apart = [
        f"{plain_value(a)} became {plain_value(b)} ({n:,})"
        for (a, b), n in pairs.most_common()
        if a != b
    ]
    told = f"They agree on {n_alike:,} of {len(taught.said):,} answered nodes."
    if apart:
        told = f"{told} Most often apart: {listed(apart)}."
    size = 4.2 + 0.25 * n_classes

    def plot(ax: Any) -> None:
        TeacherStudentDisplay.from_predictions(taught.said, taught.predicted, ax=ax)

    return draw("What the teacher said, and the model says", plot, told, size, size)


def draw_map(subject: Subject) -> Picture | None:
    """Draw how the model sees the nodes.

    Parameters
    ----------
    subject : Subject
        Model, graph and labels; 1,000 nodes of a large graph.

    Returns
    -------
    Picture or None
        None of fewer than eight nodes.
    """
    graph, y = subject.graph, subject.y
    if len(graph) < _FEWEST_MAPPED:
        return None
    whose = "the teacher" if y is None else "a true label"

    def plot(ax: Any) -> Any:
        shown = EmbeddingMapDisplay.from_estimator(
            subject.model, graph, y, max_nodes=_MOST_MAPPED, ax=ax
        )
        ax.set_title("")  # said beside the picture
        return shown

    def told(shown: Any) -> str:
        return (
            f"{len(shown.labels):,} nodes of {len(graph):,}, laid out so that those "
            "lie near one another that are alike to the model. The teacher was asked "
            f"about {shown.asked.sum():,} of them; of {shown.disagrees.sum():,} "
            f"{whose} says something else. Distances between groups say little."
        )

    return draw("How the model sees the nodes", plot, told, 7.6, 4.8)


def draw_selection(subject: Subject) -> Picture:
    """Draw who was asked: far from other answers, and in doubt.

    Parameters
    ----------
    subject : Subject
        Model and graph, with an answer at least.

    Returns
    -------
    Picture
        Of 500 asked nodes and 500 others at most.
    """

    def plot(ax: Any) -> Any:
        return SelectionDisplay.from_estimator(
            subject.model, subject.graph, max_nodes=_MOST_PLACED, ax=ax
        )

    def told(shown: Any) -> str:
        parts = [
            f"{of.sum():,} nodes that were {what} lie at a distance of "
            f"{np.median(shown.distance[of]):.2f} from the nearest asked node and have "
            f"a doubt of {np.median(shown.doubt[of]):.2f}"
            for what, of in (("asked about", shown.asked), ("not", ~shown.asked))
            if of.any()
        ]
        return f"Medians: {'; '.join(parts)}."

    return draw("Who was asked", plot, told, 6.4, 4.2)


def draw_answers(step: Any) -> Picture | None:
    """Draw what rounds of asking brought.

    Parameters
    ----------
    step : LLMRationaleTransformer
        Fitted.

    Returns
    -------
    Picture or None
        None where there are no two rounds that tell.
    """
    looks = [x for x in getattr(step, "outlook_", []) if np.isfinite(x["agreement"])]
    if len(looks) < 2:  # a point is no curve
        return None
    ends = [
        f"{look['agreement']:.2f} after {look['n_answered']:,} answers"
        for look in (looks[0], looks[-1])
    ]
    told = f"Expected agreement with the teacher: {' and '.join(ends)}."

    def plot(ax: Any) -> None:
        AnswerCurveDisplay.from_estimator(step, ax=ax)

    return draw("What answers brought", plot, told, 6.4, 3.4)


def draw_history(step: Any) -> Picture | None:
    """Draw the losses of training.

    Parameters
    ----------
    step : GraphNetworkClassifier
        Fitted.

    Returns
    -------
    Picture or None
        None of a step that does not remember them, out of a file say.
    """
    history = getattr(step, "history_", None)
    if not history:
        return None
    first, last = history[0], history[-1]
    losses = [
        f"{name.replace('_', ' ')} from {first[name]:.3g} to {last[name]:.3g}"
        for name in first
        if name != "step" and name in last
    ]
    told = f"Losses from step {first['step']:,} to {last['step']:,}: {listed(losses)}."
    return draw("Training", TrainingHistoryDisplay(history).plot, told, 6.4, 3.4)
