"""What explanations name, beside as much at random; and what answers taught.

    python benchmarks/explanations.py scores docs FOLDER ... --answers 140 --nodes 60
    python benchmarks/explanations.py scores docs FOLDER ... --kinds links --reach 1
    python benchmarks/explanations.py lessons FOLDER --answers 140 --nodes 10
    python benchmarks/explanations.py regression docs FOLDER ... --nodes 60
    python benchmarks/explanations.py speed FOLDER --answers 140

A folder is one of ``datasets.read_graph``; ``docs`` is the graph in the package. A
student learns a random subset of the recorded answers, default parameters. ``scores``:
nodes are drawn from those whose answers were held out; links are those of a node and of
its neighbours (``--reach 1``: its own). ``lessons``: interpreter and student are fitted
again without the five answers that taught a node most, and without five others;
``regression``: only the softmax regression that answers are weighed by.
``speed``: processor time per node, links alone, for random nodes and for the twenty
largest hubs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    datasets,
)
from sklearn_tagkd.inspection import explain, explanation_scores
from sklearn_tagkd.inspection.explanation.lessons import Lessons
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.learning.committee.softmax_regression import fit_softmax
from sklearn_tagkd.learning.node_views import rows_of_nodes
from sklearn_tagkd.rationales import check_rationales, read_answers

TARGET = 3  # times what random links or phrases come to


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=list(PARTS))
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--answers", type=int, default=140)
    parser.add_argument("--nodes", type=int, default=60)
    kinds = ["links", "words", "both"]
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds)
    parser.add_argument("--reach", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    part = PARTS[options.part]
    for folder in options.folders:
        is_docs = folder == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(Path(folder))
        answers = read_answers(bunch.answers)[0]
        table = check_rationales(answers, bunch.graph, bunch.target_names)
        random = np.random.RandomState(options.seed)
        order = random.permutation(table.positions)
        part(Path(folder).name, bunch.graph, table, order, random, options)


def student_of(graph, table, learnt, seed):
    told = graph.annotated(rationales=table.select(np.isin(table.positions, learnt)))
    quiet = {"random_state": seed, "progress": False}
    taught = InterpreterGNNClassifier(**quiet).fit_transform(told)
    return DistilledStudentClassifier(**quiet).fit(taught)


def scores(name, graph, table, order, random, options):
    learnt, held_out = np.split(order, [options.answers])
    student = student_of(graph, table, learnt, options.seed)
    nodes = graph.parent[np.sort(held_out[: options.nodes])]
    found = explanation_scores(
        student,
        graph.annotated(rationales=table),
        nodes,
        kinds=options.kinds,
        reach=options.reach,
    )
    print("| graph | of | measure | explained | random | difference | ratio | nodes |")
    print("|---|---|---|---|---|---|---|---|")
    for score in found.scores:
        interval = f"{score.difference:+.3f} [{score.low:+.3f}, {score.high:+.3f}]"
        ratio = f"{score.ratio:.1f} (from {score.ratio_low:.1f})"
        told = f"{score.explained:.3f} | {score.random:.3f} | {interval} | {ratio} |"
        print(f"| {name} | {score.kind} | {score.measure} | {told} {score.n_nodes} |")
    for score in found.scores:
        falls_short = not (score.ratio >= TARGET and score.low > 0) and score.random > 0
        if score.measure == "comprehensiveness" and falls_short:
            print(
                f"Falls short on {name}: {score.kind}, {score.ratio:.1f} times random"
            )
    print(flush=True)


def lessons(name, graph, table, order, random, options):
    """Fit again without what taught a node most, and without others."""
    learnt = order[: options.answers]
    told = graph.annotated(rationales=table.select(np.isin(table.positions, learnt)))
    student = student_of(graph, table, learnt, options.seed)
    others = np.setdiff1d(np.arange(len(graph.parent)), learnt)
    nodes = random.permutation(others)[: options.nodes]
    falls = []
    for node in nodes:
        one = graph.parent[[node]]
        (why,) = explain(student, told, one, 5, parts=["taught_by"])
        top = graph.positions([item.what for item in why.taught_by])
        some = random.permutation(np.setdiff1d(learnt, top))[: len(top)]
        label, other = (
            np.flatnonzero(student.classes_ == name)[0]
            for name in (why.label, why.runner_up)
        )
        row = []
        for gone in (top, some):
            again = student_of(graph, table, np.setdiff1d(learnt, gone), options.seed)
            said = again.predict_log_proba(one)[0]
            if len(again.classes_) < len(student.classes_):
                break  # a class that nobody taught any more
            row.append(why.margin - (said[label] - said[other]))
        if len(row) == 2:
            falls.append(row)
    tell(f"{name}, fitted again", falls)


def regression(name, graph, table, order, random, options):
    """Do the same to the softmax regression that answers are weighed by."""
    learnt = np.sort(order[: options.answers])
    student = student_of(graph, table, learnt, options.seed)
    told = graph.annotated(rationales=table.select(np.isin(table.positions, learnt)))
    others = np.setdiff1d(np.arange(len(graph.parent)), learnt)
    nodes = random.permutation(others)[: options.nodes]
    reading = read_model(student, told)
    lessons = Lessons(reading, reading.lessons(), nodes)
    everyone = np.concatenate([learnt, nodes])
    hops = student._hops()
    rows = rows_of_nodes(graph, student._embedder(), hops, everyone)
    targets = lessons.table.probabilities
    falls = []
    for node, row in zip(nodes, rows[len(learnt) :], strict=True):
        said = row @ lessons.coefficients[:-1] + lessons.coefficients[-1]
        second, best = np.argsort(said)[-2:]
        top = np.argsort(-lessons.effects(node, best, second))[:5]
        some = random.permutation(np.setdiff1d(np.arange(len(learnt)), top))[:5]
        fall = []
        for gone in (top, some):
            kept = np.setdiff1d(np.arange(len(learnt)), gone)
            ones = np.ones(len(kept))
            found = fit_softmax(rows[kept], targets[kept], ones, 3e-4)
            left = row @ found[:-1] + found[-1]
            fall.append(said[best] - said[second] - (left[best] - left[second]))
        falls.append(fall)
    tell(f"{name}, regression fitted again", falls)


def tell(title, falls):
    """Print by how much margins fall, and the paired difference with its interval."""
    ours, theirs = np.array(falls).T
    drawn = np.random.RandomState(0).randint(len(falls), size=(2000, len(falls)))
    low, high = np.percentile((ours - theirs)[drawn].mean(axis=1), [2.5, 97.5])
    print(
        f"{title}, {len(falls)} nodes: without the answers that taught it most a "
        f"margin falls by {ours.mean():.2f}, without others by {theirs.mean():.2f}; "
        f"difference {(ours - theirs).mean():.2f} [{low:.2f}, {high:.2f}]",
        flush=True,
    )


def speed(name, graph, table, order, random, options):
    student = student_of(graph, table, order[: options.answers], options.seed)
    degrees = np.diff(graph.adjacency.indptr)
    for title, nodes in (
        ("random nodes", random.permutation(len(graph.parent))[:200]),
        ("the largest hubs", np.argsort(-degrees, kind="stable")[:20]),
    ):
        explain(student, graph, graph.parent[nodes[:2]], parts=["links"])  # warm
        start = time.process_time()
        explain(student, graph, graph.parent[nodes], parts=["links"])
        each = 1000 * (time.process_time() - start) / len(nodes)
        links = degrees[nodes].mean()
        print(f"{name}, {title}, {links:.1f} links: {each:.1f} ms a node", flush=True)


PARTS = {
    "scores": scores,
    "lessons": lessons,
    "regression": regression,
    "speed": speed,
}

if __name__ == "__main__":
    main()
