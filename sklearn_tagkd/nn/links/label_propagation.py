"""PyG's methods that spread labels over links, with no network to train."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.nn import CorrectAndSmooth, LabelPropagation
from torch_geometric.nn.conv.gcn_conv import gcn_norm

from sklearn_tagkd.nn.threads import on_one_thread

__all__ = ["correct_and_smooth", "propagate_labels"]

_N_STEPS = 50
_SPREAD = 0.9  # share of what a node hears that it passes on, propagating labels
_POST_SPREAD = 0.8  # the same, correcting and smoothing predictions


@on_one_thread()
def propagate_labels(
    links: csr_array, rows: NDArray[np.int64], distributions: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Spread class distributions from some nodes over the links.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        Weight at ``[receiver, sender]``.
    rows : ndarray of int64 of shape (n_known,)
        Nodes whose class distribution is known.
    distributions : ndarray of shape (n_known, n_classes)
        Rows sum to 1.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_classes)
        Rows sum to 1; a node that nothing reaches gets the mean distribution.
    """
    known, mask = _scattered(links, rows, distributions)
    model = LabelPropagation(num_layers=_N_STEPS, alpha=_SPREAD)
    with torch.inference_mode():
        edges, weights = _normalised(links)
        spread = model(known, edges, mask, weights).numpy().astype(np.float64)
    return _distributions(spread, np.asarray(distributions).mean(axis=0))


@on_one_thread()
def correct_and_smooth(
    links: csr_array,
    rows: NDArray[np.int64],
    distributions: NDArray[np.floating],
    predicted: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Correct predictions by their errors on known nodes, then smooth them.

    Parameters
    ----------
    links : csr_array of shape (n_nodes, n_nodes)
        Weight at ``[receiver, sender]``.
    rows : ndarray of int64 of shape (n_known,)
        Nodes whose class distribution is known.
    distributions : ndarray of shape (n_known, n_classes)
        Rows sum to 1.
    predicted : ndarray of shape (n_nodes, n_classes)
        Predictions of a method that looks at nodes one by one.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_classes)
        Rows sum to 1; a node without a link keeps its prediction.
    """
    known, mask = _scattered(links, rows, distributions)
    given, (edges, weights) = known[mask], _normalised(links)
    model = CorrectAndSmooth(
        num_correction_layers=_N_STEPS,
        correction_alpha=_POST_SPREAD,
        num_smoothing_layers=_N_STEPS,
        smoothing_alpha=_POST_SPREAD,
    )
    with torch.inference_mode():
        raw = torch.from_numpy(np.asarray(predicted, dtype=np.float32))
        correct = model.correct(raw, given, mask, edges, weights)
        smooth = model.smooth(correct, given, mask, edges, weights)
        spread = smooth.numpy().astype(np.float64)
    spread = np.clip(spread, 0, None)
    silent = np.diff(links.indptr) == 0
    spread[silent] = np.asarray(predicted)[silent]
    return _distributions(spread, np.asarray(distributions).mean(axis=0))


def _normalised(links: csr_array) -> tuple[Tensor, Tensor]:
    """Return the links, weighted as PyG would weigh them if all were alike."""
    cells = links.tocoo()
    ends = torch.from_numpy(np.stack([cells.col, cells.row]).astype(np.int64))
    weights = torch.from_numpy(cells.data.astype(np.float32))
    edges, normalised = gcn_norm(ends, weights, links.shape[0], add_self_loops=False)
    return edges, normalised


def _scattered(
    links: csr_array, rows: NDArray[np.int64], distributions: NDArray[np.floating]
) -> tuple[Tensor, Tensor]:
    n_nodes, n_classes = links.shape[0], np.asarray(distributions).shape[1]
    known = np.zeros((n_nodes, n_classes), dtype=np.float32)
    known[rows] = distributions
    mask = np.zeros(n_nodes, dtype=bool)
    mask[rows] = True
    return torch.from_numpy(known), torch.from_numpy(mask)


def _distributions(
    spread: NDArray[np.float64], fallback: NDArray[np.floating]
) -> NDArray[np.float64]:
    total = spread.sum(axis=1, keepdims=True)
    reached = total[:, 0] > 1e-12
    spread[reached] /= total[reached]
    spread[~reached] = fallback
    return spread
