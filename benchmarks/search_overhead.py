"""What a grid search costs beyond the training that it is made of.

    python benchmarks/search_overhead.py             # the docs graph
    python benchmarks/search_overhead.py FOLDER      # a folder with answers.jsonl

Embeddings are computed, untimed, before; answers are recorded. "ratio" is the wall
time of ``GridSearchCV.fit``, scoring and refit included, over the time that its fits
spent in training: of networks, propagation included, and of the interpreter's
committee, the reduction of its views not included. Then the same search with two
workers: the threads that torch runs in a worker, and the bytes that are pickled for
each task.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky.backend import queues
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.learning import second_opinion
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.nn.training import loop as training

GRID = {"student__structural_weight": [0, 1], "student__output_weight": [1, 5]}


def clocks() -> np.ndarray:
    """Return wall and processor time; the latter is for busy machines."""
    return np.array([time.perf_counter(), time.process_time()])


@contextmanager
def timed_training():
    """Collect the seconds of every training, of networks and of committees."""
    seconds = {"train_network": [], "cotrain": []}
    trainers = [(training, "train_network"), (second_opinion, "cotrain")]
    originals = [getattr(module, name) for module, name in trainers]

    def timed(name, train):
        def run(*args, **kwargs):
            start = clocks()
            try:
                return train(*args, **kwargs)
            finally:
                seconds[name].append(clocks() - start)

        return run

    for (module, name), train in zip(trainers, originals, strict=True):
        setattr(module, name, timed(name, train))
    try:
        yield seconds
    finally:
        for (module, name), train in zip(trainers, originals, strict=True):
            setattr(module, name, train)


@contextmanager
def weighed_tasks():
    """Collect the sizes of what is sent to workers."""
    sizes, dumps = [], queues.dumps

    def weighed(task, *args, **kwargs):
        pickled = dumps(task, *args, **kwargs)
        sizes.append(len(pickled))
        return pickled

    queues.dumps = weighed
    try:
        yield sizes
    finally:
        queues.dumps = dumps


def worker_threads(_: int) -> tuple[int, int]:
    import torch

    time.sleep(1)  # so that both workers get one
    return os.getpid(), torch.get_num_threads()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default="docs")
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--folds", type=int, default=3)
    options = parser.parse_args()
    is_docs = options.graph == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.graph)
    shared = {"encoder": options.encoder, "random_state": 0, "progress": False}
    llm = RecordedAnswers(bunch.answers)
    model = Pipeline(
        [
            ("rationales", LLMRationaleTransformer(llm, bunch.target_names)),
            ("interpreter", InterpreterGNNClassifier(**shared)),
            ("student", DistilledStudentClassifier(**shared)),
        ]
    )
    rows = np.flatnonzero(bunch.target != "")
    graph, y = bunch.graph[rows], bunch.target[rows]
    folds = StratifiedKFold(options.folds, shuffle=True, random_state=0)
    clone(model).fit(graph)  # every text and phrase is embedded now
    embed_texts(graph.texts, options.encoder)
    print(f"{Path(options.graph).name}: {graph}, {options.encoder}")

    search = GridSearchCV(model, GRID, cv=folds)
    with timed_training() as seconds:
        start = clocks()
        search.fit(graph, y)
        whole = clocks() - start
    networks, committees = (np.sum(each, axis=0) for each in seconds.values())
    trained, n_trainings = networks + committees, sum(map(len, seconds.values()))
    n_fits = len(search.cv_results_["params"]) * options.folds + 1
    print(
        f"{n_fits} fits one after the other: {whole[0]:.1f} s, of which "
        f"{trained[0]:.1f} s in {n_trainings} trainings; ratio "
        f"{whole[0] / trained[0]:.2f} (processor time: {whole[1] / trained[1]:.2f}; "
        f"with committees as overhead {whole[0] / networks[0]:.2f} and "
        f"{whole[1] / networks[1]:.2f})"
    )

    found = dict(Parallel(n_jobs=2)(delayed(worker_threads)(i) for i in range(4)))
    print(f"threads of torch per worker: {sorted(found.values())}")
    with weighed_tasks() as sizes:
        start = time.perf_counter()
        GridSearchCV(model, GRID, cv=folds, n_jobs=2, refit=False).fit(graph, y)
        wall = time.perf_counter() - start
    n_bytes = sum(len(text.encode()) for text in graph.parent.texts)
    print(
        f"{n_fits - 1} fits on two workers: {wall:.1f} s; {len(sizes)} messages, "
        f"{np.mean(sizes) / 1024:.0f} KiB each on average, {max(sizes) / 1024:.0f} KiB "
        f"at most; the texts are {n_bytes / 1024:.0f} KiB"
    )


if __name__ == "__main__":
    main()
