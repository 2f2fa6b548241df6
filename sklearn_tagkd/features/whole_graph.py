"""What is made of all nodes of a graph, held in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.rationales.enhancement import Enhancement

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
        changes: Enhancement,
        beside: bool = False,
    ) -> NetworkInputs:
        """Return texts and links as rationales change them.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        scorer : LinkScorer or None
            What weighs the links.
        changes : Enhancement
            What changes.
        beside : bool, default=False
            Whether keywords stand beside texts.

        Returns
        -------
        NetworkInputs
            Of the whole parent, with messages.
        """
        raw = self.raw_inputs(graph, scorer)
        return NetworkInputs(
            changes.applied(np.asarray(raw.embeddings), beside),
            changes.links,
            changes.message_receiver,
            changes.message_sender,
        )

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
