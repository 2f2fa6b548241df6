"""What answers about the next questions are worth, and whether drift is seen.

    python benchmarks/next_questions.py FOLDER --seeds 3

A pipeline learns 60 recorded answers about random nodes; then 30 more, about what
``next_questions`` names among nodes with a recorded answer, or about random ones.
Accuracy on labelled nodes without a recorded answer, mean ± standard deviation over
seeds. Then ``agreement`` of the first pipeline with the answers it was not given, as
they are, and with 30% of them turned into other classes.
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
from sklearn_tagkd.inspection import agreement, next_questions
from sklearn_tagkd.rationales import check_rationales, read_answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    is_docs = not (options.folder / "nodes.parquet").is_file()
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.folder)
    rows = [run(bunch, seed) for seed in range(options.seeds)]
    for name in rows[0]:
        column = np.array([row[name] for row in rows])
        told = f"{column.mean():.3f} ± {column.std():.3f}"
        print(f"| {options.folder.name} | {name} | {told} |", flush=True)


def run(bunch, seed):
    """Return accuracies and agreements of one seed."""
    graph, target = bunch.graph, np.asarray(bunch.target).astype(str)
    table = check_rationales(read_answers(bunch.answers)[0], graph, bunch.target_names)
    order = np.random.RandomState(seed).permutation(table.positions)
    is_test = (target != "") & ~np.isin(np.arange(len(graph)), table.positions)
    test, rest = np.flatnonzero(is_test), order[60:]

    def learn(positions):
        kept = table.select(np.isin(table.positions, positions))
        told = graph.annotated(rationales=kept)
        quiet = {"random_state": seed, "progress": False}
        interpreter = InterpreterGNNClassifier(**quiet)
        taught = interpreter.fit_transform(told)
        student = DistilledStudentClassifier(**quiet).fit(taught)
        return student, interpreter, told

    student, interpreter, told = learn(order[:60])
    asked = next_questions(student, told[np.sort(rest)], 30)
    chosen = asked.positions[~asked.answered]
    found = {"60 answers": student.score(graph[test], target[test])}
    for name, more in (("30 chosen more", chosen), ("30 random more", rest[:30])):
        grown, _, _ = learn(np.concatenate([order[:60], more]))
        found[name] = grown.score(graph[test], target[test])
    fresh = table.select(np.isin(table.positions, rest))
    said = fresh.classes[fresh.probabilities.argmax(axis=1)].astype(object)
    names = fresh.classes.tolist()
    turned = np.random.RandomState(seed).uniform(size=len(said)) < 0.3
    moved = [names[(names.index(one) + 1) % len(names)] for one in said]
    for name, labels in (("as is", said), ("30% moved", np.where(turned, moved, said))):
        y = np.full(len(graph), "", dtype=object)
        y[fresh.positions] = labels
        now = agreement(student, graph, y).now
        then = agreement(interpreter, graph, y)
        found[f"agreement {name}"] = now.share
        found[f"held out then, {name}"] = then.then.share
        found[f"asks again, {name}"] = float(then.ask_again)
    return found


if __name__ == "__main__":
    main()
