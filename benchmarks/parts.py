"""What each part of the method is worth, on graphs with answers and with stand-ins.

    python benchmarks/parts.py docs CORA WIKISPEEDIA ARXIV --answers 70 140 --seeds 4
    python benchmarks/parts.py DBLP PRODUCTS --right 1 0.9 0.77 0.7 --answers 70 140

The first form learns from random subsets of the recorded answers; the second from
answers that are made of true labels, so many of them right (``stand_in.py``), for want
of recorded ones. Default parameters but for what a row names, tested on every labelled
node without an answer. Every measurement is a line of ``--output``, and is not taken
again; the tables are of means over seeds and of paired differences from the whole
student, in points, with 95% intervals; bold where they exclude 0.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from stand_in import StandIn, leaning

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    datasets,
)
from sklearn_tagkd.baselines import GCNClassifier
from sklearn_tagkd.commands.benchmark.methods.classical import CLASSICAL
from sklearn_tagkd.commands.benchmark.methods.lessons import Lesson, prepare_lesson
from sklearn_tagkd.commands.benchmark.methods.material import Material
from sklearn_tagkd.commands.benchmark.metrics import score_predictions
from sklearn_tagkd.commands.benchmark.reporting.statistics import paired_difference
from sklearn_tagkd.commands.benchmark.sources import read_recorded
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER

REASONS = frozenset({"keywords", "neighbors", "messages"})
WHOLE = "whole"
# What a row does without: parameters of interpreter and student, and of the lesson.
ROWS = {
    WHOLE: {},
    "hard labels": {"labels": "hard"},
    "no words": {"lexical_dim": 0},
    "no committee": {"committee_weight": 0.0},
    "no keywords": {"reasons": REASONS - {"keywords"}},
    "no reasons": {"reasons": frozenset()},
    "consistency": {"consistency_weight": 1.0},
}
BASELINES = ("gcn", "gcn, hard", "softmax", "softmax-words")
OF_REASONS = {"no keywords", "no reasons"}  # which stand-ins do not give


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graphs", nargs="+", help="'docs', or folders")
    parser.add_argument("--right", type=float, nargs="+", help="shares of stand-ins")
    parser.add_argument("--leaning", action="store_true", help="to one class")
    parser.add_argument("--answers", type=int, nargs="+", default=[70, 140])
    parser.add_argument("--rows", nargs="+", choices=[*ROWS, *BASELINES])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--nodes", type=int, help="largest graph; larger ones are cut")
    parser.add_argument("--output", type=Path, default=Path("parts.jsonl"))
    options = parser.parse_args()
    done = read_done(options.output)
    for name in options.graphs:
        found = measure_graph(name, options, done)
        for title, scores in found.items():
            report(title, scores)


def read_done(path):
    """Return what was measured before, by what it was measured of."""
    if not path.is_file():
        return {}
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {tuple(line["of"]): line for line in lines}


def measure_graph(name, options, done):
    """Measure what is lacking of a graph; return scores by title, row and seed."""
    graph, classes, true, answers = load(name, options.nodes)
    stand_in = None
    found = defaultdict(lambda: defaultdict(dict))
    for right in options.right or [None]:
        for n_answers in options.answers:
            for seed in range(options.seeds):
                told = "recorded" if right is None else f"{right:.0%} right"
                told += ", leaning" if options.leaning else ""
                cell = (Path(name).name, told, n_answers, seed)
                rows = options.rows or [*ROWS, *BASELINES]
                rows = [r for r in rows if right is None or r not in OF_REASONS]
                # Stand-ins that are sure of the truth have no softer labels.
                rows = [r for r in rows if right != 1 or "hard" not in r]
                lacking = [row for row in rows if (*cell, row) not in done]
                if lacking and right is not None and stand_in is None:
                    material = Material(
                        graph, np.arange(1), classes, DEFAULT_ENCODER, "cpu", 0
                    )
                    embeddings = material.inputs.embeddings
                    stand_in = StandIn.of(graph, classes, true, embeddings)
                if lacking and right is None:
                    sample = answers.draw(n_answers, seed)
                    table, test = sample.table, sample.test_rows
                elif lacking:
                    table, test = stand_in.answers(right, n_answers, seed)
                if lacking and options.leaning:
                    table = leaning(table)
                for row in lacking:
                    start = time.process_time()
                    material = Material(
                        graph, test, classes, DEFAULT_ENCODER, "cpu", seed
                    )
                    scores = measure(material, table, true, row)
                    scores["seconds"] = round(time.process_time() - start, 2)
                    scores["right"] = float(
                        (
                            table.probabilities.argmax(axis=1) == true[table.positions]
                        ).mean()
                    )
                    of = (*cell, row)
                    done[of] = {"of": of, **scores}
                    with options.output.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(done[of]) + "\n")
                for row in rows:
                    title = f"{cell[0]}, {told}, {n_answers}"
                    found[title][row][seed] = done[(*cell, row)]
    return found


def load(name, n_most):
    """Return a graph, its classes, true columns and recorded answers, if any."""
    is_docs = name == "docs"
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(name)
    graph, classes = bunch.graph, np.array(bunch.target_names)
    labels = np.asarray(bunch.target, dtype=str)
    if n_most and len(graph) > n_most:
        random = np.random.RandomState(0)
        kept = np.sort(random.permutation(len(graph))[:n_most])
        graph, labels = graph[kept].induced(), labels[kept]
    true = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    true = np.where(classes[true] == labels, true, -1)
    answers = None
    if "answers" in bunch:
        labelled = np.flatnonzero(true >= 0)
        answers = read_recorded(Path(bunch.answers), graph, classes, labelled)
    return graph, classes, true, answers


def measure(material, table, true, row):
    """Return how right a row is, and how honest."""
    hard, soft = Lesson("hard"), Lesson("soft")
    if row in CLASSICAL:
        taught = prepare_lesson(table, soft, true)
        return score(material, CLASSICAL[row](material, taught), true)
    if row in BASELINES:
        taught = prepare_lesson(table, hard if "hard" in row else soft, true)
        model = GCNClassifier(**material.options).fit(material.annotated(taught))
        return score(material, predict(material, model), true)
    without = dict(ROWS[row])
    lesson = Lesson(without.pop("labels", "soft"), without.pop("reasons", REASONS))
    taught = material.annotated(prepare_lesson(table, lesson, true))
    interpreter = InterpreterGNNClassifier(**material.options, **without)
    taught = interpreter.fit_transform(taught)
    without.pop("committee_weight", None)
    student = DistilledStudentClassifier(**material.options, **without).fit(taught)
    scores = score(material, predict(material, student), true)
    student.network_ = student.network_.sharpened(1 / student.sharpness_)
    raw = score(material, predict(material, student), true)
    return {
        **scores,
        "uncalibrated": raw["calibration_error"],
        "words": student.input_space_.lexical is not None,
        "interpreter": score(material, predict(material, interpreter), true)[
            "accuracy"
        ],
    }


def predict(material, model):
    said = model.predict_proba(material.graph[material.test_rows])
    return material.spread(said, model.classes_)


def score(material, said, true):
    found = score_predictions(said, true[material.test_rows])
    return {name: float(found[name]) for name in found}


def report(title, scores):
    """Print the rows of one graph, teacher and number of answers."""
    print(f"\n### {title}\n\n| | accuracy | against the whole | calibration error |")
    print("|---|---|---|---|")
    whole = {seed: one["accuracy"] for seed, one in scores.get(WHOLE, {}).items()}
    for row, of_seed in scores.items():
        accuracy = {seed: one["accuracy"] for seed, one in of_seed.items()}
        error = np.mean([one["calibration_error"] for one in of_seed.values()])
        told = ""
        if row != WHOLE and (gap := paired_difference(accuracy, whole)):
            low, high = 100 * gap.low, 100 * gap.high
            told = f"{100 * gap.mean:+.2f} [{low:+.2f}, {high:+.2f}]"
            told = f"**{told}**" if low > 0 or high < 0 else told
        mean = np.mean(list(accuracy.values()))
        print(f"| {row} | {mean:.3f} | {told} | {error:.3f} |", flush=True)


if __name__ == "__main__":
    main()
