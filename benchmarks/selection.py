"""What it is worth to choose the nodes that are asked about.

    python benchmarks/selection.py docs --answers 70 140
    python benchmarks/selection.py FOLDER --answers 70 140 --seeds 10
    python benchmarks/selection.py FOLDER --profiles --answers 0 35 70 140
    python benchmarks/selection.py FOLDER --answers 40 100 --cheap labels_gpt35.jsonl

The recorded answers stand in for a language model: each strategy chooses whom to ask
among the nodes that have one, and the student, with default parameters, is scored on
every labelled node without one. Nobody looks at a true label but for that. Prints the
mean over seeds, their standard deviation, and the paired difference from random
choice with its 95% confidence interval (t distribution).

With ``--profiles`` the folder's ``class_profiles.jsonl`` answers one request per class;
0 answers are class names alone. With ``--cheap`` a file of labels, as GPT-3.5's for
Cora, is the cheap one of a cascade that is asked about all nodes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
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
from sklearn_tagkd.rationales import Rationale, read_answers, write_answers

STRATEGIES = ("random", "pagerank", "featprop", "typical", "uncertainty", "auto")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", help="'docs', or a folder")
    parser.add_argument("--answers", type=int, nargs="+", default=[70, 140])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES)
    parser.add_argument("--profiles", action="store_true")
    parser.add_argument("--cheap", help="file of labels in the folder")
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
        for strategy in options.strategies if n_answers else ["auto"]:
            scores = np.array(
                [
                    score(bunch, strategy, n_answers, seed, test, options)
                    for seed in range(options.seeds)
                ]
            )
            by_chance = scores if strategy == "random" else by_chance
            is_first = by_chance is None or by_chance is scores
            told = "" if is_first else interval(scores - by_chance)
            spread = f"{scores.mean():.4f} ± {scores.std(ddof=1):.4f}"
            print(f"| {n_answers} | {strategy} | {spread} | {told} |", flush=True)


def score(bunch, strategy, n_answers, seed, test, options):
    """Return the accuracy of a student taught by answers about chosen nodes."""
    teacher, max_nodes = RecordedAnswers(bunch.answers), n_answers
    folder = Path(options.graph)
    if options.cheap:
        teacher = [cheap_labels(bunch, folder / options.cheap), teacher]
        max_nodes = [None, n_answers]
    profiles = folder / "class_profiles.jsonl" if options.profiles else None
    model = make_pipeline(
        LLMRationaleTransformer(
            teacher,
            bunch.target_names,
            max_nodes=max_nodes,
            class_profiles=profiles,
            selection=strategy,
            random_state=seed,
        ),
        InterpreterGNNClassifier(random_state=seed, progress=False),
        DistilledStudentClassifier(random_state=seed, progress=False),
    )
    model.fit(bunch.graph)
    return model.score(bunch.graph[test], bunch.target[test])


def cheap_labels(bunch, path):
    """Return a teacher that names the first of each node's ranked labels."""
    answers = Path(tempfile.mkdtemp()) / "answers.jsonl"
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    named = [(line["node"], line["ranked"]) for line in lines]
    write_answers(
        answers,
        [
            Rationale(node, {ranked[0]: 1.0})
            for node, ranked in named
            if ranked and ranked[0] in bunch.target_names
        ],
    )
    return RecordedAnswers(answers)


def interval(differences):
    """Return mean and 95% confidence interval of paired differences, in points."""
    points = 100 * differences
    reach = stats.t.ppf(0.975, len(points) - 1) * stats.sem(points)
    mean = points.mean()
    return f"{mean:+.2f} [{mean - reach:+.2f}, {mean + reach:+.2f}]"


if __name__ == "__main__":
    main()
