"""How strange a class is for a node, and how strange is too much."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from sklearn_tagkd.graph import TextGraph

__all__ = ["SCORES", "mean_of_linked", "score_classes", "smooth", "threshold"]

SCORES = ("aps", "lac", "raps")
_RAPS_PENALTY, _RAPS_FREE = 0.1, 1  # per class of a set beyond the first

Scores = NDArray[np.float64]


def score_classes(
    probabilities: NDArray[np.float64], kind: str, draws: NDArray[np.float64]
) -> Scores:
    """Score how strange each class is.

    Parameters
    ----------
    probabilities : ndarray of float64 of shape (n_nodes, n_classes)
        Rows sum to 1.
    kind : {'lac', 'aps', 'raps'}
        One less the probability; or the probability of all classes that are likelier,
        and a random part of the class's own; or that and a penalty per further class.
    draws : ndarray of float64 of shape (n_nodes,)
        Of that part, from 0 to 1.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_classes)
        Higher is stranger.
    """
    if kind == "lac":
        return 1 - probabilities
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ordered = np.take_along_axis(probabilities, order, axis=1)
    of_likelier = np.cumsum(ordered, axis=1) - ordered
    ranked = of_likelier + draws[:, None] * ordered
    if kind == "raps":
        rank = np.arange(probabilities.shape[1])
        ranked = ranked + _RAPS_PENALTY * np.maximum(rank + 1 - _RAPS_FREE, 0)
    scores = np.empty_like(ranked)
    np.put_along_axis(scores, order, ranked, axis=1)
    return scores


def mean_of_linked(graph: TextGraph) -> csr_array:
    """Return what makes means over linked nodes, either way a link goes.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    csr_array of shape (n_parent_nodes, n_parent_nodes)
        Rows sum to 1; a node without links is linked to itself.
    """
    links: csr_array = graph.adjacency.astype(np.float64)
    if graph.directed:
        links = (links + links.T).tocsr()
    total = np.asarray(links.sum(axis=1)).ravel()
    alone = (total == 0).astype(np.float64)
    scale = diags_array(1 / np.where(total > 0, total, 1))
    return (scale @ links + diags_array(alone)).tocsr()


def smooth(scores: Scores, linked: csr_array, smoothing: float) -> Scores:
    """Mix scores with the mean of linked nodes.

    Nodes that are calibrated by and nodes that are predicted are treated alike, and no
    label is looked at: it costs no coverage (DAPS, Zargarbashi et al. 2023).

    Parameters
    ----------
    scores : ndarray of float64 of shape (n_parent_nodes, n_classes)
        Of all nodes.
    linked : csr_array of shape (n_parent_nodes, n_parent_nodes)
        Of :func:`mean_of_linked`.
    smoothing : float
        Share of linked nodes.

    Returns
    -------
    ndarray of float64 of shape (n_parent_nodes, n_classes)
        As given where ``smoothing`` is 0.
    """
    if not smoothing:
        return scores
    mixed: Scores = (1 - smoothing) * scores + smoothing * (linked @ scores)
    return mixed


def threshold(scores: NDArray[np.float64], confidence_level: float) -> float:
    """Return the greatest score of a class that is still in a set.

    Parameters
    ----------
    scores : ndarray of float64 of shape (n_calibration,)
        Of the true classes.
    confidence_level : float
        Share of nodes whose set is to hold the true class.

    Returns
    -------
    float
        Infinite where there are too few scores.
    """
    rank = math.ceil((len(scores) + 1) * confidence_level - 1e-9)
    if rank > len(scores):
        return math.inf
    return float(np.partition(scores, rank - 1)[rank - 1])
