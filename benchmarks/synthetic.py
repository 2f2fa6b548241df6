"""Synthetic text-attributed graphs of any size: planted classes, no texts.

A node's embedding is its class's centre and noise; a link joins nodes of one class
with the probability ``homophily``, any two nodes otherwise; degrees have a heavy tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryFile

import numpy as np

from sklearn_tagkd import TextGraph


@dataclass
class Planted:
    """A graph, its true classes, and the labels that are given away."""

    graph: TextGraph
    classes: np.ndarray
    y: np.ndarray  # -1 where not given


def planted_graph(
    n_nodes: int,
    n_links: int,
    *,
    n_dimensions: int = 128,
    n_classes: int = 47,
    n_answers: int = 2000,
    homophily: float = 0.7,
    noise: float = 4.0,
    seed: int = 0,
    mapped: bool = False,
) -> Planted:
    """Draw a graph; ``noise`` is the noise's length as a multiple of a centre's.

    Features are float32 in memory, or float16 in a ``mapped`` file without a name.
    """
    random = np.random.default_rng(seed)
    classes = random.integers(n_classes, size=n_nodes).astype(np.int16)
    by_class = np.argsort(classes, kind="stable").astype(np.int32)
    bounds = np.searchsorted(classes[by_class], np.arange(n_classes + 1))
    sources = _popular(random, n_nodes, n_links)
    alike = random.random(n_links, dtype=np.float32) < homophily
    own = classes[sources]
    place = random.random(n_links) * (bounds[own + 1] - bounds[own])
    mate = by_class[bounds[own] + place.astype(np.int64)]
    edges = np.empty((n_links, 2), dtype=np.int64)
    edges[:, 0] = sources
    edges[:, 1] = np.where(alike, mate, random.integers(n_nodes, size=n_links))
    del sources, alike, own, place, mate  # the memory is for what is measured
    shape = (n_nodes, n_dimensions)
    features = _on_disk(shape) if mapped else np.empty(shape, dtype=np.float32)
    centers = random.standard_normal((n_classes, n_dimensions), dtype=np.float32)
    for start in range(0, n_nodes, 65_536):
        part = slice(start, start + 65_536)
        rows = random.standard_normal(features[part].shape, dtype=np.float32)
        features[part] = centers[classes[part]] + np.float32(noise) * rows
    graph = TextGraph(None, edges, features=features)
    y = np.full(n_nodes, -1)
    answered = random.permutation(n_nodes)[:n_answers]
    y[answered] = classes[answered]
    return Planted(graph, classes, y)


def _on_disk(shape: tuple[int, int]) -> np.ndarray:
    with TemporaryFile() as file:
        return np.memmap(file, dtype=np.float16, mode="w+", shape=shape)


def _popular(random: np.random.Generator, n_nodes: int, n_links: int) -> np.ndarray:
    """Draw ends of links; a few nodes are drawn many times."""
    rank = n_nodes * random.random(n_links) ** 1.6
    scrambled = random.permutation(n_nodes).astype(np.int32)
    return scrambled[rank.astype(np.int64)]
