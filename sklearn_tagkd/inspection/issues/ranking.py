"""Labels of a teacher or of the user, the most contradicted ones first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.issues.noise import judge_given
from sklearn_tagkd.inspection.issues.witnesses import (
    Given,
    Witnesses,
    hear_witnesses,
)
from sklearn_tagkd.inspection.ranked import RankedNodes
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.inspection.told_labels import read_labels
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["LabelIssues", "label_issues"]

_FEWEST = 20  # labels, below which a fold says nothing
_KINDS = ("committee", "links", "texts")


@dataclass(frozen=True, eq=False, repr=False)
class LabelIssues(RankedNodes):
    """Labels with what others say of them, the most contradicted ones first.

    Parameters
    ----------
    graph, nodes, positions, classes, suggestions, scores, reasons : object
        As in a ranking of nodes: ``suggestions`` are the likeliest classes other than
        the label, ``scores`` how likely each label is wrong.
    given : ndarray of shape (n_ranked,)
        The labels as they were given.
    sources : ndarray of str of shape (n_ranked,)
        ``'answer'`` of the teacher, or ``'label'`` of the user.
    flagged : ndarray of bool of shape (n_ranked,)
        Whether the label is more likely wrong than right.
    says : dict of str to ndarray of shape (n_ranked,)
        Per witness (``'committee'``, ``'links'``, ``'texts'``; ``'teacher'`` of a
        user's label), the class that it names, and None where it knows nothing.
    shares : dict of str to ndarray of float64 of shape (n_ranked,)
        Per witness, how far it is for that class.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import label_issues
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph, docs.target)
    >>> first = label_issues(student, docs.graph, docs.target)[:5]
    >>> first.given.shape, sorted(first.says)
    ((5,), ['committee', 'links', 'texts'])
    """

    given: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    sources: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, "U6"))
    flagged: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    says: dict[str, NDArray[Any]] = field(default_factory=dict)
    shares: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"LabelIssues(labels={len(self)}, flagged={int(self.flagged.sum())})"

    def __getitem__(self, key: Any) -> Any:
        rows = np.atleast_1d(np.arange(len(self))[key])
        found = super().__getitem__(key)
        for name in ("says", "shares"):
            whole = getattr(self, name)
            part = {kind: column[rows] for kind, column in whole.items()}
            object.__setattr__(found, name, part)
        return found

    def columns(self) -> dict[str, Any]:
        """Return what is known of each label.

        Returns
        -------
        dict of str to array-like
            Columns of one length: node, given, suggestion, score, flagged, source, what
            each witness says and how far it is for that, reason.
        """
        said = {
            name: column
            for kind in self.says
            for name, column in (
                (kind, self.says[kind]),
                (f"{kind}_share", self.shares[kind]),
            )
        }
        return {
            "node": self.nodes,
            "given": self.given,
            "suggestion": self.suggestions,
            "score": self.scores,
            "flagged": self.flagged,
            "source": self.sources,
            **said,
            "reason": self.reasons,
        }


def label_issues(model: Any, graph: TextGraph, y: Any = None) -> LabelIssues:
    """Find labels that others contradict.

    Three witnesses, none of whom has seen the label: a committee of softmax regressions
    that learnt the other labels, the linked nodes, and the nearest other texts. How far
    each is believed is found from how well it tells labels; what classes are often
    given for others counts too. A teacher that was unsure of its answer is suspected
    sooner, and where it answered about a node that the user labelled, it is heard as
    well. No true label is needed, and none is looked at beside ``y``.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted; its encoder and its steps of propagation are used, not its predictions,
        which have seen the labels.
    graph : TextGraph
        A view. Answers are those of ``'rationales'`` on it, or of the fitted pipeline
        where it was fitted on this graph.
    y : array-like of shape (n_nodes,), default=None
        Labels of the user; unlabelled nodes as in ``fit``. They are judged, beside
        answers about other nodes. None judges answers alone.

    Returns
    -------
    LabelIssues
        All labels that were judged, the most suspicious ones first: slice it, as in
        ``issues[:50]``.

    Raises
    ------
    ValueError
        If there are fewer than 20 labels and answers together, or two classes, or
        labels are of another kind than the model's classes.
    TypeError
        If ``model`` is no classifier of this package, or was fitted on an array.

    See Also
    --------
    export_review : Hands them to a person.

    Notes
    -----
    After confident learning (Northcutt et al. 2021) and the table of confusions of
    Dawid and Skene (1979).

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import label_issues
    >>> docs = datasets.load_docs()
    >>> y = docs.target.copy()
    >>> right, y[7] = y[7], "sklearn.svm"
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0).fit(docs.graph, y)
    >>> issues = label_issues(student, docs.graph, y)
    >>> bool(docs.graph.node_ids[7] in issues[:60].nodes)
    True
    """
    reading = read_model(model, graph)
    step, table = reading.step, reading.selected_table()
    given, classes, is_label, teacher = _gather(graph, y, table, step.classes_)
    if len(given.codes) < _FEWEST or len(np.unique(given.codes)) < 2:
        raise ValueError(
            f"There are {len(given.codes)} labels and answers of "
            f"{len(np.unique(given.codes))} classes among the selected nodes; at least "
            f"{_FEWEST} of two classes are needed for some to speak of others. Give y, "
            "or a graph with rationales."
        )
    witnesses = hear_witnesses(graph, step._embedder(), step._hops(), given)
    doubt = np.where(is_label, np.nan, 1 - given.targets.max(axis=1))
    judged = judge_given(
        witnesses.evidence(given.hard.mean(axis=0)),
        given.codes,
        None if is_label.all() else doubt,
    )
    order = judged.order
    said, shares = _what_they_say(witnesses, teacher, classes)
    says = {kind: column[order] for kind, column in said.items()}
    by_kind = {kind: column[order] for kind, column in shares.items()}
    named = classes[given.codes][order]
    sources = np.where(is_label, "label", "answer")[order]
    positions = given.positions[order]
    return LabelIssues(
        graph=graph,
        nodes=graph.parent[positions].node_ids,
        positions=positions,
        classes=classes,
        suggestions=classes[_likeliest_other(judged.likely, given.codes)][order],
        scores=judged.wrong[order],
        reasons=_reasons(named, sources, says, by_kind),
        given=named,
        sources=sources,
        flagged=judged.wrong[order] > 0.5,
        says=says,
        shares=by_kind,
    )


def _gather(
    graph: TextGraph,
    y: Any,
    table: RationaleTable | None,
    known: NDArray[Any],
) -> tuple[Given, NDArray[Any], NDArray[np.bool_], NDArray[np.float64] | None]:
    """Return labels and answers, their classes, which are labels; answers beside them.

    The last are, row by row, what the teacher says of a node that the user labelled.
    """
    labels, is_labelled = read_labels(y, len(graph), known)
    used = labels[is_labelled] if is_labelled.any() else known[:0]
    told = known[:0] if table is None else table.classes
    classes = np.unique(np.concatenate([known, told, used]))
    # A node that a view repeats has the label that it was given first.
    at, first = np.unique(graph.rows[is_labelled], return_index=True)
    codes = np.searchsorted(classes, used[first])
    positions, targets = [at], [np.eye(len(classes))[codes]]
    of_teacher = np.full(
        (0 if table is None else len(graph.parent), len(classes)), np.nan
    )
    if table is not None:
        answers = np.zeros((len(table), len(classes)))
        answers[:, np.searchsorted(classes, table.classes)] = table.probabilities
        of_teacher[table.positions] = answers
        is_other = ~np.isin(table.positions, at)
        positions.append(table.positions[is_other])
        targets.append(answers[is_other])
    everyone, goals = np.concatenate(positions), np.concatenate(targets)
    order = np.argsort(everyone, kind="stable")
    is_label = (np.arange(len(everyone)) < len(at))[order]
    given = Given(everyone[order], goals[order], goals[order].argmax(axis=1))
    beside = None if table is None else of_teacher[given.positions]
    if beside is not None:
        beside[~is_label] = np.nan  # an answer is no witness of itself
    return given, classes, is_label, beside


def _likeliest_other(
    likely: NDArray[np.float64], codes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what each label would be if it were wrong: how likely that is, it says."""
    others = likely.copy()
    others[np.arange(len(codes)), codes] = -1.0
    best: NDArray[np.int64] = others.argmax(axis=1)
    return best


def _what_they_say(
    witnesses: Witnesses, teacher: NDArray[np.float64] | None, classes: NDArray[Any]
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[np.float64]]]:
    links = np.where(
        witnesses.links.any(axis=1, keepdims=True), witnesses.links, witnesses.heard
    )
    heard = dict(
        zip(_KINDS, (witnesses.committee, links, witnesses.texts), strict=True)
    )
    if teacher is not None and not np.isnan(teacher).all():
        heard["teacher"] = np.nan_to_num(teacher)
    says, shares = {}, {}
    for kind, opinion in heard.items():
        named = classes[opinion.argmax(axis=1)].astype(object)
        named[~opinion.any(axis=1)] = None
        says[kind], shares[kind] = named, opinion.max(axis=1)
    return says, shares


def _reasons(
    given: NDArray[Any],
    sources: NDArray[np.str_],
    says: dict[str, NDArray[Any]],
    shares: dict[str, NDArray[np.float64]],
) -> list[str]:
    """Say, per label, who contradicts it."""
    spoken = {
        "committee": "a committee of the other labels",
        "links": "linked nodes",
        "texts": "the nearest texts",
        "teacher": "the teacher",
    }
    reasons = []
    for row, (label, source) in enumerate(zip(given, sources, strict=True)):
        against = [
            f"{spoken[kind]} {says[kind][row]} ({shares[kind][row]:.0%})"
            for kind in says
            if says[kind][row] is not None and says[kind][row] != label
        ]
        told = "; ".join(against) or "nobody contradicts it"
        who = "the teacher says" if source == "answer" else "the label is"
        reasons.append(f"{who} {label}; {told}")
    return reasons
