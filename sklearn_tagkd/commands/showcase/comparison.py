"""A student held against what a user would otherwise do, on nodes without an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER, embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.interpreter import InterpreterGNNClassifier
from sklearn_tagkd.llm import RationaleClient, RecordedAnswers
from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
from sklearn_tagkd.student import DistilledStudentClassifier
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["Comparison", "MethodResult", "compare_methods"]


@dataclass
class MethodResult:
    """How one method did, seed by seed.

    Parameters
    ----------
    name : str
        Name of the method.
    accuracy : list of float
        Share of the test nodes predicted right.
    seconds : list of float
        Time of fitting; a student's includes its interpreter's.
    requests : int
        Questions asked while predicting, over all seeds.
    """

    name: str
    accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    requests: int = 0


@dataclass
class Comparison:
    """Results of all methods on one graph.

    Parameters
    ----------
    methods : list of MethodResult
        One per method.
    n_answers : int
        Answers learnt from.
    test_rows : ndarray of int of shape (n_test,)
        Labelled nodes without an answer.
    annotated : TextGraph
        The graph with its rationales.
    student : DistilledStudentClassifier
        Of the last seed.
    """

    methods: list[MethodResult]
    n_answers: int
    test_rows: NDArray[np.int64]
    annotated: TextGraph
    student: DistilledStudentClassifier


class _CountingClient(RationaleClient):
    """Passes questions on and counts them."""

    def __init__(self, client: RationaleClient) -> None:
        self._client = client
        self.answerable_nodes = client.answerable_nodes
        self.classes = client.classes
        self.n_questions = 0

    def ask(self, questions: Any) -> Any:
        self.n_questions += len(questions)
        return self._client.ask(questions)


def compare_methods(
    graph: TextGraph,
    target: NDArray[Any],
    answers: Any,
    *,
    n_seeds: int = 5,
    encoder: Any = DEFAULT_ENCODER,
    device: str = "auto",
    progress: bool | str = "auto",
) -> Comparison:
    """Fit every method on recorded answers and score it on all other nodes.

    Parameters
    ----------
    graph : TextGraph
        All nodes.
    target : ndarray of str of shape (n_nodes,)
        True labels, ``''`` where there is none; they are used for scoring alone.
    answers : str or Path
        File of recorded answers.
    n_seeds : int, default=5
        Number of fits per method; the seeds are 0, 1, 2, ...
    encoder : str or TextEncoder, default='all-MiniLM-L6-v2'
        What embeds texts.
    device : str, default='auto'
        Where to compute.
    progress : bool or 'auto', default='auto'
        Whether to show progress bars.

    Returns
    -------
    Comparison
        Results, and what there is to show of them.
    """
    client = _CountingClient(RecordedAnswers(answers))
    labels = sorted(set(target.tolist()) - {""})
    asking = LLMRationaleTransformer(llm=client, classes=labels or None)
    annotated = asking.fit_transform(graph)
    table = annotated.annotations["rationales"]
    answered = np.zeros(len(graph), dtype=bool)
    answered[table.positions] = True
    test_rows = np.flatnonzero(~answered & (target != ""))
    # Once, before any clock runs; every fit then finds its embeddings in the cache.
    embed_texts(graph.texts, encoder, device=device, progress=progress)
    shared = {"encoder": encoder, "device": device, "progress": False}
    methods = [MethodResult(name) for name in ("MLP", "GCN", "interpreter", "student")]
    with progress_bar(4 * n_seeds, "train", "model", progress) as bar:
        for seed in range(n_seeds):
            options = {**shared, "random_state": seed}
            student = DistilledStudentClassifier(**options)
            models = [
                MLPClassifier(**options),
                GCNClassifier(**options),
                InterpreterGNNClassifier(**options),
                student,
            ]
            carries, spent = annotated, 0.0
            for result, model in zip(methods, models, strict=True):
                start = time.perf_counter()
                if isinstance(model, InterpreterGNNClassifier):
                    carries = model.fit_transform(carries)
                    seen = annotated  # with rationales, and nothing of the student's
                else:
                    model.fit(carries)
                    seen = graph
                seconds = time.perf_counter() - start
                # A student costs what its interpreter cost, and its own training.
                spent = seconds + (spent if model is student else 0.0)
                asked_before = client.n_questions
                test = seen[test_rows]
                result.accuracy.append(model.score(test, target[test_rows]))
                result.requests += client.n_questions - asked_before
                result.seconds.append(spent)
                bar.update(1)
    return Comparison(methods, len(table), test_rows, annotated, student)
