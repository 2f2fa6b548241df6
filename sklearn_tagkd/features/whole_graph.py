"""What is made of all nodes of a graph, held in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.rationales.enhancement import Enhancement
from sklearn_tagkd.rationales.passed_over import PassedOver, without

__all__ = ["WholeGraph"]


class WholeGraph(ABC):
    """What an embedder makes of all nodes; one that goes by parts does it otherwise."""

    @abstractmethod
    def raw_inputs(
        self, graph: TextGraph, scorer: LinkScorer | None = None
    ) -> NetworkInputs:
        """Return raw texts and raw links.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer, default=None
            What weighs the links; None leaves them all alike.

        Returns
        -------
        NetworkInputs
            Of the whole parent, without messages.
        """

    def explained_inputs(
        self,
        graph: TextGraph,
        scorer: LinkScorer | None,
        changes: Enhancement | None,
        beside: bool = False,
    ) -> NetworkInputs:
        """Return texts and links as rationales change them.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer or None
            What weighs the links.
        changes : Enhancement or None
            What changes; None is nothing, so that texts stand for keywords.
        beside : bool, default=False
            Whether keywords stand beside texts.

        Returns
        -------
        NetworkInputs
            Of the whole parent, with messages.
        """
        raw = self.raw_inputs(graph, scorer)
        if changes is None:
            doubled = np.tile(np.asarray(raw.embeddings), 2) if beside else None
            return raw if doubled is None else NetworkInputs(doubled, raw.links)
        return NetworkInputs(
            changes.applied(np.asarray(raw.embeddings), beside),
            changes.links,
            changes.message_receiver,
            changes.message_sender,
        )

    def weaken(
        self,
        graph: TextGraph,
        scorer: LinkScorer | None,
        links: csr_array,
        passed_over: PassedOver,
    ) -> csr_array:
        """Return links of which some weigh less.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer or None
            What weighs the links.
        links : csr_array of shape (n_parent_nodes, n_parent_nodes)
            Those of :meth:`raw_inputs`.
        passed_over : PassedOver
            Which of them, and what they weigh.

        Returns
        -------
        csr_array of shape (n_parent_nodes, n_parent_nodes)
            Others; indices sorted.
        """
        return without(links, passed_over)

    def of_all_nodes(
        self,
        graph: TextGraph,
        compute: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """Compute something of all nodes of the parent.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        compute : callable
            From positions to rows.

        Returns
        -------
        ndarray of float32 of shape (n_parent_nodes, n_columns)
            One row per node.
        """
        return compute(np.arange(len(graph.parent)))
