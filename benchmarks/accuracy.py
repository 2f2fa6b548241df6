"""Accuracy on nodes without an answer, over random subsets of recorded answers.

    python benchmarks/accuracy.py docs --answers 300
    python benchmarks/accuracy.py FOLDER --answers 140 600 --subsets 10

Protocol "unanswered": learn from a random subset of the recorded answers, test on
every labelled node of which the recording has no answer at all. True labels are used
for scoring alone, and every estimator has its default parameters. Prints the mean
over subsets and the standard deviation of one subset.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import read_answers, write_answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", help="'docs', or a folder")
    parser.add_argument("--answers", type=int, nargs="+", default=[140])
    parser.add_argument("--subsets", type=int, default=4)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    options = parser.parse_args()
    is_docs = options.graph == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.graph)
    recorded, _ = read_answers(bunch.answers)
    answered = np.isin(bunch.graph.node_ids, [answer.node for answer in recorded])
    test = np.flatnonzero(~answered & (bunch.target != ""))
    print(f"{Path(options.graph).name}: {len(test)} test nodes", flush=True)
    print("| answers | method | accuracy |\n|---|---|---|")
    for n_answers in options.answers:
        scores: dict[str, list[float]] = {}
        for seed in range(options.subsets):
            order = np.random.RandomState(seed).permutation(len(recorded))[:n_answers]
            subset = [recorded[place] for place in order]
            for name, score in run(bunch, subset, test, seed, options.encoder):
                scores.setdefault(name, []).append(score)
        for name, values in scores.items():
            spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
            print(
                f"| {n_answers} | {name} | {np.mean(values):.4f} ± {spread:.4f} |",
                flush=True,
            )


def run(bunch, subset, test, seed, encoder):
    """Yield (name, accuracy) of every method for one subset of the answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        write_answers(path, subset)
        step = LLMRationaleTransformer(
            llm=RecordedAnswers(path), classes=bunch.target_names
        )
        graph = step.fit_transform(bunch.graph)
    options = {"encoder": encoder, "random_state": seed}
    plain, target = bunch.graph[test], bunch.target[test]
    for model in (MLPClassifier(**options), GCNClassifier(**options)):
        yield type(model).__name__, model.fit(graph).score(plain, target)
    interpreter = InterpreterGNNClassifier(**options)
    taught = interpreter.fit_transform(graph)
    yield "interpreter", interpreter.score(graph[test], target)
    for backbone in ("decoupled", "mlp"):
        student = DistilledStudentClassifier(backbone, **options).fit(taught)
        yield f"student ({backbone})", student.score(plain, target)


if __name__ == "__main__":
    main()
