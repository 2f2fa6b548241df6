"""What it is worth that `selection="auto"` asks about few nodes at first.

    python benchmarks/first_round.py docs FOLDER --answers 35 70 140 --seeds 8
    python benchmarks/first_round.py FOLDER --right 0.7 --answers 35 --seeds 6

A committee alone is taught, which takes a second and tells much the same as a student;
links are all alike, and it looks at the nodes that can be asked about and at 2,500 to
be scored on. Each graph without and with its class profiles. Without ``--right`` the
recorded answers are what there is to choose from; with it, up to 1,500 nodes, and
answers that are made of true labels, so many of them right (``stand_in.py``). Compared
are random nodes, ``auto``, and ``auto`` of which the first round is two nodes a class:
means over seeds, their standard deviation, and the paired difference from random nodes
with its standard error, in points.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from stand_in import StandIn

from sklearn_tagkd import datasets
from sklearn_tagkd.asking.selection import AutoSelection, select_nodes
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.learning.second_opinion import gather_committee
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.rationales import (
    check_profiles,
    check_rationales,
    read_answers,
    read_profiles,
)

MOST_ASKED, MOST_SCORED = 1_500, 2_500


class LateSelection(AutoSelection):
    """``auto``, the first round of which is two nodes a class."""

    def __init__(self, n_classes):
        super().__init__()
        self.n_classes = n_classes

    def round_ends(self, n_wanted, most):
        """Leave out the rounds that end before two nodes a class are asked about."""
        first = min(max(2 * self.n_classes, 16), n_wanted)
        rest = super().round_ends(n_wanted, most)
        return sorted({first, *(end for end in rest if end > first)})


class Field:
    """A graph, its answers, and a committee that is taught some of them."""

    def __init__(self, name, right):
        is_docs = name == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(name)
        self.graph, self.classes = bunch.graph, np.array(bunch.target_names)
        labels = np.asarray(bunch.target, dtype=str)
        codes = np.searchsorted(self.classes, labels).clip(max=len(self.classes) - 1)
        self.true = np.where(self.classes[codes] == labels, codes, -1)
        self.embedder = GraphEmbedder("all-MiniLM-L6-v2", "cpu", False, 64)
        self.embedder.fit(self.graph)
        path = bunch.class_profiles if "class_profiles" in bunch else None
        self.profiles = path and check_profiles(read_profiles(path), bunch.target_names)
        known = np.flatnonzero(self.true >= 0)
        if right is None:
            answers, _ = read_answers(bunch.answers)
            table = check_rationales(answers, self.graph, bunch.target_names)
            pool = table.positions
        else:
            pool = np.random.RandomState(77).permutation(known)
            pool = pool[: min(len(known) // 2, 2 * MOST_ASKED)]
            texts = np.asarray(self.embedder.raw_inputs(self.graph).embeddings)
            stand_in = StandIn.of(self.graph, self.classes, self.true, texts[:, :384])
            table = stand_in.answers(right, len(known), 0)[0]
            asked = np.random.RandomState(6).permutation(np.sort(pool))[:MOST_ASKED]
            table = table.select(np.isin(table.positions, asked))
        test = np.random.RandomState(5).permutation(np.setdiff1d(known, pool))
        self.table, self.test = table, np.sort(test[:MOST_SCORED])
        self.nodes = np.union1d(self.test, table.positions)

    def answers_about(self, positions):
        """Return the answers about some nodes."""
        return self.table.select(np.isin(self.table.positions, positions))

    def choose(self, strategy, n_wanted, seed, profiles):
        """Ask in rounds; return whom."""
        ends = [n_wanted]
        if strategy != "random":
            ends = strategy.round_ends(n_wanted, n_wanted)
        asked, answered = np.empty(0, dtype=np.int64), None
        for end in ends:
            chosen = select_nodes(
                self.graph,
                self.table.positions,
                end - len(asked),
                strategy=strategy,
                random_state=seed,
                classes=dict.fromkeys(self.classes.tolist(), ""),
                asked=asked,
                answered=answered,
                pool=self.table.positions,
                profiles=profiles,
            )
            asked = np.union1d(asked, chosen)
            answered = self.answers_about(asked)
        return asked

    def score(self, chosen, profiles):
        """Return the accuracy of a committee that learns from chosen nodes."""
        table = self.answers_about(chosen)
        weights = np.ones(len(table), np.float32)
        said = table.probabilities.astype(np.float32)
        is_true = np.zeros(len(table), dtype=bool)
        supervision = Supervision(self.classes, table.positions, said, weights, is_true)
        opinion = gather_committee(
            self.graph.annotated(rationales=table),
            self.embedder,
            supervision,
            scorer=None,
            hops=(10, 0.1),
            with_keywords=True,
            profiles=profiles,
            nodes=self.nodes,
        ).opinion()
        told = opinion[np.searchsorted(self.nodes, self.test)].argmax(axis=1)
        return float((told == self.true[self.test]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graphs", nargs="+", help="'docs', or folders")
    parser.add_argument("--right", type=float, help="share of made-up answers")
    parser.add_argument("--answers", type=int, nargs="+", default=[35, 70, 140])
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args()
    print("| graph | profiles | answers | nodes | accuracy | against random |")
    print("|---|---|---|---|---|---|")
    for name in options.graphs:
        field = Field(name, options.right)
        known_to_some = [None] if field.profiles is None else [None, field.profiles]
        for profiles in known_to_some:
            for n_answers in options.answers:
                told = (Path(name).name, "with" if profiles else "", n_answers)
                compare(field, profiles, n_answers, options.seeds, told)


def compare(field, profiles, n_answers, n_seeds, told):
    """Print a row per way to choose."""
    ways = {
        "random": "random",
        "two a class first": LateSelection(len(field.classes)),
        "auto": AutoSelection(),
    }
    by_chance = None
    for way, strategy in ways.items():
        scores = np.array(
            [
                field.score(field.choose(strategy, n_answers, seed, profiles), profiles)
                for seed in range(n_seeds)
            ]
        )
        by_chance = scores if by_chance is None else by_chance
        points = 100 * (scores - by_chance)
        error = points.std(ddof=1) / np.sqrt(n_seeds)
        accuracy = f"{scores.mean():.4f} ± {scores.std(ddof=1):.4f}"
        cells = [*map(str, told), way, accuracy, f"{points.mean():+.2f} ± {error:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
