"""What the steps of a pipeline find out about nodes."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["NodeAnnotation"]


class NodeAnnotation(Protocol):
    """Something known about nodes, aligned to the positions of the parent."""

    def restrict(self, positions: NDArray[np.int64], n_nodes: int) -> NodeAnnotation:
        """Return what is left when only some nodes are kept.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n_kept,)
            Old positions of the kept nodes, in their new order.
        n_nodes : int
            Number of nodes before.

        Returns
        -------
        NodeAnnotation
            Aligned to the new positions.
        """

    def extended(self, n_nodes: int) -> NodeAnnotation | None:
        """Return what holds once nodes are appended.

        Parameters
        ----------
        n_nodes : int
            Number of nodes after; the positions of those before stay.

        Returns
        -------
        NodeAnnotation or None
            None where it would have to be found out anew.
        """
