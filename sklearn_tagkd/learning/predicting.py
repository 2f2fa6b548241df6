"""What a fitted network answers about nodes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.features.received import link_kind
from sklearn_tagkd.features.space import InputSpace
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.large_arrays import row_blocks
from sklearn_tagkd.utils.link_kinds import warn_of_other_links
from sklearn_tagkd.utils.most_probable import most_probable

__all__ = ["NodeClassifierMixin"]


class NodeClassifierMixin(ClassifierMixin):
    """Predictions and scores from the outputs of a network over a graph."""

    classes_: NDArray[Any]

    input_space_: InputSpace

    @abstractmethod
    def _hops(self) -> tuple[int, float] | None:
        """Return steps of propagation and the share kept; None looks at no link."""

    def _warn_of_other_links(self, graph: TextGraph) -> None:
        if self._hops() is not None:
            warn_of_other_links(self.input_space_.links, link_kind(graph))

    @abstractmethod
    def _outputs(self, X: Any, kind: str) -> NDArray[np.float32]:
        """Return what the network says of nodes, one row a node."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of every class.

        Parameters
        ----------
        X : TextGraph, list of str, or array-like of shape (n_samples, n_features)
            Nodes to predict, of this graph or of another; texts are those of
            documents without links. No language model is
            asked.

        Returns
        -------
        ndarray of float64 of shape (n_nodes, n_classes)
            Columns in the order of ``classes_``; rows sum to 1.
        """
        parts = [self._shares(part) for part in _parts(X)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the logarithm of the probability of every class.

        Parameters
        ----------
        X : TextGraph, list of str, or array-like of shape (n_samples, n_features)
            Nodes to predict, of this graph or of another; texts are those of
            documents without links.

        Returns
        -------
        ndarray of float64 of shape (n_nodes, n_classes)
            Columns in the order of ``classes_``; minus infinity where the probability
            is 0.
        """
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.float64] = np.log(self.predict_proba(X))
        return logarithms

    def predict(self, X: Any, *, abstain_below: float | None = None) -> NDArray[Any]:
        """Return the most probable class, or none where it is not probable enough.

        Parameters
        ----------
        X : TextGraph, list of str, or array-like of shape (n_samples, n_features)
            Nodes to predict, of this graph or of another; texts are those of
            documents without links.
        abstain_below : float, default=None
            The probability below which no class is named; None names one always.

        Returns
        -------
        ndarray of shape (n_nodes,)
            Labels; where no class is named, ``''`` among strings and -1 among
            numbers, as for unlabelled nodes.

        Raises
        ------
        ValueError
            If ``abstain_below`` is not between 0 and 1.
        """
        parts = [
            most_probable(self._shares(part), self.classes_, abstain_below)
            for part in _parts(X)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def embed(self, X: Any) -> NDArray[np.float32]:
        """Return what the network's classifier looks at.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes, of this graph or of another.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, hidden_dim)
            One row per node.
        """
        embedded: NDArray[np.float32] = self._outputs(X, "hidden")
        return embedded

    def _shares(self, X: Any) -> NDArray[np.float64]:
        shares: NDArray[np.float64] = self._outputs(X, "probabilities").astype(
            np.float64
        )
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on the labelled nodes.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes to predict.
        y : array-like of shape (n_nodes,)
            True labels. On a TextGraph unlabelled nodes are left out.
        sample_weight : array-like of shape (n_nodes,), default=None
            Weight of each node.

        Returns
        -------
        float
            Share of nodes, or of weight, predicted right.

        Raises
        ------
        ValueError
            If no node is labelled, or labels are of another kind than the classes.
        """
        predicted, true = self.predict(X), np.asarray(y)
        if isinstance(X, TextGraph):
            true, is_labelled = labelled_rows(y, len(X))
            if not is_labelled.any():
                raise ValueError("y has no label: there is nothing to score.")
            true, predicted = true[is_labelled], predicted[is_labelled]
            if sample_weight is not None:
                sample_weight = np.asarray(sample_weight)[is_labelled]
        if true.dtype == object:  # strings, stripped of the -1 among them
            true = true.astype(self.classes_.dtype)
        first, known = true.tolist()[0], self.classes_.tolist()[0]
        if isinstance(first, str) != isinstance(known, str):
            raise ValueError(
                f"y holds labels such as {first!r}, and the classes are "
                f"{self.classes_.tolist()}. Score with labels of the kind that was "
                "fitted."
            )
        return float(accuracy_score(true, predicted, sample_weight=sample_weight))


def _parts(X: Any) -> Iterator[Any]:
    """Tell which nodes to speak of at a time: all, unless the graph goes by parts."""
    if not isinstance(X, TextGraph) or X.by_parts is None or not len(X):
        yield X
        return
    for block in row_blocks(len(X)):
        yield X[block]
