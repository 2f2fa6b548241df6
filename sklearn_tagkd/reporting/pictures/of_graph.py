"""Pictures of a graph before anybody is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.inspection.displays.embedding_map import EmbeddingMapDisplay
from sklearn_tagkd.inspection.displays.style import COLORS, plain_frame
from sklearn_tagkd.reporting.before.sample import Sample
from sklearn_tagkd.reporting.document import Picture
from sklearn_tagkd.reporting.pictures.drawing import draw
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["draw_degrees", "draw_lengths", "draw_texts"]

_MOST_MAPPED, _FEWEST_MAPPED = 1000, 8
_UNLABELLED = "no label"


def draw_lengths(words: NDArray[np.int64]) -> Picture:
    """Draw how long texts are.

    Parameters
    ----------
    words : ndarray of int64 of shape (n_texts,)
        Words of each, one or more texts.

    Returns
    -------
    Picture
        Of all but the longest in a hundred.
    """
    low, middle, high = np.percentile(words, [25, 50, 75])
    end = max(float(np.percentile(words, 99)), float(words.min()) + 1)
    told = (
        f"Half of the texts have {low:.0f} to {high:.0f} words, with {middle:.0f} in "
        f"the middle; one in a hundred has more than {end:.0f}."
    )

    def plot(ax: Any) -> None:
        n_bins = int(min(40, end - words.min() + 1))
        bounds = np.linspace(words.min(), end, n_bins + 1)
        ax.hist(words[words <= end], bounds, color=COLORS[0])
        plain_frame(ax, "words", "texts", None)

    return draw("How long the texts are", plot, told, 6.4, 3.0)


def draw_degrees(degrees: NDArray[np.int64]) -> Picture:
    """Draw how many nodes have how many links.

    Parameters
    ----------
    degrees : ndarray of int64 of shape (n_nodes,)
        Links of each; one at least has some.

    Returns
    -------
    Picture
        Both axes by powers of ten. Nodes without a link are in its words.
    """
    values, counts = np.unique(degrees[degrees > 0], return_counts=True)
    middle = float(np.median(degrees))
    told = (
        f"Nodes by their links, both by powers of ten: {middle:.0f} in the middle, "
        f"{values[-1]:,} at most; {int((degrees == 0).sum()):,} nodes without a link "
        "are not drawn."
    )

    def plot(ax: Any) -> None:
        ax.plot(values, counts, "o", ms=4, color=COLORS[0], mew=0)
        ax.set_xscale("log")
        ax.set_yscale("log")
        plain_frame(ax, "links of a node", "nodes", None)

    return draw("How many links nodes have", plot, told, 6.4, 3.0)


def draw_texts(sample: Sample, y: Any, encoder: Any) -> Picture | None:
    """Draw a map of the texts, near ones alike.

    Parameters
    ----------
    sample : Sample
        Nodes to look at; at most 1,000 of them.
    y : array-like of shape (n_nodes,) or None
        Labels of the view, which colour the map.
    encoder : str or TextEncoder
        What embeds the texts.

    Returns
    -------
    Picture or None
        None of fewer than eight texts.
    """
    graph = sample.graph
    if not graph.has_texts:
        return None
    order = private_stream(0, "a map of texts").permutation(sample.rows)
    texts = graph[order[: 2 * _MOST_MAPPED]].texts
    is_read = np.array([bool(text.strip()) for text in texts], dtype=bool)
    at = order[: len(texts)][is_read][:_MOST_MAPPED]
    if len(at) < _FEWEST_MAPPED:
        return None
    names, of_what = np.full(len(at), "a text"), "texts"
    if y is not None:
        labels, is_labelled = labelled_rows(y, len(graph))
        names = np.where(is_labelled[at], labels[at].astype(str), _UNLABELLED)
        of_what = f"texts of {len(np.unique(names)):,} classes"
    rows = embed_texts(graph[at].texts, encoder, progress=False)
    told = (
        f"{len(at):,} {of_what}, laid out so that like ones lie near one another. "
        "Where colours lie apart, words tell the classes. Distances between groups say "
        "little."
    )

    def plot(ax: Any) -> None:
        EmbeddingMapDisplay.from_predictions(rows, names, ax=ax)
        ax.set_title("")

    return draw("A map of the texts", plot, told, 7.6, 4.8)
