"""Links: degrees, components, and how alike linked texts are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.reporting.before.sample import Sample
from sklearn_tagkd.reporting.document import Block, Facts, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_graph import draw_degrees, draw_texts
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["describe_alikeness", "describe_links"]

_BOUNDS = (0, 1, 2, 3, 6, 11, 21, 51, 101, 1001)  # links, from which on a bin reaches
_MOST_PAIRS = 2000


def describe_links(sample: Sample, max_rows: int, draws: bool) -> Section:
    """Tell how nodes are linked.

    Parameters
    ----------
    sample : Sample
        Whose view is looked at; links of all of its nodes are counted.
    max_rows : int
        Most rows of a table.
    draws : bool
        Whether there is a picture.

    Returns
    -------
    Section
        Named ``links``.
    """
    graph = sample.graph
    if not graph.n_links:
        told = "The graph has no links: a node's class is told by its text alone."
        return Section("links", "Links", [Note(told)])
    degrees = _degrees(graph)
    _, part_of = connected_components(graph.adjacency, directed=False)
    sizes = np.bincount(part_of)
    sizes = np.sort(sizes)[::-1]
    report = graph.report
    n_alone = int((degrees == 0).sum())
    facts = {
        "links of the whole graph": graph.n_links,
        "directed": graph.directed,
        "weighted": graph.weighted,
        "links a node, mean": float(degrees.mean()),
        "links a node, median": float(np.median(degrees)),
        "links a node, most": int(degrees.max(initial=0)),
        "nodes without a link": n_alone,
        "components": len(sizes),
        "nodes in the largest component": int(sizes[0]),
        "repeated links, merged": report.duplicate_links,
        "links to itself, left out": report.self_loops,
    }
    bins = np.histogram(degrees, [*_BOUNDS, np.inf])[0]
    names = [str(a) if b - a == 1 else f"{a} to {b - 1}" for a, b in pairwise(_BOUNDS)]
    names.append(f"{_BOUNDS[-1]} and more")
    n_nodes = max(1, len(degrees))
    rows = [(name, int(n), n / n_nodes) for name, n in zip(names, bins, strict=True)]
    most = np.argsort(-degrees, kind="stable")[: min(10, max_rows)]
    hubs = graph[most]
    linked = [(i, int(n)) for i, n in zip(hubs.node_ids, degrees[most], strict=True)]
    blocks: list[Block] = [
        Facts(facts),
        Table.of(
            "Links a node", ("links", "nodes", "share"), rows, max_rows, ("share",)
        ),
        Table.of("Nodes with most links", ("node", "links"), linked, max_rows),
    ]
    if draws and degrees.any():
        blocks.insert(1, draw_degrees(degrees))
    return Section("links", "Links", blocks)


def describe_alikeness(sample: Sample, encoder: object, y: Any, draws: bool) -> Section:
    """Tell whether linked texts are more alike than others.

    Parameters
    ----------
    sample : Sample
        Whose view is looked at: at most 2,000 links that begin in it.
    encoder : str or TextEncoder
        What embeds the texts at both ends.
    y : array-like of shape (n_nodes,) or None
        Labels of the view: they colour the picture.
    draws : bool
        Whether there is one.

    Returns
    -------
    Section
        Named ``alike``.
    """
    title, graph = "How alike linked texts are", sample.graph
    stream = private_stream(0, "links of a report")
    pairs = _some_links(graph, stream)
    if not len(pairs) or not graph.has_texts:
        return Section("alike", title, [Note("There are no linked texts to compare.")])
    ends = np.unique(pairs)
    others = np.stack([pairs[:, 0], stream.permutation(pairs[:, 1])], axis=1)
    others = others[others[:, 0] != others[:, 1]]
    rows = embed_texts(graph.parent[ends].texts, encoder, progress=False)
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    unit = rows / lengths

    def alike(of: NDArray[np.int64]) -> NDArray[np.float64]:
        first, second = (unit[np.searchsorted(ends, side)] for side in of.T)
        cosines: NDArray[np.float64] = (first * second).sum(axis=1).astype(np.float64)
        return cosines

    linked, random = alike(pairs), np.sort(alike(others))
    if not len(random):
        return Section("alike", title, [Note("There are too few links to compare.")])
    below = np.searchsorted(random, linked, "left")
    upto = np.searchsorted(random, linked, "right")
    share = float((below + upto).mean() / (2 * len(random)))
    facts = {
        "links compared": len(pairs),
        "cosine of linked texts, mean": float(linked.mean()),
        "cosine of other pairs, mean": float(random.mean()),
        "linked texts are more alike than another pair": share,
    }
    told = (
        "0.5 would be no more alike than chance. Where linked texts are alike, links "
        "carry labels from node to node; where they are not, compare with "
        'backbone="mlp", which looks at no link.'
    )
    blocks: list[Block] = [Facts(facts), Note(told)]
    if draws and (picture := draw_texts(sample, y, encoder)):
        blocks.append(picture)
    return Section("alike", title, blocks)


def _degrees(graph: TextGraph) -> NDArray[np.int64]:
    links = graph.adjacency
    degrees = np.diff(links.indptr).astype(np.int64)
    if graph.directed:  # who is linked to, too
        degrees = degrees + np.bincount(links.indices, minlength=links.shape[1])
    selected: NDArray[np.int64] = degrees[graph.rows]
    return selected


def _some_links(graph: TextGraph, stream: np.random.RandomState) -> NDArray[np.int64]:
    """Return ends of links that begin in a view, at most so many, each pair once."""
    links = graph.adjacency
    starts = np.unique(graph.rows)
    counts = np.diff(links.indptr)[starts].astype(np.int64)
    total = int(counts.sum())
    if not total:
        return np.empty((0, 2), np.int64)
    n_drawn = min(2 * _MOST_PAIRS, total)
    if n_drawn == total:
        drawn = np.arange(total)
    else:  # with repetition: no permutation of all links of a large graph
        drawn = np.unique(stream.randint(0, total, n_drawn))
    before = np.concatenate([[0], np.cumsum(counts)])
    at = np.searchsorted(before, drawn, "right") - 1
    places = links.indptr[starts[at]] + (drawn - before[at])
    pairs = np.stack([starts[at], links.indices[places]], axis=1).astype(np.int64)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    if len(pairs) > _MOST_PAIRS:
        pairs = pairs[np.sort(stream.permutation(len(pairs))[:_MOST_PAIRS])]
    return pairs
