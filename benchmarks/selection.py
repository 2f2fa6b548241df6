"""What it is worth to choose the nodes that are asked about.

    python benchmarks/selection.py docs --answers 70 140
    python benchmarks/selection.py FOLDER --answers 70 140 --seeds 10

The recorded answers stand in for a language model: each strategy chooses whom to ask
among the nodes that have one, and the student, with default parameters, is scored on
every labelled node without one. Nobody looks at a true label but for that. Prints the
mean over seeds, their standard deviation, and the paired difference from random
choice with its 95% confidence interval (t distribution).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import read_answers

STRATEGIES = ("random", "pagerank", "featprop", "typical", "uncertainty")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", help="'docs', or a folder")
    parser.add_argument("--answers", type=int, nargs="+", default=[70, 140])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    is_docs = options.graph == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.graph)
    recorded, _ = read_answers(bunch.answers)
    answered = np.isin(bunch.graph.node_ids, [answer.node for answer in recorded])
    test = np.flatnonzero(~answered & (bunch.target != ""))
    print(
        f"{Path(options.graph).name}: {len(recorded)} to choose from, {len(test)} test"
    )
    print("| answers | selection | accuracy | against random |\n|---|---|---|---|")
    for n_answers in options.answers:
        by_chance = None
        for strategy in STRATEGIES:
            scores = np.array(
                [
                    score(bunch, strategy, n_answers, seed, test)
                    for seed in range(options.seeds)
                ]
            )
            by_chance = scores if by_chance is None else by_chance
            told = interval(scores - by_chance) if strategy != "random" else ""
            spread = f"{scores.mean():.4f} ± {scores.std(ddof=1):.4f}"
            print(f"| {n_answers} | {strategy} | {spread} | {told} |", flush=True)


def score(bunch, strategy, n_answers, seed, test):
    """Return the accuracy of a student taught by answers about chosen nodes."""
    model = make_pipeline(
        LLMRationaleTransformer(
            RecordedAnswers(bunch.answers),
            bunch.target_names,
            max_nodes=n_answers,
            selection=strategy,
            random_state=seed,
        ),
        InterpreterGNNClassifier(random_state=seed, progress=False),
        DistilledStudentClassifier(random_state=seed, progress=False),
    )
    model.fit(bunch.graph)
    return model.score(bunch.graph[test], bunch.target[test])


def interval(differences):
    """Return mean and 95% confidence interval of paired differences, in points."""
    points = 100 * differences
    reach = stats.t.ppf(0.975, len(points) - 1) * stats.sem(points)
    mean = points.mean()
    return f"{mean:+.2f} [{mean - reach:+.2f}, {mean + reach:+.2f}]"


if __name__ == "__main__":
    main()
