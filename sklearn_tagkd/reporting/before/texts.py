"""Texts: how long, how many empty, which more than once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sklearn_tagkd.reporting.before.sample import Sample
from sklearn_tagkd.reporting.document import Block, Facts, Note, Section, Table
from sklearn_tagkd.reporting.pictures.of_graph import draw_lengths

__all__ = ["describe_texts"]

_BOUNDS = (0, 10, 25, 50, 100, 200, 400, 800)  # words, from which on a bin reaches


def describe_texts(sample: Sample, max_rows: int, draws: bool) -> Section:
    """Tell what the texts are like.

    Parameters
    ----------
    sample : Sample
        Nodes to look at.
    max_rows : int
        Most rows of a table.
    draws : bool
        Whether there is a picture.

    Returns
    -------
    Section
        Named ``texts``.
    """
    graph = sample.graph[sample.rows]
    if not graph.has_texts:
        told = "The graph has no texts: a language model would have nothing to read."
        return Section("texts", "Texts", [Note(told)])
    texts, ids = graph.texts, graph.node_ids
    words = np.array([len(text.split()) for text in texts])
    is_empty = words == 0
    counts = Counter(
        text for text, empty in zip(texts, is_empty, strict=True) if not empty
    )
    repeated = [(text, n) for text, n in counts.most_common() if n > 1]
    n_repeats = sum(n - 1 for _, n in repeated)
    held = words[~is_empty] if (~is_empty).any() else np.zeros(1, np.int64)
    facts = {
        "texts": len(texts),
        "empty": int(is_empty.sum()),
        "repeated": n_repeats,
        "words, median": float(np.median(held)),
        "words, least": int(held.min()),
        "words, most": int(held.max()),
    }
    blocks: list[Block] = [Facts(facts)]
    if is_empty.any():
        told = (
            f"{is_empty.sum():,} nodes have no text. Nobody is asked about one that "
            "has none itself and is linked to none that has."
        )
        blocks.append(Note(told))
    if n_repeats:
        told = (
            f"{n_repeats:,} texts repeat an earlier one word for word. Equal texts are "
            "embedded once; a question about each is asked and paid for, unless it "
            "shows the same linked texts too."
        )
        blocks.append(Note(told))
    bins = np.histogram(words, [*_BOUNDS, np.inf])[0]
    ends = [f"{b - 1}" for b in _BOUNDS[1:]]
    names = [f"{a} to {b}" for a, b in zip(_BOUNDS, ends, strict=False)]
    names.append(f"{_BOUNDS[-1]} and more")
    rows = [(name, int(n), n / len(texts)) for name, n in zip(names, bins, strict=True)]
    columns = ("words", "texts", "share")
    blocks.append(Table.of("Lengths of texts", columns, rows, max_rows, ("share",)))
    if draws:
        blocks.append(draw_lengths(words))
    blocks.append(
        Table.of(
            "Texts that repeat", ("text", "nodes"), repeated[: 10 * max_rows], max_rows
        )
    )
    blocks.append(
        Table.of(
            "Nodes without a text", ("node",), [(i,) for i in ids[is_empty]], max_rows
        )
    )
    longest = np.argsort(-words, kind="stable")[: min(10, max_rows)]
    rows = [(ids[at], int(words[at]), texts[at]) for at in longest]
    blocks.append(
        Table.of("The longest texts", ("node", "words", "text"), rows, max_rows)
    )
    return Section("texts", "Texts", blocks)
