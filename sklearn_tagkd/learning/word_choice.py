"""Whether words tell classes apart on this graph, as labels that were held out say."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.node_views import nodes_to_view, part_views
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.utils.streams import private_stream
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["words_mislead"]

_FEWEST = 50  # labels, below which too few hold a word that others hold
_PENALTY = 3e-4
_MOST = 16_000  # labels times classes, above which a sample of labels judges
_DEVIATIONS = 2.0  # standard errors by which words must be worse


def words_mislead(
    graph: TextGraph,
    embedder: GraphEmbedder,
    supervision: Supervision,
    hops: tuple[int, float] | None,
) -> bool:
    """Tell whether labels are told better by meanings alone than with words beside.

    Words carry long texts; of titles too few occur often enough.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    embedder : GraphEmbedder
        Fitted.
    supervision : Supervision
        Labels and answers.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.

    Returns
    -------
    bool
        True only where held-out labels say so by more than two standard errors: the
        default is to look at words. An interpreter and its student ask once.
    """
    n_text, n_words, _ = embedder.space.column_widths if embedder.space else (0, 0, 0)
    if not n_text or not n_words:
        return False
    if len(supervision.rows) < _FEWEST or len(supervision.classes) < 2:
        return False
    judging = _judging(*supervision.distributions.shape)
    if len(judging) < _FEWEST:
        return False
    supervision = supervision.take(judging)
    told_by = (supervision.rows.tobytes(), supervision.distributions.tobytes())
    digest = hashlib.blake2b(b"".join(told_by), digest_size=16).digest()
    return embedder.remember(
        graph,
        ("words mislead", hops, digest),
        lambda: _judge(graph, embedder, supervision, hops),
    )


def _judge(
    graph: TextGraph,
    embedder: GraphEmbedder,
    supervision: Supervision,
    hops: tuple[int, float] | None,
) -> bool:
    targets = supervision.distributions.astype(np.float64)
    targets = targets[:, targets.any(axis=0)]
    nodes = nodes_to_view(len(graph.parent), supervision.rows)
    places = np.searchsorted(nodes, supervision.rows)
    with one_thread():  # the products are small
        meanings, words = (
            np.log(held_out_predictions(view.rows[places], targets, _PENALTY) + 1e-6)
            for view in part_views(graph, embedder, hops, nodes)[:2]
        )
    together = np.log(softmax((meanings + words) / 2, axis=1) + 1e-12)
    worse: NDArray[np.float64] = (targets * (meanings - together)).sum(axis=1)
    error = worse.std() / np.sqrt(len(worse))
    return bool(worse.mean() > _DEVIATIONS * error)


def _judging(n_labels: int, n_classes: int) -> NDArray[np.int64]:
    if n_labels * n_classes <= _MOST:
        return np.arange(n_labels)
    order = private_stream(0, "labels that judge words").permutation(n_labels)
    return np.sort(order[: _MOST // n_classes])
