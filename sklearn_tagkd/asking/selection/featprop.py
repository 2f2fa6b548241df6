"""Nodes in the middle of clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.cluster import KMeans

from sklearn_tagkd.asking.selection.quotas import place_within
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER, embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["FeatPropSelection"]


class FeatPropSelection:
    """Ask about the nodes in the middle of clusters of propagated embeddings.

    After FeatProp (Wu et al. 2019): embeddings are propagated along the links, the
    candidates clustered, and of each cluster the node nearest its centre comes
    first, large clusters before small ones.

    Parameters
    ----------
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts.
    n_hops : int, default=2
        Steps of propagation.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.selection import FeatPropSelection, select_nodes
    >>> graph = TextGraph(["goal", "late goal", "vote", "a vote"], [(0, 1), (2, 3)])
    >>> chosen = FeatPropSelection("hashing")
    >>> len(select_nodes(graph, np.arange(4), 2, strategy=chosen))
    2
    """

    def __init__(self, encoder: Any = DEFAULT_ENCODER, n_hops: int = 2) -> None:
        self.encoder = encoder
        self.n_hops = n_hops

    def __call__(
        self,
        graph: TextGraph,
        candidates: NDArray[np.int64],
        n_wanted: int,
        random_state: np.random.RandomState,
    ) -> NDArray[np.int64]:
        """Rank candidates.

        Parameters
        ----------
        graph : TextGraph
            The whole parent is looked at.
        candidates : ndarray of int64 of shape (n_candidates,)
            Positions in the parent.
        n_wanted : int
            Number of clusters.
        random_state : RandomState
            Of the clustering.

        Returns
        -------
        ndarray of int64 of shape (n_candidates,)
            Positions, best first.
        """
        rows = self._propagated(graph)[candidates]
        n_clusters = min(n_wanted, len(np.unique(rows, axis=0)))
        with one_thread():
            fitted = KMeans(
                n_clusters, n_init=1, random_state=random_state.randint(2**31 - 1)
            ).fit(rows)
        centres = fitted.cluster_centers_[fitted.labels_]
        distance = np.linalg.norm(rows - centres, axis=1)
        size = np.bincount(fitted.labels_, minlength=n_clusters)[fitted.labels_]
        order = np.lexsort((distance, fitted.labels_))
        is_later = np.empty(len(rows), dtype=np.int64)
        is_later[order] = place_within(fitted.labels_[order])
        return candidates[np.lexsort((candidates, distance, -size, is_later))]

    def _propagated(self, graph: TextGraph) -> NDArray[np.float64]:
        rows = embed_texts(graph.parent.texts, self.encoder).astype(np.float64)
        links: csr_array = graph.adjacency.astype(np.float64)
        links = links + diags_array(np.ones(len(rows)))
        degree = np.asarray(links.sum(axis=1)).ravel()
        step = (diags_array(1 / degree) @ links).tocsr()
        for _ in range(self.n_hops):
            rows = step @ rows
        return rows
