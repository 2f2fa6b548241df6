"""How sure a student is, and how right: before and after it is calibrated.

    python benchmarks/calibration.py docs FOLDER FOLDER --answers 140 --seeds 5
    python benchmarks/calibration.py FOLDER --labels labels_gpt35.jsonl
    python benchmarks/calibration.py FOLDER --right 0.8

Teaches a student random answers, with default parameters: recorded ones, the first
labels of a file of the folder, or true labels of which a share is replaced by others at
random, and scores it on every labelled node that has no answer. Nobody looks at a true
label but for that. Prints means over seeds and their standard deviation; before is the
same student without its ``sharpness_``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    datasets,
)
from sklearn_tagkd.commands.benchmark.metrics import score_predictions
from sklearn_tagkd.rationales import Rationale, check_rationales, read_answers

COLUMNS = ("accuracy", "calibration_error", "log_loss")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graphs", nargs="+", help="'docs', or folders")
    parser.add_argument("--answers", type=int, nargs="+", default=[140])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", help="file of labels in the folder")
    parser.add_argument("--right", type=float, help="share of true labels kept")
    options = parser.parse_args()
    print("| graph | answers | sharpness | accuracy | error | log-loss |")
    print("|---|---|---|---|---|---|")
    for graph in options.graphs:
        is_docs = graph == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(graph)
        for n_answers in options.answers:
            found = np.array(
                [
                    measure(bunch, Path(graph), options, n_answers, seed)
                    for seed in range(options.seeds)
                ]
            )
            mean, spread = found.mean(axis=0), found.std(axis=0)
            told = " | ".join(
                f"{mean[i]:.3f} to {mean[i + 3]:.3f} (± {spread[i + 3]:.3f})"
                for i in (1, 2, 3)
            )
            print(f"| {Path(graph).name} | {n_answers} | {mean[0]:.2f} | {told} |")


def measure(bunch, folder, options, n_answers, seed):
    """Return a student's sharpness, and its scores before and after."""
    graph, classes = bunch.graph, np.array(bunch.target_names)
    table, test = answers(bunch, folder, options, n_answers, seed)
    quiet = {"random_state": seed, "progress": False}
    taught = InterpreterGNNClassifier(**quiet).fit_transform(
        graph.annotated(rationales=table)
    )
    student = DistilledStudentClassifier(**quiet).fit(taught)
    after = student.predict_proba(graph[test])
    sharpness = student.sharpness_
    student.network_ = student.network_.sharpened(1 / sharpness)
    before = student.predict_proba(graph[test])
    true = np.searchsorted(classes, bunch.target[test].astype(classes.dtype))
    scores = [score_predictions(said, true) for said in (before, after)]
    return [sharpness, *(some[name] for some in scores for name in COLUMNS)]


def answers(bunch, folder, options, n_answers, seed):
    """Return a table of random answers, and the nodes to test on."""
    graph, classes = bunch.graph, np.array(bunch.target_names)
    random = np.random.RandomState(seed)
    known = bunch.target != ""
    if not options.labels and options.right is None:
        table = check_rationales(read_answers(bunch.answers)[0], graph, classes)
        chosen = random.permutation(table.positions)[:n_answers]
        test = known & ~np.isin(np.arange(len(graph)), table.positions)
        return table.select(np.isin(table.positions, chosen)), test
    labels = bunch.target.astype(object)
    if options.labels:
        lines = (folder / options.labels).read_text(encoding="utf-8").splitlines()
        named = {x["node"]: (x["ranked"] or [""])[0] for x in map(json.loads, lines)}
        labels = np.array([named.get(node, "") for node in graph.node_ids], object)
    else:
        wrong = random.rand(len(labels)) >= options.right
        labels[wrong] = random.choice(classes, int(wrong.sum()))
    askable = np.flatnonzero(known & np.isin(labels, classes))
    asked = random.permutation(askable)[:n_answers]
    records = [Rationale(graph.node_ids[i], {str(labels[i]): 1.0}) for i in asked]
    table = check_rationales(records, graph, classes)
    return table, known & ~np.isin(np.arange(len(graph)), asked)


if __name__ == "__main__":
    main()
