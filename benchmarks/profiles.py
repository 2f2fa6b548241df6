"""What class profiles, and a guard of a user's labels, are worth.

    python benchmarks/profiles.py FOLDER --answers 0 35 70 140 --seeds 10
    python benchmarks/profiles.py FOLDER --labels 70 --answers 140 350 --seeds 5

The first form teaches a student random subsets of the recorded answers, without and
with the folder's ``class_profiles.jsonl``. The second gives an interpreter so many true
labels of random nodes, and answers about others: of ``labels_gpt35.jsonl`` where the
folder has it, at random, and right for nine in ten. Default parameters; scored on every
labelled node that was neither answered nor labelled. Prints means over seeds, their
standard deviation and the paired difference.
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
from sklearn_tagkd.rationales import (
    Rationale,
    check_profiles,
    check_rationales,
    read_answers,
    read_profiles,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profiles", type=Path, help="default: in the folder")
    parser.add_argument("--answers", type=int, nargs="+", default=[0, 35, 70, 140])
    parser.add_argument("--labels", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    is_docs = not (options.folder / "nodes.parquet").is_file()
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.folder)
    for n_answers in options.answers:
        scores = [
            guarded(bunch, options, n_answers, seed)
            if options.labels
            else profiled(bunch, options, n_answers, seed)
            for seed in range(options.seeds)
        ]
        report(f"{options.folder.name}, {n_answers} answers", scores)


def report(title, scores):
    """Print each column of scores, and how far it is from the first."""
    first = None
    for name in scores[0]:
        column = np.array([row[name] for row in scores])
        first = column if first is None else first
        gain = 100 * (column - first).mean()
        told = f"{column.mean():.4f} ± {column.std():.4f} | {gain:+.2f}"
        print(f"| {title} | {name} | {told} |", flush=True)


def profiled(bunch, options, n_answers, seed):
    """Return accuracies of a student without and with profiles."""
    graph, classes = bunch.graph, bunch.target_names
    path = options.profiles or options.folder / "class_profiles.jsonl"
    profiles = check_profiles(read_profiles(path), classes)
    table = check_rationales(read_answers(bunch.answers)[0], graph, classes)
    random = np.random.RandomState(seed)
    chosen = random.permutation(table.positions)[:n_answers]
    told = graph.annotated(rationales=table.select(np.isin(table.positions, chosen)))
    is_test = (bunch.target != "") & ~np.isin(np.arange(len(graph)), table.positions)
    graphs = {"answers": told, "and profiles": told.annotated(profiles=profiles)}
    if not n_answers:
        del graphs["answers"]
    quiet = {"random_state": seed, "progress": False}
    scores = {}
    for name, some in graphs.items():
        taught = InterpreterGNNClassifier(**quiet).fit_transform(some)
        student = DistilledStudentClassifier(**quiet).fit(taught)
        scores[name] = student.score(graph[is_test], bunch.target[is_test])
    return scores


def guarded(bunch, options, n_answers, seed):
    """Return accuracies of an interpreter of labels, alone and beside answers."""
    graph, classes = bunch.graph, np.array(bunch.target_names)
    random = np.random.RandomState(seed)
    order = random.permutation(np.flatnonzero(bunch.target != ""))
    mine, asked, test = np.split(order, [options.labels, options.labels + n_answers])
    y = np.full(len(graph), "", dtype=object)
    y[mine] = bunch.target[mine]
    at_random = classes[random.randint(len(classes), size=n_answers)]
    mostly = np.where(random.rand(n_answers) < 0.9, bunch.target[asked], at_random)
    teachers = {"nine in ten right": mostly, "at random": at_random}
    path = options.folder / "labels_gpt35.jsonl"
    if path.is_file():
        lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        named = {line["node"]: (line["ranked"] or [""])[0] for line in lines}
        teachers["GPT-3.5"] = [named[node] for node in graph.node_ids[asked]]
    graphs = {"labels alone": graph}
    for name, labels in teachers.items():
        records = [
            Rationale(node, {str(label): 1.0})
            for node, label in zip(graph.node_ids[asked], labels, strict=True)
            if label in classes
        ]
        table = check_rationales(records, graph, classes)
        graphs[f"beside answers, {name}"] = graph.annotated(rationales=table)
    scores = {}
    for name, some in graphs.items():
        model = InterpreterGNNClassifier(random_state=seed, progress=False).fit(some, y)
        scores[name] = model.score(graph[test], bunch.target[test])
    return scores


if __name__ == "__main__":
    main()
