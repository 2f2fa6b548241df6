"""A graph of communities, for what needs some hundred nodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from tests.conftest import VOCABULARY


class Community(NamedTuple):
    """A graph whose texts are mixed, so that a student errs."""

    graph: TextGraph
    target: np.ndarray
    student: DistilledStudentClassifier
    train: np.ndarray
    rest: np.ndarray


def make_community(n_nodes: int = 600, seed: int = 0) -> tuple[TextGraph, np.ndarray]:
    """Build a graph: words of the own class and of others, links mostly within."""
    random = np.random.default_rng(seed)
    names = np.array(sorted(VOCABULARY))
    codes = random.integers(0, 3, n_nodes)
    words = [VOCABULARY[name] for name in names]
    texts = []
    for code in codes:
        chosen = [
            random.choice(words[code if random.random() < 0.5 else random.integers(3)])
            for _ in range(4)
        ]
        texts.append(" ".join(chosen))
    edges = []
    for node in range(n_nodes - 5):  # the last ones stay alone
        same = np.flatnonzero(codes[: n_nodes - 5] == codes[node])
        pool = same if random.random() < 0.8 else np.arange(n_nodes - 5)
        other = int(random.choice(pool))
        if other != node:
            edges.append((node, other))
    return TextGraph(texts, edges), names[codes]
