"""Nodes that a quick model of the answers so far is least sure of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.quotas import place_within
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["UncertaintySelection"]

_LEAST = 0.01  # of a probability by which a class counts as named


class UncertaintySelection:
    """Ask in rounds, each time about the nodes that a student is least sure of.

    The first round asks about random nodes. After each round a softmax regression
    on texts and propagated texts, which is fitted in a moment, learns the answers
    so far, and the next round asks about nodes with the smallest margin between
    their two most probable classes, of each class in turn, so that no one frontier
    takes the whole round.

    Parameters
    ----------
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts.
    lexical_dim : int, default=64
        Latent dimensions of the words beside it.
    n_rounds : int, default=7
        Rounds in which the nodes are asked about, in equal parts.
    n_hops : int, default=10
        Steps of propagation.
    teleport : float, default=0.1
        Share of its own embedding that a node keeps per step.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import LLMRationaleTransformer, datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> from sklearn_tagkd.selection import UncertaintySelection
    >>> docs = datasets.load_docs()
    >>> step = LLMRationaleTransformer(
    ...     RecordedAnswers(docs.answers), max_nodes=40,
    ...     selection=UncertaintySelection("hashing"))
    >>> len(step.fit_transform(docs.graph).annotations["rationales"])
    40
    """

    def __init__(
        self,
        encoder: Any = DEFAULT_ENCODER,
        lexical_dim: int = 64,
        n_rounds: int = 7,
        n_hops: int = 10,
        teleport: float = 0.1,
    ) -> None:
        self.encoder = encoder
        self.lexical_dim = lexical_dim
        self.n_rounds = n_rounds
        self.n_hops = n_hops
        self.teleport = teleport

    def __call__(
        self,
        graph: TextGraph,
        candidates: NDArray[np.int64],
        n_wanted: int,
        random_state: np.random.RandomState,
        answered: RationaleTable | None = None,
    ) -> NDArray[np.int64]:
        """Rank candidates.

        Parameters
        ----------
        graph : TextGraph
            The whole parent is looked at.
        candidates : ndarray of int64 of shape (n_candidates,)
            Positions in the parent.
        n_wanted : int
            Makes no difference.
        random_state : RandomState
            Order of the first round, and among equals.
        answered : RationaleTable, default=None
            Answers so far. With None, or where they name fewer than two classes,
            the order is random.

        Returns
        -------
        ndarray of int64 of shape (n_candidates,)
            Positions, best first.
        """
        # One order of the whole parent, so that the folds of a search agree.
        order = random_state.permutation(len(graph.parent))[candidates]
        if answered is None or len(_named(answered)) < 2:
            return candidates[np.argsort(order)]
        probabilities = self._predict(graph, answered)[candidates]
        top = np.sort(probabilities, axis=1)[:, -2:]
        margin = top[:, 1] - top[:, 0]
        by_margin = np.lexsort((order, margin))
        turn = place_within(probabilities.argmax(axis=1)[by_margin])
        return candidates[by_margin[np.argsort(turn, kind="stable")]]

    def _predict(
        self, graph: TextGraph, answered: RationaleTable
    ) -> NDArray[np.float64]:
        # Imported late: torch takes seconds.
        from sklearn_tagkd.nn.links.propagation import personalised_pagerank

        embedder = GraphEmbedder(self.encoder, "auto", "auto", self.lexical_dim)
        embedder.fit(graph)
        inputs = embedder.raw_inputs(graph)
        propagated = personalised_pagerank(inputs, self.n_hops, self.teleport)
        rows = np.concatenate([inputs.embeddings, propagated], axis=1)
        at, targets = answered.positions, answered.probabilities
        # The more answers, the less they need to be held back.
        penalty = 0.5 * len(answered) ** -1.5
        seen = rows[at].astype(np.float64)
        with one_thread():
            found = fit_softmax(seen, targets, np.ones(len(at)), penalty)
            return predict_softmax(rows, found.astype(np.float32))


def _named(answered: RationaleTable) -> NDArray[np.int64]:
    """Return the classes that some answer gives a part to."""
    return np.flatnonzero((answered.probabilities > _LEAST).any(axis=0))
