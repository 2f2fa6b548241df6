"""A student held against what a user would otherwise do, on nodes without an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.commands.showcase.counting import CountingClient
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER, embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.interpreter import InterpreterGNNClassifier
from sklearn_tagkd.llm import RecordedAnswers
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
    n_asked : int
        Questions asked for what it learns.
    n_texts : int
        Texts of the graph in them: what would leave the machine.
    accuracy : list of float
        Share of the test nodes predicted right.
    seconds : list of float
        Time of fitting; a student's includes its interpreter's.
    requests : int
        Questions asked while predicting, over all seeds.
    """

    name: str
    n_asked: int
    n_texts: int
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
    model : Pipeline
        Who asked, interpreter and student of the last seed, as if fitted together.
    """

    methods: list[MethodResult]
    n_answers: int
    test_rows: NDArray[np.int64]
    annotated: TextGraph
    model: Pipeline

    @property
    def student(self) -> DistilledStudentClassifier:
        """The student of the last seed."""
        student: DistilledStudentClassifier = self.model[-1]
        return student


def compare_methods(
    graph: TextGraph,
    target: NDArray[Any],
    answers: str | Path,
    class_profiles: str | Path | None = None,
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
    class_profiles : str or Path, default=None
        File of class profiles. A further student learns from them, and from nothing
        else: no node is asked about.
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
    client = CountingClient(RecordedAnswers(answers, profiles=class_profiles))
    names = sorted(set(target.tolist()) - {""}) or None
    asking = LLMRationaleTransformer(llm=client, classes=names)
    annotated = asking.fit_transform(graph)
    table = annotated.annotations["rationales"]
    is_test = target != ""
    is_test[table.positions] = False
    test_rows = np.flatnonzero(is_test)
    asked = client.counts()
    methods = [
        MethodResult(name, *asked) for name in ("MLP", "GCN", "interpreter", "student")
    ]
    texts, named = list(graph.texts), None
    if class_profiles is not None:
        client.start_again()
        profiling = LLMRationaleTransformer(
            llm=client, classes=names, class_profiles="ask", max_nodes=0
        )
        named = profiling.fit_transform(graph)
        methods.append(MethodResult("class names alone", *client.counts()))
        texts += named.annotations["profiles"].lessons()[0]
    client.start_again()
    # Once, before any clock runs; every fit then finds its embeddings in the cache.
    embed_texts(texts, encoder, device=device, progress=progress)
    test = graph[test_rows]
    with progress_bar(len(methods) * n_seeds, "train", "model", progress) as bar:
        for seed in range(n_seeds):
            options = {
                "encoder": encoder,
                "device": device,
                "progress": False,
                "random_state": seed,
            }
            steps = []
            for result, (model, seconds) in zip(
                methods, _fitted_models(annotated, named, options), strict=True
            ):
                is_interpreter = isinstance(model, InterpreterGNNClassifier)
                # An interpreter looks at rationales, a student at nothing of the kind.
                seen = annotated[test_rows] if is_interpreter else test
                asked_before, _ = client.counts()
                result.accuracy.append(model.score(seen, target[test_rows]))
                result.requests += client.counts()[0] - asked_before
                result.seconds.append(seconds)
                if result.name in ("interpreter", "student"):
                    steps.append((result.name, model))
                bar.update(1)
    model = Pipeline([("rationales", asking), *steps])
    return Comparison(methods, len(table), test_rows, annotated, model)


def _fitted_models(
    annotated: TextGraph, named: TextGraph | None, options: dict[str, Any]
) -> Iterator[tuple[Any, float]]:
    """Fit one model per method, in their order; each with the seconds it took."""
    for baseline in (MLPClassifier(**options), GCNClassifier(**options)):
        start = time.perf_counter()
        yield baseline.fit(annotated), time.perf_counter() - start
    yield from _distilled(annotated, options)
    if named is not None:
        *_, student = _distilled(named, options)
        yield student


def _distilled(
    annotated: TextGraph, options: dict[str, Any]
) -> Iterator[tuple[Any, float]]:
    """Fit an interpreter, and the student that it teaches."""
    interpreter = InterpreterGNNClassifier(**options)
    start = time.perf_counter()
    taught = interpreter.fit_transform(annotated)
    spent = time.perf_counter() - start
    yield interpreter, spent
    start = time.perf_counter()
    student = DistilledStudentClassifier(**options).fit(taught)
    # A student costs what its interpreter cost, and its own training.
    yield student, spent + time.perf_counter() - start
