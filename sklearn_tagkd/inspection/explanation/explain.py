"""Why a fitted model gives nodes their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.explanation.evidence import (
    NodeEvidence,
    plain,
    rationale_of,
)
from sklearn_tagkd.inspection.explanation.lessons import Lessons
from sklearn_tagkd.inspection.explanation.phrases import (
    Phrase,
    text_phrases,
    without,
)
from sklearn_tagkd.inspection.explanation.result import Explanation, Explanations
from sklearn_tagkd.inspection.explanation.what_if import embed_changed
from sklearn_tagkd.inspection.options import check_whole, holds_some_of
from sklearn_tagkd.inspection.reading import Reading, positions_of, read_model
from sklearn_tagkd.rationales import Rationale

__all__ = ["embedded_phrases", "explain"]

PARTS = ("words", "neighbors", "links", "taught_by")


def explain(
    model: Any,
    graph: TextGraph,
    nodes: Any,
    budget: int = 10,
    *,
    parts: Sequence[str] = PARTS,
    reach: int = 2,
) -> Explanations:
    """Say what carries the labels that a model gives to nodes.

    Effects are margins: the logit of the predicted class less that of the runner-up, as
    it is, less what it would be without something. Words: the text is embedded anew
    without each phrase, all phrases of all nodes in one batch that the embedding cache
    keeps. A neighbour is taken away with all of its links, a link in both directions
    where it has none of its own, and what they leave is normalised again, as if the
    graph had been made without them. Backbones ``'decoupled'`` and ``'mlp'`` propagate
    nothing anew for that, and are exact to the rounding of single precision; the others
    compute the node's surroundings anew.

    Parameters
    ----------
    model : Pipeline or estimator
        A fitted interpreter, student or baseline, a pipeline that ends with one, or a
        search that has found one; out of a file too.
    graph : TextGraph
        The graph to predict: the training graph or another.
    nodes : array-like of node ids, of int or of bool, node id, or TextGraph
        Which nodes. Integers that are no ids count the nodes of ``graph`` from 0; a
        mask has one truth value for each of them.
    budget : int, default=10
        Most phrases, neighbours, links and answers to name, of each.
    parts : sequence of {'words', 'neighbors', 'links', 'taught_by'}, default=all
        What to look for. Words take the time of embedding some 32 texts a node, and 320
        at most, where punctuation sets them apart.
    reach : {1, 2}, default=2
        Whether to look at the node's own links alone, or at its neighbours' too.

    Returns
    -------
    Explanations
        One :class:`Explanation` per node, in their order; ``to_frame()`` makes a table
        of them. Only what speaks for the label is named, most first.

    Raises
    ------
    TypeError, ValueError
        If the model, the graph or the nodes are none, or do not belong together; if an
        argument is out of range.
    NotFittedError
        If the model is not fitted.

    See Also
    --------
    explanation_scores : How much what is named here matters.

    Notes
    -----
    The answers that taught the model are known to a pipeline in memory, and on a graph
    annotated with rationales. A file holds none: after
    :func:`~sklearn_tagkd.load`, give ``graph.annotated(rationales=table)``, with the
    table of :func:`~sklearn_tagkd.rationales.check_rationales`. What an answer adds is
    what it adds in a softmax regression of all answers, on the rows that the model
    looks at.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import (
    ...     InterpreterGNNClassifier, LLMRationaleTransformer, datasets)
    >>> from sklearn_tagkd.inspection import explain
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> model = make_pipeline(
    ...     LLMRationaleTransformer(llm=RecordedAnswers(docs.answers)),
    ...     InterpreterGNNClassifier(encoder="hashing", max_iter=20, random_state=0),
    ... ).fit(docs.graph)
    >>> found = explain(model, docs.graph, ["scipy.stats.norm"], budget=3)
    >>> found[0].label, len(found[0].words), len(found[0].taught_by)
    ('scipy.stats', 3, 3)
    >>> found.to_frame()["kind"].unique().tolist()
    ['word', 'neighbor', 'link', 'taught_by']
    """
    _check(budget, parts, reach)
    reading = read_model(model, graph)
    positions = positions_of(graph, nodes)
    probabilities = reading.step.predict_proba(reading.graph.parent[positions])
    ids = reading.graph.parent.node_ids
    read = embedded_phrases(reading, positions) if "words" in parts else None
    table = reading.lessons() if "taught_by" in parts else None
    lessons = None if table is None else Lessons(reading, table, positions)
    found = []
    for number, node in enumerate(positions.tolist()):
        about = NodeEvidence(reading, node, ids, budget)
        classes = reading.step.classes_
        found.append(
            Explanation(
                node=plain(ids[node]),
                label=plain(classes[about.best]),
                runner_up=plain(classes[about.second]),
                probability=float(probabilities[number, about.best]),
                margin=about.margin,
                words=() if read is None else about.words(*read[number]),
                neighbors=about.neighbors() if "neighbors" in parts else (),
                links=about.links(reach) if "links" in parts else (),
                taught_by=about.taught_by(lessons) if "taught_by" in parts else (),
                rationale=_rationale(reading, node, ids),
                notes=tuple(about.notes),
            )
        )
    return Explanations(found)


def embedded_phrases(
    reading: Reading, positions: NDArray[np.int64]
) -> list[tuple[list[Phrase], NDArray[np.float32]]]:
    """Embed nodes' texts without each of their phrases, in one batch.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    positions : ndarray of int64 of shape (n_nodes,)
        Which nodes.

    Returns
    -------
    list of (list of Phrase, ndarray of float32 of shape (n_phrases, n_dimensions))
        One per node; no phrase where the model reads no texts.
    """
    texts = reading.graph.parent[positions].texts
    reads = reading.step._embedder().reads_texts
    phrases = [text_phrases(text) if reads else [] for text in texts]
    left = [
        without(text, [phrase])
        for text, of_node in zip(texts, phrases, strict=True)
        for phrase in of_node
    ]
    counts = [len(of_node) for of_node in phrases]
    rows = embed_changed(reading, left, np.repeat(positions, counts))
    parts = np.split(rows, np.cumsum(counts)[:-1])
    return list(zip(phrases, parts, strict=True))


def _rationale(reading: Reading, node: int, ids: NDArray[Any]) -> Rationale | None:
    if reading.table is None:
        return None
    places = np.flatnonzero(reading.table.positions == node)
    return rationale_of(reading.table, int(places[0]), ids) if len(places) else None


def _check(budget: int, parts: Sequence[str], reach: int) -> None:
    check_whole("budget", budget)
    if not holds_some_of(parts, PARTS):
        raise ValueError(f"parts has to hold some of {list(PARTS)}; got {parts!r}.")
    if reach not in (1, 2):
        raise ValueError(f"reach has to be 1 or 2; got {reach!r}.")
