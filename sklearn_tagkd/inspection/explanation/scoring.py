"""How much the things matter that explanations name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.utils import check_random_state

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.explanation.agreement import (
    agreement_on_neighbors,
    agreement_on_words,
    neighbors_of_answer,
)
from sklearn_tagkd.inspection.explanation.evidence import NodeEvidence
from sklearn_tagkd.inspection.explanation.explain import embedded_phrases
from sklearn_tagkd.inspection.explanation.paired import ExplanationScores, PairedScore
from sklearn_tagkd.inspection.explanation.phrases import Phrase
from sklearn_tagkd.inspection.explanation.trials import (
    KINDS,
    Material,
    Trial,
    trials_of,
)
from sklearn_tagkd.inspection.explanation.what_if import embed_changed
from sklearn_tagkd.inspection.options import check_whole, holds_some_of
from sklearn_tagkd.inspection.reading import Reading, positions_of, read_model

__all__ = ["explanation_scores"]

_DRAWN = 20  # random choices of phrases per answer

Pairs = dict[str, list[tuple[float, float]]]


def explanation_scores(
    model: Any,
    graph: TextGraph,
    nodes: Any,
    *,
    budget: int = 5,
    budgets: Sequence[int] = (1, 2, 5, 10),
    kinds: Sequence[str] = KINDS,
    reach: int = 2,
    n_random: int = 3,
    random_state: Any = 0,
) -> ExplanationScores:
    """Take away what explanations name, keep nothing else, and see what is predicted.

    Each score stands beside that of random links and phrases, as many, of those that an
    explanation chooses from. *Comprehensiveness*: by how much the probability of the
    predicted class falls without them; *sufficiency*: with them alone (0 is best);
    their *areas*: means over ``budgets``; after ERASER (arXiv:1911.03429). *Fidelity
    plus* and *minus*: how often the prediction changes without them and with them
    alone, of the model's own prediction, as PyG defines it. *Agreement*, of nodes that
    a language model answered about and that the model was not fitted on: F1 of the
    words of the phrases and the checked keywords; and, of the neighbours shown, the
    share of key ones among as many that carry the label most.

    Parameters
    ----------
    model : Pipeline or estimator
        As for :func:`explain`.
    graph : TextGraph
        The graph to predict. Rationales on it are what agreement is held against.
    nodes : array-like of node ids or of int, node id, or TextGraph
        Which nodes, as for :func:`explain`. Of the nodes that the language model
        answered about, a pipeline knows which it was fitted on; for a step alone, give
        those that were held out.
    budget : int, default=5
        Links and phrases of an explanation.
    budgets : sequence of int, default=(1, 2, 5, 10)
        Of the areas.
    kinds : sequence of {'links', 'words', 'both'}, default=all
        What to take away. Links alone embed no text.
    reach : {1, 2}, default=2
        Whether links are the node's own, or its neighbours' too.
    n_random : int, default=3
        Random choices per node and budget, whose mean counts.
    random_state : int, RandomState instance or None, default=0
        Makes them.

    Returns
    -------
    ExplanationScores
        Kinds ``links``, ``words`` and ``both``, and agreement on ``words`` and
        ``neighbors``; with intervals of a bootstrap over nodes. Nodes that have no more
        to choose from than the explanation takes are left out of its kind.

    Raises
    ------
    TypeError, ValueError
        As :func:`explain` raises them.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import explanation_scores
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> student = student.fit(docs.graph[::2], docs.target[::2])
    >>> scores = explanation_scores(
    ...     student, docs.graph, range(1, 60, 6), budgets=(5,), n_random=2)
    >>> scores["both", "comprehensiveness"].difference > 0
    True
    """
    sizes = _checked(budget, budgets, kinds, reach, n_random)
    reading = read_model(model, graph)
    positions = positions_of(graph, nodes)
    random = check_random_state(random_state)
    materials = _materials(reading, positions, budget, reach, kinds)
    trials = [trials_of(found, sizes, n_random, random, kinds) for found in materials]
    rows = _embedded(reading, positions, trials)
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for node, of_node, of_rows in zip(positions.tolist(), trials, rows, strict=True):
        said = _said(reading, node, of_node, of_rows)
        for kind in kinds:
            if any(trial.kind == kind for trial in of_node):
                for measure, pair in _measures(kind, of_node, said, budget, budgets):
                    pairs.setdefault((kind, measure), []).append(pair)
    agreed, notes = _agreements(reading, positions, materials, budget, random)
    pairs |= {(kind, "agreement"): found for kind, found in agreed.items()}
    scores = [
        PairedScore.of(kind, measure, *np.array(found).T)
        for (kind, measure), found in sorted(pairs.items())
        if found
    ]
    return ExplanationScores(scores, notes)


def _materials(
    reading: Reading,
    positions: NDArray[np.int64],
    budget: int,
    reach: int,
    kinds: Sequence[str],
) -> list[Material]:
    ids, found = np.empty(0), []
    texts = reading.graph.parent[positions].texts
    nothing: list[tuple[list[Phrase], NDArray[np.float32]]]
    nothing = [([], np.empty((0, 0), dtype=np.float32))] * len(positions)
    reads = "words" in kinds or "both" in kinds
    read = embedded_phrases(reading, positions) if reads else nothing
    for node, text, (phrases, rows) in zip(
        positions.tolist(), texts, read, strict=True
    ):
        about = NodeEvidence(reading, node, ids, budget)
        found.append(Material.of(about, node, reach, text, phrases, rows))
    return found


def _embedded(
    reading: Reading, positions: NDArray[np.int64], trials: list[list[Trial]]
) -> list[dict[int, NDArray[np.float32]]]:
    """Embed the other texts of all nodes at once; by node, by number of the trial."""
    wanted = [
        (place, number, trial.text)
        for place, of_node in enumerate(trials)
        for number, trial in enumerate(of_node)
        if trial.text is not None
    ]
    places = np.array([place for place, _, _ in wanted], dtype=np.int64)
    rows = embed_changed(reading, [text for _, _, text in wanted], positions[places])
    found: list[dict[int, NDArray[np.float32]]] = [{} for _ in trials]
    for (place, number, _), row in zip(wanted, rows, strict=True):
        found[place][number] = row
    return found


def _said(
    reading: Reading,
    node: int,
    trials: list[Trial],
    rows: dict[int, NDArray[np.float32]],
) -> NDArray[np.float64]:
    """Return class probabilities: as it is, then of every trial."""
    about = NodeEvidence(reading, node, np.empty(0), 1)
    changes = [about.changes.nothing()]
    changes += [
        about.changes.cut(trial.pairs, rows.get(number))
        for number, trial in enumerate(trials)
    ]
    said: NDArray[np.float64] = softmax(about.changes.field.outcomes(changes), axis=1)
    return said


def _measures(
    kind: str,
    trials: list[Trial],
    said: NDArray[np.float64],
    budget: int,
    budgets: Sequence[int],
) -> list[tuple[str, tuple[float, float]]]:
    """Return each measure of a node, for the explanation and for random choices."""
    best = int(said[0].argmax())
    falls = said[0, best] - said[1:, best]
    changes = said[1:].argmax(axis=1) != best

    def both(values: NDArray[Any], keeps: bool, size: int) -> tuple[float, float]:
        of_kind = [
            (trial.draw < 0, values[number])
            for number, trial in enumerate(trials)
            if (trial.kind, trial.keeps, trial.budget) == (kind, keeps, size)
        ]
        ours = [value for is_ours, value in of_kind if is_ours]
        theirs = [value for is_ours, value in of_kind if not is_ours]
        return float(np.mean(ours)), float(np.mean(theirs))

    found = []
    for name, keeps in (("comprehensiveness", False), ("sufficiency", True)):
        found.append((name, both(falls, keeps, budget)))
        each = np.array([both(falls, keeps, size) for size in budgets])
        ours, theirs = each.mean(axis=0)
        found.append((f"{name}_area", (float(ours), float(theirs))))
    found.append(("fidelity_plus", both(changes, False, budget)))
    found.append(("fidelity_minus", both(changes, True, budget)))
    return found


def _agreements(
    reading: Reading,
    positions: NDArray[np.int64],
    materials: list[Material],
    budget: int,
    random: np.random.RandomState,
) -> tuple[Pairs, list[str]]:
    """Hold explanations against the reasons of held-out answers."""
    table, notes = reading.table, []
    if table is None:
        return {}, ["Agreement: the graph has no rationales to hold words against."]
    held_out = np.isin(positions, table.positions)
    if reading.learnt_from is None:
        notes.append(
            "Agreement: whether the answers were held out of training is not known."
        )
    else:
        held_out &= ~np.isin(positions, reading.learnt_from)
    found: Pairs = {"words": [], "neighbors": []}
    for number in np.flatnonzero(held_out):
        row = int(np.searchsorted(table.positions, positions[number]))
        material = materials[number]
        words = agreement_on_words(
            material.text,
            material.phrases,
            material.best_phrases[:budget],
            list(table.keywords[row]),
            _DRAWN,
            random,
        )
        shown, is_key = neighbors_of_answer(table, row)
        neighbors = None
        if reading.sees_links and 0 < is_key.sum() < len(is_key):
            about = NodeEvidence(reading, int(positions[number]), np.empty(0), budget)
            neighbors = agreement_on_neighbors(about.neighbor_effects(shown), is_key)
        if words is not None:
            found["words"].append(words)
        if neighbors is not None:
            found["neighbors"].append(neighbors)
    return found, notes


def _checked(
    budget: int,
    budgets: Sequence[int],
    kinds: Sequence[str],
    reach: int,
    n_random: int,
) -> tuple[int, ...]:
    """Return all sizes of explanations, each once."""
    check_whole("n_random", n_random)
    if isinstance(budgets, str) or not isinstance(budgets, Iterable) or not budgets:
        raise ValueError(f"budgets={budgets!r} is to hold whole numbers, 1 or more.")
    sizes = {check_whole("budget", budget)}
    sizes |= {check_whole("an entry of budgets", size) for size in budgets}
    if not holds_some_of(kinds, KINDS):
        raise ValueError(f"kinds has to hold some of {list(KINDS)}; got {kinds!r}.")
    if reach not in (1, 2):
        raise ValueError(f"reach has to be 1 or 2; got {reach!r}.")
    return tuple(sorted(sizes))
