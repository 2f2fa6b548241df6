"""How far a student is from fresh answers of its teacher, and from what it was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.options import check_whole
from sklearn_tagkd.inspection.reading import read_model, steps_of
from sklearn_tagkd.inspection.tables import html_table, to_frame
from sklearn_tagkd.inspection.time_stamps import read_times
from sklearn_tagkd.inspection.told_labels import read_labels
from sklearn_tagkd.rationales import (
    Abstention,
    Rationale,
    RationaleTable,
    check_rationales,
    read_answers,
)
from sklearn_tagkd.utils.intervals import difference_interval, wilson_interval

__all__ = ["Agreement", "Share", "agreement"]

_FEWEST = 20  # answers, of all or of a time, below which no verdict is given


class Share(NamedTuple):
    """How often the student said what the teacher says.

    Parameters
    ----------
    share : float
        From 0 to 1.
    low, high : float
        Wilson's interval at 95%.
    n : int
        Answers that were looked at.
    """

    share: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, hits: NDArray[np.bool_]) -> Share:
        """Count.

        Parameters
        ----------
        hits : ndarray of bool of shape (n_answers,)
            Where both say the same; at least one.

        Returns
        -------
        Share
            Of all of them.
        """
        share = float(hits.mean())
        return cls(share, *wilson_interval(share, len(hits)), len(hits))

    def is_below(self, before: Share) -> bool:
        """Say whether this is less, and by more than chance explains.

        Parameters
        ----------
        before : Share
            Of other answers.

        Returns
        -------
        bool
            Whether the interval of the difference is below 0.
        """
        return difference_interval(before[:3], self[:3])[1] < 0


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """How far a student is from fresh answers.

    Parameters
    ----------
    now : Share
        Agreement with all of them.
    then : Share or None
        What held-out answers agreed with when the model was fitted; None where nobody
        knows.
    by_class : dict of label to Share
        By the class that the answers name.
    by_time : list of (start, end, Share)
        From the oldest nodes to the newest; empty without time stamps.
    ask_again : bool
        Whether agreement has fallen by more than chance explains.
    verdict : str
        That, in a sentence.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import agreement
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> before = agreement(student, docs.graph, docs.answers)
    >>> agreement(student, docs.graph, docs.answers, before=before).ask_again
    False
    """

    now: Share
    then: Share | None
    by_class: dict[Any, Share]
    by_time: list[tuple[Any, Any, Share]] = field(default_factory=list)
    ask_again: bool = False
    verdict: str = ""

    def __repr__(self) -> str:
        return f"Agreement({self.verdict!r}, answers={self.now.n})"

    def columns(self) -> dict[str, Any]:
        """Return all shares, one row each.

        Returns
        -------
        dict of str to list
            Columns of one length: of what, which one, share, interval, answers.
        """
        rows: list[tuple[str, Any, Share]] = [("all", "now", self.now)]
        if self.then is not None:
            rows.append(("all", "then", self.then))
        rows += [("class", label, share) for label, share in self.by_class.items()]
        rows += [("time", f"{a} to {b}", share) for a, b, share in self.by_time]
        return {
            "of": [of for of, _, _ in rows],
            "which": [which for _, which, _ in rows],
            "share": [share.share for _, _, share in rows],
            "low": [share.low for _, _, share in rows],
            "high": [share.high for _, _, share in rows],
            "answers": [share.n for _, _, share in rows],
        }

    def to_frame(self) -> Any:
        """Return all shares as a data frame.

        Returns
        -------
        pandas.DataFrame
            One row per share.
        """
        return to_frame(self.columns())

    def _repr_html_(self) -> str:
        return html_table(self.verdict, self.columns())


def agreement(
    model: Any,
    graph: TextGraph,
    answers: Any,
    *,
    times: Any = None,
    n_periods: int = 4,
    before: Agreement | None = None,
) -> Agreement:
    """Measure how far a model is from fresh answers.

    Ask the teacher about a few nodes that it has not been asked about, fifty or so,
    and hold the model against what it says. Where agreement has fallen since the model
    was fitted, or falls with the age of nodes, the texts have moved on: ask again.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    graph : TextGraph
        A view that holds the nodes that were asked about.
    answers : RationaleTable, list of Rationale, path, or array-like of shape (n_nodes,)
        What the teacher, or a person, says: checked answers, answers as they came, a
        file of them, or labels of the view's nodes with most of them unlabelled.
    times : array-like of shape (n_nodes,), default=None
        Time stamps of the view's nodes: numbers, or dates, or ISO dates as str. Nodes
        without one count in the whole alone.
    n_periods : int, default=4
        Parts of equal numbers of answers that time falls in.
    before : Agreement, default=None
        An earlier measurement to compare with. None takes what was found with held-out
        answers when the model, or a step before it in the pipeline, was fitted
        (``teacher_audit_.agreement``); a student outside a pipeline does not know.

    Returns
    -------
    Agreement
        Overall, by class and by time, with intervals and a verdict.

    Raises
    ------
    ValueError
        If there is no answer about a selected node, none names a class of the model,
        or ``times`` does not fit.
    TypeError
        If ``model`` is no classifier of this package, or was fitted on an array.

    Notes
    -----
    What is known of then is of one regression that learnt four fifths of the answers,
    a little worse than the model itself: a verdict to ask again is on the safe side.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import agreement
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=50, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> found = agreement(student, docs.graph, docs.answers)
    >>> found.now.n, found.ask_again
    (320, False)
    """
    classes = read_model(model, graph).step.classes_
    n_periods = check_whole("n_periods", n_periods)
    if before is not None and not isinstance(before, Agreement):
        raise TypeError(
            f"before has to be an earlier Agreement; got {type(before).__name__}."
        )
    if answers is None:
        raise ValueError("answers is None. Give what the teacher or a person says.")
    rows, said = _read(graph, answers, classes)
    if not len(rows):
        raise ValueError(
            "There is no answer about a selected node. Ask about some of the graph's "
            "nodes, and give what is said, with their ids."
        )
    _refuse_strangers(said, classes)
    predicted = model.predict(graph[rows])
    hits = np.array(
        [a == b for a, b in zip(predicted.tolist(), said.tolist(), strict=True)]
    )
    named = np.unique(said).tolist()
    now, then = Share.of(hits), before.now if before else _then(model)
    by_time = [] if times is None else _by_time(graph, rows, hits, times, n_periods)
    ask_again, verdict = _judge(now, then, by_time)
    return Agreement(
        now=now,
        then=then,
        by_class={label: Share.of(hits[said == label]) for label in named},
        by_time=by_time,
        ask_again=ask_again,
        verdict=verdict,
    )


def _then(model: Any) -> Share | None:
    """Return the agreement of held-out answers while a step was fitted."""
    for step in reversed(steps_of(model)):
        audit = getattr(step, "teacher_audit_", None)
        if audit is not None and audit.agreement is not None:
            share, low, high = audit.agreement
            return Share(share, low, high, audit.n_answers)
    return None


def _read(
    graph: TextGraph, answers: Any, classes: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return rows of the view, each node once, and the class that answers name."""
    if isinstance(answers, str | os.PathLike):
        answers = read_answers(Path(answers))[0]
    is_list = isinstance(answers, Sequence) and not isinstance(answers, str)
    if is_list and answers and isinstance(answers[0], Rationale | Abstention):
        answers = check_rationales(answers, graph, classes)
    if isinstance(answers, RationaleTable):
        of_node = dict(
            zip(answers.positions.tolist(), answers.probabilities, strict=True)
        )
        at, first = np.unique(graph.rows, return_index=True)
        is_told = np.isin(at, answers.positions)
        told = [of_node[position].argmax() for position in at[is_told].tolist()]
        return first[is_told], answers.classes[np.array(told, dtype=np.int64)]
    labels, is_labelled = read_labels(answers, len(graph), classes)
    rows = np.flatnonzero(is_labelled)
    _, once = np.unique(graph.rows[rows], return_index=True)
    return rows[once], labels[rows[once]]


def _refuse_strangers(said: NDArray[Any], classes: NDArray[Any]) -> None:
    """Refuse answers of which none can agree, whatever became of the texts."""
    named = dict.fromkeys(said.tolist())
    if named.keys().isdisjoint(classes.tolist()):
        raise ValueError(
            f"No answer names a class of the model, {classes.tolist()}; the first one "
            f"says {next(iter(named))!r}. Give answers that name classes as it does."
        )


def _by_time(
    graph: TextGraph,
    rows: NDArray[np.int64],
    hits: NDArray[np.bool_],
    times: Any,
    n_periods: int,
) -> list[tuple[Any, Any, Share]]:
    at = read_times(times, len(graph))[rows]
    known = np.flatnonzero(at == at)  # neither NaN nor NaT
    order = known[np.argsort(at[known], kind="stable")]
    periods = []
    for part in np.array_split(order, max(1, min(n_periods, len(order)))):
        if len(part):
            start, end = at[part[0]], at[part[-1]]
            periods.append((start.item(), end.item(), Share.of(hits[part])))
    return periods


def _judge(
    now: Share, then: Share | None, by_time: list[tuple[Any, Any, Share]]
) -> tuple[bool, str]:
    """Return whether to ask again, and why."""
    told = f"{now.share:.0%} now"
    if now.n < _FEWEST:
        return False, f"too few answers to tell: {told}, of {now.n}"
    if then is not None:
        told = f"{then.share:.0%} then, {told}"
        if now.is_below(then):
            return True, f"ask again: {told}"
    if len(by_time) > 1:
        start, _, newest = by_time[-1]
        older = [share for *_, share in by_time[:-1]]
        n_hits = round(sum(share.share * share.n for share in older))
        n_older = sum(share.n for share in older)
        rest = Share.of(np.arange(n_older) < n_hits)
        if newest.n >= _FEWEST and newest.is_below(rest):
            return True, (
                f"ask again about what is new: {rest.share:.0%} before {start}, "
                f"{newest.share:.0%} since"
            )
    if then is None:
        return False, f"{told}, of {now.n}; nothing is known of then"
    return False, f"no need to ask again: {told}"
