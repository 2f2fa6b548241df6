"""A saved ``decoupled`` model over more documents than memory has room for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.link_weights import PairWeights, weights_of_scores
from sklearn_tagkd.nn.plain.propagation import ReceivedLinks
from sklearn_tagkd.nn.wide import WideDecoupled
from sklearn_tagkd.serving.served_model import ServedModel

__all__ = ["WideModel"]

_LINKS = 2**18  # scored at a time


class WideModel:
    """Documents part by part, then their links, then what the model says.

    Parameters
    ----------
    model : ServedModel
        With the backbone ``'decoupled'``.
    folder : Path
        Holds the columns meanwhile, four bytes for each of each document.
    """

    def __init__(self, model: ServedModel, folder: Path) -> None:
        self._model, self._folder = model, folder
        self._network: WideDecoupled | None = None

    def add(self, texts: list[str], features: NDArray[np.float32] | None) -> None:
        """Take over further documents.

        Parameters
        ----------
        texts : list of str
            Their texts.
        features : ndarray of float32 of shape (n_documents, n_features) or None
            Numbers beside them.
        """
        if not texts:
            return
        rows = self._model.input_rows(texts, features=features)
        if self._network is None:
            network = self._model.network
            self._network = WideDecoupled(
                network.config, network.weights, rows.shape[1], self._folder
            )
        self._network.add(rows)

    def link(self, edges: Any, weights: Any, directed: bool) -> None:
        """Take over the links among all documents.

        Parameters
        ----------
        edges : array-like of shape (n_edges, 2)
            Pairs of positions.
        weights : array-like of shape (n_edges,) or None
            What they weigh.
        directed : bool
            Whether a link goes one way.
        """
        network = self._documents()
        n_documents = network.n_rows
        links = self._model.received_links(edges, weights, directed, n_documents)
        scorer = self._model.link_scorer
        if scorer is not None and len(scorer.of_product) == network.blocks()[-1].stop:
            scores = _weigh(scorer, links, network)
            links = ReceivedLinks(links.starts, links.senders, scores * links.weights)
        network.hear(links)

    def probabilities(self, part: slice) -> NDArray[np.float64]:
        """Return what the model says of some documents, after :meth:`link`.

        Parameters
        ----------
        part : slice
            Which of them.

        Returns
        -------
        ndarray of float64 of shape (n_documents, n_classes)
            As :meth:`ServedModel.predict_proba` says it, to 1e-5.
        """
        return self._documents().probabilities(part)

    def _documents(self) -> WideDecoupled:
        if self._network is None:
            raise ValueError("There is no document: add some first.")
        return self._network


def _weigh(
    scorer: PairWeights, links: ReceivedLinks, network: WideDecoupled
) -> NDArray[np.float32]:
    """Weigh links as ``weigh_pairs`` does, block of columns by block."""
    receivers, senders = links.receivers, links.senders
    squares = np.zeros(network.n_rows)
    for place in range(len(network.blocks())):
        squares += np.square(network.columns(place), dtype=np.float64).sum(axis=1)
    length = np.maximum(np.sqrt(squares), 1e-12).astype(np.float32)[:, None]
    scores = np.zeros(len(receivers), dtype=np.float32)
    for place, block in enumerate(network.blocks()):
        rows = network.columns(place)
        rows /= length
        for start in range(0, len(scores), _LINKS):
            part = slice(start, start + _LINKS)
            own, other = rows[receivers[part]], rows[senders[part]]
            scores[part] += np.abs(own - other) @ scorer.of_difference[block]
            scores[part] += (own * other) @ scorer.of_product[block]
    return weights_of_scores(scorer, scores)
