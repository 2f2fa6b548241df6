"""Nodes that are typical of what the graph is about."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from sklearn_tagkd.asking.selection.quotas import place_within
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee import View
from sklearn_tagkd.utils.spread_places import spread_places
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["TypicalSelection", "by_share", "find_clusters"]

_MOST_CLUSTERED = 50_000  # nodes that centres are found from
_N_STARTS = 10  # of which the best is taken: a few centres are easily misplaced


class TypicalSelection:
    """Ask about the nodes nearest the centres of a few large clusters.

    Texts are clustered, as many clusters as there are classes, and each cluster is
    asked about in proportion to its size, from its centre outwards. A language model
    errs least on such nodes (LLM-GNN, arXiv:2310.04668), and they say least about
    where one class ends: worth it with a model that is often wrong, and not with one
    that is mostly right.

    Parameters
    ----------
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts.
    lexical_dim : int, default=64
        Latent dimensions of the words beside it.
    n_clusters : int, default=None
        Number of clusters; None is the number of classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.selection import TypicalSelection, select_nodes
    >>> graph = TextGraph(["a goal", "goal", "late goal", "a vote", "vote"], [(0, 1)])
    >>> typical = TypicalSelection("hashing", n_clusters=2)
    >>> len(select_nodes(graph, np.arange(5), 2, strategy=typical))
    2
    """

    wants_n_classes = True

    def __init__(
        self,
        encoder: Any = DEFAULT_ENCODER,
        lexical_dim: int = 64,
        n_clusters: int | None = None,
    ) -> None:
        self.encoder = encoder
        self.lexical_dim = lexical_dim
        self.n_clusters = n_clusters

    def __call__(
        self,
        graph: TextGraph,
        candidates: NDArray[np.int64],
        n_wanted: int,
        random_state: np.random.RandomState,
        n_classes: int = 0,
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
            Of the clustering.
        n_classes : int, default=0
            Number of clusters where ``n_clusters`` is None.

        Returns
        -------
        ndarray of int64 of shape (n_candidates,)
            Positions, best first.

        Raises
        ------
        ValueError
            If neither ``n_clusters`` nor the number of classes is known.
        """
        n_clusters = self.n_clusters or n_classes
        if not n_clusters:
            raise ValueError(
                "The number of clusters is not known: no classes were given, and "
                "n_clusters is None. Give classes, or n_clusters."
            )
        cluster, distance = self._cluster(graph, n_clusters, random_state)
        return candidates[by_share(cluster, distance, candidates)]

    def _cluster(
        self, graph: TextGraph, n_clusters: int, random_state: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return every node's cluster, and how far it is from the centre."""
        embedder = GraphEmbedder(self.encoder, "auto", "auto", self.lexical_dim)
        embedder.fit(graph)
        rows = View.of([np.asarray(embedder.nodes(graph))]).rows
        return find_clusters(rows, n_clusters, random_state)


def find_clusters(
    rows: NDArray[np.float64], n_clusters: int, random_state: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cluster rows, in time linear in their number.

    Parameters
    ----------
    rows : ndarray of float64 of shape (n_rows, n_dimensions)
        Where things lie.
    n_clusters : int
        Most clusters; there are no more than there are different rows.
    random_state : RandomState
        Of the clustering.

    Returns
    -------
    cluster : ndarray of int64 of shape (n_rows,)
        Cluster of each.
    distance : ndarray of float64 of shape (n_rows,)
        How far each is from the centre of its cluster.
    """
    seen = rows[spread_places(len(rows), _MOST_CLUSTERED)]
    with one_thread():
        fitted = KMeans(
            min(n_clusters, len(np.unique(seen, axis=0))),
            n_init=_N_STARTS,
            random_state=random_state.randint(2**31 - 1),
        ).fit(seen)
        cluster = fitted.predict(rows).astype(np.int64)
    away = rows - fitted.cluster_centers_[cluster]
    return cluster, np.linalg.norm(away, axis=1)


def by_share(
    cluster: NDArray[np.int64],
    distance: NDArray[np.float64],
    candidates: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rank by clusters in proportion to their sizes, from each centre outwards.

    Parameters
    ----------
    cluster : ndarray of int64 of shape (n_rows,)
        Cluster of each row.
    distance : ndarray of float64 of shape (n_rows,)
        How far each is from the centre of its cluster.
    candidates : ndarray of int64 of shape (n_candidates,)
        Rows to rank.

    Returns
    -------
    ndarray of int64 of shape (n_candidates,)
        Places in ``candidates``, best first.
    """
    size = np.bincount(cluster)
    nearest = np.lexsort((distance[candidates], cluster[candidates]))
    groups = cluster[candidates[nearest]]
    # Of a cluster of n nodes, number r is due at the share (r + 1/2) / n of all.
    due = (place_within(groups) + 0.5) / size[groups]
    ranked: NDArray[np.int64] = nearest[np.lexsort((candidates[nearest], due))]
    return ranked
