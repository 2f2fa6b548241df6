"""What ask_again= and n_audit= are worth on Cora, with GPT-3.5's labels.

    python benchmarks/second_looks.py FOLDER

FOLDER holds Cora's nodes.parquet and edges.parquet, and labels_gpt35.jsonl: for every
node the labels that GPT-3.5 named, best first. The first is its answer; the second,
where it named one, stands in for what it says when asked again: nobody recorded that.
True labels are looked at to count, and in the second table to be a user's few.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from sklearn_tagkd import LLMRationaleTransformer, datasets
from sklearn_tagkd.llm import RationaleClient
from sklearn_tagkd.rationales import Rationale

SEEDS = range(5)


class Ranked(RationaleClient):
    """Names its first label, and its second one where a question has examples."""

    def __init__(self, ranked):
        self.ranked = ranked
        self.asked_again = []

    def ask(self, questions):
        """Answer, and note who is asked about again."""
        answers = []
        for question in questions:
            names = self.ranked[question.node]
            if question.examples:
                self.asked_again.append(question.node)
            name = names[min(bool(question.examples), len(names) - 1)]
            answers.append(Rationale(question.node, {name: 1.0}))
        return answers


def load(folder):
    bunch = datasets.read_graph(folder)
    target = np.asarray(bunch.target).astype(object)
    known = sorted(set(target))
    with open(folder / "labels_gpt35.jsonl", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    ranked = {
        entry["node"]: [name for name in entry["ranked"] if name in known] or known[:1]
        for entry in entries
    }
    return bunch.graph, target, ranked


def is_right(step, graph, target):
    """Return, by id, whether each answer is right."""
    table = step.rationales_
    named = table.classes[table.probabilities.argmax(axis=1)]
    right = named == target[table.positions]
    return dict(zip(graph.node_ids[table.positions].tolist(), right, strict=True))


def look_again(graph, target, ranked):
    print("nodes, again: doubted | of these right first, then | of all first, then")
    for n_nodes, n_again in ((140, 20), (350, 50)):
        found = []
        for seed in SEEDS:
            options = {"classes": sorted(set(target)), "random_state": seed}
            once = LLMRationaleTransformer(
                Ranked(ranked), max_nodes=n_nodes - n_again, **options
            )
            client = Ranked(ranked)
            twice = LLMRationaleTransformer(
                client, max_nodes=n_nodes, ask_again=n_again, **options
            )
            first = is_right(once.fit(graph), graph, target)
            then = is_right(twice.fit(graph), graph, target)
            doubted = client.asked_again
            found.append(
                (
                    len(doubted),
                    np.mean([first[node] for node in doubted]),
                    np.mean([then[node] for node in doubted]),
                    np.mean(list(first.values())),
                    np.mean(list(then.values())),
                )
            )
        print(n_nodes, n_again, *describe(found))


def audit(graph, target, ranked):
    print("labels, n_audit: estimate less actual | mean size | intervals that hold it")
    for n_labels in (10, 70):
        for n_audit in (0, None, 40):
            found = []
            for seed in SEEDS:
                labelled = np.random.default_rng(seed).permutation(len(target))
                y = np.full(len(target), "", dtype=object)
                y[labelled[:n_labels]] = target[labelled[:n_labels]]
                step = LLMRationaleTransformer(
                    Ranked(ranked),
                    sorted(set(target)),
                    max_nodes=140,
                    n_audit=n_audit,
                    random_state=seed,
                ).fit(graph, y)
                actual = np.mean(list(is_right(step, graph, target).values()))
                right, low, high = step.teacher_audit_.right
                found.append(
                    (right - actual, abs(right - actual), low <= actual <= high)
                )
            print(n_labels, n_audit, *describe(found))


def describe(found):
    columns = np.array(found, dtype=float)
    spread = columns.std(axis=0, ddof=1)
    return [
        f"{m:.3f} ({s:.3f})" for m, s in zip(columns.mean(axis=0), spread, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    problem = load(parser.parse_args().folder)
    look_again(*problem)
    audit(*problem)


if __name__ == "__main__":
    main()
