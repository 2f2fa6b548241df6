"""Which links matter: learnt from a language model's judgements, applied to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from sklearn_tagkd.features.link_weights import unit_rows, weigh_pairs
from sklearn_tagkd.nn.inputs import Rows
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.spread_places import spread_places
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["LinkScorer"]

_MIN_JUDGEMENTS = 5  # of either kind, before there is anything to learn
_SAMPLE = 2**20  # links by which the mean weight is estimated, at most
# Products of unit vectors are small; at these scales one penalty fits all columns.
_PRODUCT, _DIFFERENCE, _COSINE = 20.0, 5.0, 10.0


@dataclass(frozen=True, eq=False)
class LinkScorer:
    """A logistic regression on pairs of embeddings that finds key neighbours.

    A language model was shown some neighbours of a few nodes and named those that
    carry evidence. What it went by can be seen, in part, in the embeddings of the
    two ends; so every other link can be judged too, with no language model at hand.

    Parameters
    ----------
    of_product : ndarray of float32 of shape (n_dimensions,)
        Weights of the product of the two unit vectors, column by column.
    of_difference : ndarray of float32 of shape (n_dimensions,)
        Weights of their absolute difference.
    intercept : float
        Constant part of the score.
    mean_weight : float
        Mean weight of the links it was fitted on, which becomes 1.
    """

    of_product: NDArray[np.float32]
    of_difference: NDArray[np.float32]
    intercept: float
    mean_weight: float

    def __repr__(self) -> str:
        return f"LinkScorer(n_dimensions={len(self.of_product)})"

    @classmethod
    def fit(
        cls, embeddings: Rows, links: csr_array, table: RationaleTable
    ) -> LinkScorer | None:
        """Learn from the neighbours that were shown, named or passed over.

        Parameters
        ----------
        embeddings : Rows of shape (n_nodes, n_dimensions)
            Embeddings of the raw texts.
        links : csr_array of shape (n_nodes, n_nodes)
            Links; their mean weight will be 1.
        table : RationaleTable
            What a language model said.

        Returns
        -------
        LinkScorer or None
            None where there are fewer than five judgements of either kind: all
            neighbours named key say nothing about links.
        """
        over_row, over_node = table.passed_over
        is_key = np.repeat([True, False], [len(table.key_row), len(over_row)])
        if min(is_key.sum(), (~is_key).sum()) < _MIN_JUDGEMENTS:
            return None
        rows = np.concatenate([table.key_row, over_row])
        nodes = np.concatenate([table.key_node, over_node])
        own = unit_rows(embeddings[table.positions[rows]])
        other = unit_rows(embeddings[nodes])
        product = own * other
        columns = np.concatenate(
            [
                _PRODUCT * product,
                _DIFFERENCE * np.abs(own - other),
                _COSINE * product.sum(axis=1, keepdims=True),
            ],
            axis=1,
        )
        with one_thread():
            model = LogisticRegression(C=0.1, max_iter=1000).fit(columns, is_key)
        *weights, of_cosine = model.coef_[0]
        width = embeddings.shape[1]
        # The cosine is the sum of the products: its weight adds to each of theirs.
        scorer = cls(
            of_product=np.array(
                _PRODUCT * np.array(weights[:width]) + _COSINE * of_cosine, np.float32
            ),
            of_difference=np.array(
                _DIFFERENCE * np.array(weights[width:]), dtype=np.float32
            ),
            intercept=float(model.intercept_[0]),
            mean_weight=1.0,
        )
        some = spread_places(links.nnz, _SAMPLE)
        receiver = np.searchsorted(links.indptr, some, side="right") - 1
        mean = float(
            scorer.weigh_pairs(receiver, links.indices[some], embeddings).mean()
        )
        return cls(scorer.of_product, scorer.of_difference, scorer.intercept, mean)

    def weigh(self, links: csr_array, embeddings: Rows) -> csr_array:
        """Weigh links by the square of the probability that they matter.

        Parameters
        ----------
        links : csr_array of shape (n_nodes, n_nodes)
            Links, whose own weights are multiplied by it.
        embeddings : Rows of shape (n_nodes, n_dimensions)
            Embeddings of the raw texts.

        Returns
        -------
        csr_array of shape (n_nodes, n_nodes), dtype float32
            The same links; symmetric ones stay so, since both ends count alike.
        """
        weights = self._of_links(links, embeddings)
        weights *= links.data
        return csr_array((weights, links.indices, links.indptr), shape=links.shape)

    def _of_links(self, links: csr_array, embeddings: Rows) -> NDArray[np.float32]:
        receiver = np.repeat(
            np.arange(links.shape[0], dtype=np.int32), np.diff(links.indptr)
        )
        if not _is_symmetric(links):
            return self.weigh_pairs(receiver, links.indices, embeddings)
        # Both ends count alike, so one direction of every link is enough.
        upper = receiver < links.indices
        weights = np.zeros(links.nnz, dtype=np.float32)
        weights[upper] = self.weigh_pairs(
            receiver[upper], links.indices[upper], embeddings
        )
        half = csr_array((weights, links.indices, links.indptr), shape=links.shape)
        both: NDArray[np.float32] = weights + half.T.tocsr().data
        return both

    @one_thread()
    def weigh_pairs(
        self,
        receiver: NDArray[np.integer],
        sender: NDArray[np.integer],
        embeddings: Any,
    ) -> NDArray[np.float32]:
        """Weigh some links whose own weights are 1.

        Parameters
        ----------
        receiver, sender : ndarray of int of shape (n_links,)
            Ends of the links.
        embeddings : Rows of shape (n_nodes, n_dimensions)
            Embeddings of the raw texts.

        Returns
        -------
        ndarray of float32 of shape (n_links,)
            Above 0.
        """
        return weigh_pairs(self, receiver, sender, embeddings)


def _is_symmetric(links: csr_array) -> bool:
    transposed = links.T.tocsr()
    return bool(
        (transposed.indptr == links.indptr).all()
        and (transposed.indices == links.indices).all()
    )
