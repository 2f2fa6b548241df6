"""Which nodes to ask about next, whoever is asked, and why these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.cover import distances, likeness, pick_cover
from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.asking.selection.quick_model import margin
from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.issues import LabelIssues, label_issues
from sklearn_tagkd.inspection.options import check_whole
from sklearn_tagkd.inspection.ranked import RankedNodes
from sklearn_tagkd.inspection.reading import Reading, read_model
from sklearn_tagkd.inspection.told_labels import read_labels
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["NextQuestions", "next_questions"]

_MOST_CONSIDERED, _MOST_COVERED = 8_192, 2_048  # nodes, as selection="auto" has it
_PER_REGION = 3  # questions per region of the cover
_SHOWN_NEIGHBORS = 5  # linked texts that a question shows
_LEAST_DOUBT = 0.05  # nodes that the model is sure of are covered last
_IN_DOUBT, _FAR, _RARE = 0.5, 0.2, 3  # from when on a reason is given
_SHARE_ANSWERED = 0.25  # of the questions, at most about answers that are contradicted
_FEWEST_JUDGED = 20  # answers, below which none is judged


@dataclass(frozen=True, eq=False, repr=False)
class NextQuestions(RankedNodes):
    """Nodes worth asking about, the first one first.

    Parameters
    ----------
    graph, nodes, positions, classes, suggestions, scores, reasons : object
        As in a ranking of nodes: ``suggestions`` are the model's labels, ``scores``
        what an answer is worth beside the best one's.
    doubts : ndarray of float64 of shape (n_ranked,)
        From 0 to 1, how near the second class is to the first.
    answered : ndarray of bool of shape (n_ranked,)
        Whether there is an answer already, which others contradict.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import next_questions
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph[::9], docs.target[::9])
    >>> found = next_questions(student, docs.graph, 5, y=None)
    >>> found.nodes.shape, found.doubts.shape
    ((5,), (5,))
    """

    doubts: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    answered: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))

    def columns(self) -> dict[str, Any]:
        """Return what is known of each node.

        Returns
        -------
        dict of str to array-like
            Columns of one length.
        """
        return {
            "node": self.nodes,
            "suggestion": self.suggestions,
            "score": self.scores,
            "doubt": self.doubts,
            "answered": self.answered,
            "reason": self.reasons,
        }


def next_questions(
    model: Any, graph: TextGraph, n: int = 20, *, y: Any = None
) -> NextQuestions:
    """Choose the nodes that an answer is worth most of.

    Nodes lie on a map by their words, their features and their links, as for
    ``selection="auto"``. Each one chosen covers most of what no answer covers yet,
    counted by how much the model doubts it, and by how seldom its class was answered.
    At most a quarter are answers that a held-out committee, linked nodes and the
    nearest texts contradict.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted, also out of a file.
    graph : TextGraph
        Nodes that may be asked about; what their texts and those linked to them say.
    n : int, default=20
        Most nodes.
    y : array-like of shape (n_nodes,), default=None
        Labels that are known; nobody is asked about such nodes.

    Returns
    -------
    NextQuestions
        At most ``n``; the same for the same model and graph. What was answered is read
        off the graph's rationales, and off the pipeline where it was fitted on this
        graph; otherwise nodes that were answered may come up again.

    Raises
    ------
    ValueError
        If ``n`` is no positive number, or ``y`` is of another kind than the classes.
    TypeError
        If ``model`` is no classifier of this package, or was fitted on an array.

    See Also
    --------
    export_review : Hands them to a person.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import (
    ...     InterpreterGNNClassifier, LLMRationaleTransformer, datasets)
    >>> from sklearn_tagkd.inspection import next_questions
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> model = make_pipeline(
    ...     LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=40),
    ...     InterpreterGNNClassifier(encoder="hashing", max_iter=30, random_state=0),
    ... ).fit(docs.graph)
    >>> next_questions(model, docs.graph, 10)
    NextQuestions(nodes=10, classes=16)
    """
    reading = read_model(model, graph)
    step = reading.step
    n = check_whole("n", n)
    probabilities = model.predict_proba(graph.parent)
    labels, is_labelled = read_labels(y, len(graph), step.classes_)
    labelled = graph.rows[is_labelled]
    known, n_known = _known(reading, labelled, labels[is_labelled], probabilities)
    contested = _contested(model, reading, labelled, int(_SHARE_ANSWERED * n))
    candidates = _worth_reading(graph, np.setdiff1d(graph.rows, known))
    found = _cover(graph, candidates, known, probabilities, n_known, n - len(contested))
    doubt = 1 - margin(probabilities)
    names = step.classes_.tolist()
    counts = dict(zip(names, n_known.tolist(), strict=True))
    reasons = [
        _reason(names, probabilities[at], doubt[at], of_cover, counts)
        for at, of_cover in zip(found.positions.tolist(), found.told(), strict=True)
    ]
    at = np.concatenate([contested.positions, found.positions])
    scores = np.concatenate([contested.scores, found.scores])
    answered = np.arange(len(at)) < len(contested)
    best = step.classes_[probabilities[at].argmax(axis=1)].astype(object)
    best[: len(contested)] = contested.suggestions
    order = np.lexsort((np.arange(len(at)), -scores))
    told = [*contested.reasons, *reasons]
    return NextQuestions(
        graph=graph,
        nodes=graph.parent[at[order]].node_ids,
        positions=at[order],
        classes=step.classes_,
        suggestions=best[order].astype(step.classes_.dtype),
        scores=scores[order],
        reasons=[told[row] for row in order.tolist()],
        doubts=doubt[at[order]],
        answered=answered[order],
    )


@dataclass(frozen=True, eq=False)
class _Covering:
    """Nodes picked one by one, and what each adds."""

    positions: NDArray[np.int64]
    scores: NDArray[np.float64]
    reach: NDArray[np.float64]
    nearest: NDArray[np.float64]

    def told(self) -> list[tuple[float, float]]:
        return list(zip(self.reach.tolist(), self.nearest.tolist(), strict=True))


def _known(
    reading: Reading,
    labelled: NDArray[np.int64],
    labels: NDArray[Any],
    probabilities: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return nodes that something is known of, and how many of each class.

    The class is that of the label, else of the answer; the model's where neither is at
    hand, or where it is none of the model's.
    """
    column = {name: code for code, name in enumerate(reading.step.classes_.tolist())}
    parts = [labelled]
    class_of: dict[int, Any] = {}
    if reading.learnt_from is not None:
        parts.append(reading.learnt_from)
    if reading.table is not None:
        parts.append(reading.table.positions)
        named = reading.table.classes[reading.table.probabilities.argmax(axis=1)]
        told = zip(reading.table.positions.tolist(), named.tolist(), strict=True)
        class_of.update(told)
    class_of.update(zip(labelled.tolist(), labels.tolist(), strict=True))
    known = np.unique(np.concatenate(parts))
    guessed = probabilities[known].argmax(axis=1).tolist()
    codes = [
        column.get(class_of.get(node), guess)
        for node, guess in zip(known.tolist(), guessed, strict=True)
    ]
    counted = np.array(codes, dtype=np.int64)
    return known, np.bincount(counted, minlength=probabilities.shape[1])


def _contested(
    model: Any, reading: Reading, labelled: NDArray[np.int64], most: int
) -> LabelIssues | RankedNodes:
    """Return answers that are more likely wrong than right, and have no label."""
    graph, table = reading.graph, reading.selected_table()
    n_named = 0 if table is None else len(np.unique(table.probabilities.argmax(axis=1)))
    if not most or table is None or len(table) < _FEWEST_JUDGED or n_named < 2:
        nobody = np.empty(0, dtype=np.int64)
        return RankedNodes(
            graph, nobody, nobody, nobody, nobody, np.empty(0, np.float64)
        )
    issues = label_issues(model, graph)
    is_open = issues.flagged & ~np.isin(issues.positions, labelled)
    flagged: LabelIssues = issues[np.flatnonzero(is_open)[:most]]
    return flagged


def _worth_reading(
    graph: TextGraph, candidates: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not graph.has_texts:  # features are all there is
        return candidates
    readable = nodes_to_read(graph, nodes_with_text(graph), _SHOWN_NEIGHBORS)
    return candidates[readable[candidates]]


def _cover(
    graph: TextGraph,
    candidates: NDArray[np.int64],
    known: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    n_known: NDArray[np.int64],
    n_wanted: int,
) -> _Covering:
    n_nodes = len(graph.parent)
    order = private_stream(0, "next questions").permutation(n_nodes)
    drawn = candidates[np.argsort(order[candidates])][:_MOST_CONSIDERED]
    known = known[np.argsort(order[known])][:_MOST_CONSIDERED]
    covered = np.flatnonzero(order < _MOST_COVERED)
    worth = np.maximum(1 - margin(probabilities[covered]), _LEAST_DOUBT)
    seldom = np.sqrt((n_known.mean() + 1) / (n_known + 1))
    worth = worth * np.clip(seldom, 0.5, 2.0)[probabilities[covered].argmax(axis=1)]
    on_map = map_nodes(graph, np.unique(np.concatenate([drawn, known, covered])))
    everyone = np.concatenate([known, drawn])
    squared = distances(on_map.rows_of(everyone), on_map.rows_of(covered))
    alike = likeness(squared, max(1.0, (len(known) + n_wanted) / _PER_REGION))
    so_far = alike[: len(known)].max(axis=0, initial=0.0)
    of_drawn = alike[len(known) :]
    counts = np.ones(len(drawn), dtype=bool)
    picked = pick_cover(of_drawn, worth, so_far, counts, n_wanted)
    gains, reach = [], []
    for row in picked:
        added = np.maximum(of_drawn[row] - so_far, 0)
        gains.append(float(added @ worth))
        reach.append(float(added.sum()) * n_nodes / len(covered))
        so_far = np.maximum(so_far, of_drawn[row])
    scores = np.array(gains) / max([*gains, 1e-12])
    at = drawn[picked]
    nearest = np.ones(len(at))
    if len(known) and len(at):
        apart = distances(on_map.rows_of(at), on_map.rows_of(known))
        width = -np.log(np.clip(alike, 1e-30, 1)).mean() / max(squared.mean(), 1e-12)
        nearest = np.exp(-apart.min(axis=1).astype(np.float64) * width)
    return _Covering(at, scores, np.array(reach), nearest)


def _reason(
    names: list[Any],
    probabilities: NDArray[np.float64],
    doubt: float,
    of_cover: tuple[float, float],
    counts: dict[Any, int],
) -> str:
    reach, nearest = of_cover
    order = np.argsort(-probabilities, kind="stable")
    first = names[order[0]]
    told = []
    if len(names) > 1 and doubt > _IN_DOUBT:
        shares = [f"{names[row]} ({probabilities[row]:.0%})" for row in order[:2]]
        told.append(f"the model doubts between {' and '.join(shares)}")
    if nearest < _FAR:
        told.append("nothing like it was answered")
    if counts[first] < _RARE:
        told.append(f"{first} was answered {counts[first]} times so far")
    told.append(f"stands for about {max(reach, 1):.0f} nodes")
    return "; ".join(told)
