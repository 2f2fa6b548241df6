"""Whether label sets hold the true label as often as asked for, and how large they are.

    python benchmarks/label_sets.py FOLDER... --splits 20

Per folder (or ``docs``) a student learns 140 recorded answers about random nodes, or,
where there are none, the true labels of 200. Of the other labelled nodes a random 300
calibrate and the rest are predicted, 20 times over. Per score, without smoothing and
with what ``smoothing='auto'`` chooses: mean coverage ± standard deviation over splits,
mean size of a set, and the mean weight chosen; confidence level 0.9.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    datasets,
)
from sklearn_tagkd.inspection import predict_set
from sklearn_tagkd.rationales import check_rationales, read_answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--calibration", type=int, default=300)
    parser.add_argument("--scores", nargs="+", default=["lac", "aps", "raps"])
    options = parser.parse_args()
    print("| graph | score | coverage | smoothed | size | smoothed | weight |")
    print("|---|---|---|---|---|---|---|")
    for folder in options.folders:
        is_docs = not (folder / "nodes.parquet").is_file()
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(folder)
        target = np.asarray(bunch.target).astype(str)
        student, unseen = teach(bunch, target)
        for score in options.scores:
            rows = [
                split(student, bunch.graph, target, unseen, score, seed, options)
                for seed in range(options.splits)
            ]
            (bare, size, _), (smooth, smaller, weight) = np.mean(rows, axis=0)
            spread = np.std(rows, axis=0)[:, 0]
            print(
                f"| {folder.name} | {score} | {bare:.3f} ± {spread[0]:.3f} | "
                f"{smooth:.3f} ± {spread[1]:.3f} | {size:.2f} | {smaller:.2f} | "
                f"{weight:.2f} |",
                flush=True,
            )


def teach(bunch, target):
    """Return a student, and the labelled nodes that it has not learnt."""
    graph, random = bunch.graph, np.random.RandomState(0)
    quiet = {"random_state": 0, "progress": False}
    labelled = np.flatnonzero(target != "")
    if bunch.get("answers") is None:
        chosen = random.permutation(labelled)[:200]
        student = DistilledStudentClassifier(**quiet)
        student.fit(graph[chosen], target[chosen])
        return student, np.setdiff1d(labelled, chosen)
    table = check_rationales(read_answers(bunch.answers)[0], graph, bunch.target_names)
    chosen = random.permutation(table.positions)[:140]
    told = graph.annotated(rationales=table.select(np.isin(table.positions, chosen)))
    taught = InterpreterGNNClassifier(**quiet).fit_transform(told)
    student = DistilledStudentClassifier(**quiet).fit(taught)
    return student, np.setdiff1d(labelled, chosen)


def split(student, graph, target, unseen, score, seed, options):
    """Return coverage, size and weight, without smoothing and with it."""
    order = np.random.RandomState(seed).permutation(unseen)
    held, rest = order[: options.calibration], order[options.calibration :]
    found = []
    for smoothing in (0.0, "auto"):
        sets = predict_set(
            student,
            graph[rest],
            calibration=(graph[held], target[held]),
            conformity_score=score,
            smoothing=smoothing,
            random_state=seed,
        )
        columns = np.searchsorted(sets.classes, target[rest])
        known = np.minimum(columns, len(sets.classes) - 1)
        holds = sets.sets[np.arange(len(rest)), known]
        holds &= sets.classes[known].astype(str) == target[rest]
        found.append((holds.mean(), sets.sizes.mean(), sets.smoothing))
    return found


if __name__ == "__main__":
    main()
