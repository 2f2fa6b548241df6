"""Which nodes are worth a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Question

__all__ = [
    "STRATEGIES",
    "FeatPropSelection",
    "class_examples",
    "pagerank",
    "select_nodes",
]

Positions = NDArray[np.int64]
Strategy = Callable[[TextGraph, Positions, int, np.random.RandomState], Any]

_DAMPING, _STEPS = 0.85, 50


def select_nodes(
    graph: TextGraph,
    candidates: Positions,
    n_wanted: int | None,
    *,
    strategy: str | Strategy = "random",
    random_state: Any = 0,
    max_per_class: int | None = None,
    classes: Mapping[str, str] | None = None,
    known: Mapping[int, str] | None = None,
) -> Positions:
    """Choose nodes to ask about.

    Parameters
    ----------
    graph : TextGraph
        The whole parent is looked at.
    candidates : ndarray of int64 of shape (n_candidates,)
        Positions in the parent that may be chosen, ascending.
    n_wanted : int or None
        Most nodes; None is all.
    strategy : {'random', 'pagerank', 'featprop'} or callable, default='random'
        How to rank them. A callable takes graph, candidates, the number wanted and
        a RandomState, and returns positions, best first; repeated ones and others
        than candidates are left out.
    random_state : int, RandomState instance or None, default=0
        The same seed chooses the same nodes.
    max_per_class : int, default=None
        Most nodes per class.
    classes : mapping of str to str, default=None
        Names and descriptions of classes, for ``max_per_class``.
    known : mapping of int to str, default=None
        Position to name of the class, where that is known.

    Returns
    -------
    ndarray of int64 of shape (n_chosen,)
        Positions, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.selection import select_nodes
    >>> star = TextGraph(["hub", "a", "b", "c"], [(0, 1), (0, 2), (0, 3)])
    >>> select_nodes(star, np.arange(4), 1, strategy="pagerank")
    array([0])
    """
    wanted = len(candidates) if n_wanted is None else n_wanted
    if len(candidates) <= wanted and max_per_class is None:
        return candidates
    generator = check_random_state(random_state)
    rank = STRATEGIES[strategy] if isinstance(strategy, str) else strategy
    ranked = np.asarray(rank(graph, candidates, wanted, generator), dtype=np.int64)
    ranked = ranked[np.sort(np.unique(ranked, return_index=True)[1])]
    ranked = ranked[np.isin(ranked, candidates)]
    if max_per_class is not None:
        guessed = _guess_classes(graph, ranked, classes or {}, known or {})
        ranked = ranked[_place_within(guessed) < max_per_class]
    return np.sort(ranked[:wanted])


def pagerank(graph: TextGraph) -> NDArray[np.float64]:
    """Return the PageRank of every node of the parent, damping 0.85.

    Parameters
    ----------
    graph : TextGraph
        Any view.

    Returns
    -------
    ndarray of float64 of shape (n_parent_nodes,)
        Sums to 1.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.selection import pagerank
    >>> pagerank(TextGraph(["a", "b"], [(0, 1)]))
    array([0.5, 0.5])
    """
    n_nodes = len(graph.parent)
    links = graph.adjacency.astype(np.float64)
    degree = np.asarray(links.sum(axis=1)).ravel()
    is_dead_end = degree == 0
    share = np.divide(1.0, degree, out=np.zeros(n_nodes), where=~is_dead_end)
    rank = np.full(n_nodes, 1 / n_nodes)
    for _ in range(_STEPS):
        lost = rank[is_dead_end].sum() / n_nodes
        rank = _DAMPING * (links.T @ (rank * share) + lost) + (1 - _DAMPING) / n_nodes
    return rank


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

    def __init__(self, encoder: Any = "all-MiniLM-L6-v2", n_hops: int = 2) -> None:
        self.encoder = encoder
        self.n_hops = n_hops

    def __call__(
        self,
        graph: TextGraph,
        candidates: Positions,
        n_wanted: int,
        random_state: np.random.RandomState,
    ) -> Positions:
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
        fitted = KMeans(
            n_clusters, n_init=1, random_state=random_state.randint(2**31 - 1)
        ).fit(rows)
        centres = fitted.cluster_centers_[fitted.labels_]
        distance = np.linalg.norm(rows - centres, axis=1)
        size = np.bincount(fitted.labels_, minlength=n_clusters)[fitted.labels_]
        order = np.lexsort((distance, fitted.labels_))
        is_later = np.empty(len(rows), dtype=np.int64)
        is_later[order] = _place_within(fitted.labels_[order])
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


def class_examples(
    graph: TextGraph,
    questions: Sequence[Question],
    known: Mapping[int, str],
    n_per_class: int,
    random_state: Any = 0,
) -> list[Question]:
    """Put labelled texts into questions, to learn the task from.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    questions : sequence of Question
        What is asked.
    known : mapping of int to str
        Position to name of the class.
    n_per_class : int
        Texts per class at most.
    random_state : int, RandomState instance or None, default=0
        Chooses them.

    Returns
    -------
    list of Question
        The same, with examples; a node is never an example to its own question,
        nor is one that the question shows as a neighbour.
    """
    places = np.array(sorted(known), dtype=np.int64)
    order = check_random_state(random_state).permutation(len(graph.parent))
    places = places[np.argsort(order[places])]
    names = np.array([known[place] for place in places.tolist()], dtype=object)
    # One more than is shown: it stands in where one is the node asked about.
    spare = places[_place_within(names) < n_per_class + 1].tolist()
    texts = dict(zip(spare, graph.parent[spare].texts, strict=True))
    ids = dict(zip(spare, graph.parent[spare].node_ids.tolist(), strict=True))
    filled = []
    for question in questions:
        shown = {question.node, *question.neighbors}
        fit = [place for place in spare if ids[place] not in shown]
        labels = np.array([known[place] for place in fit], dtype=object)
        kept = np.array(fit, dtype=np.int64)[_place_within(labels) < n_per_class]
        examples = tuple((texts[place], known[place]) for place in kept.tolist())
        filled.append(replace(question, examples=examples))
    return filled


def _random(
    graph: TextGraph,
    candidates: Positions,
    n_wanted: int,
    random_state: np.random.RandomState,
) -> Positions:
    # One order of the whole parent, so that the folds of a search, which see
    # different views, still agree on whom to ask first.
    order = random_state.permutation(len(graph.parent))
    return candidates[np.argsort(order[candidates])]


def _by_pagerank(
    graph: TextGraph,
    candidates: Positions,
    n_wanted: int,
    random_state: np.random.RandomState,
) -> Positions:
    return candidates[np.argsort(-pagerank(graph)[candidates], kind="stable")]


STRATEGIES: dict[str, Strategy] = {
    "random": _random,
    "pagerank": _by_pagerank,
    "featprop": FeatPropSelection(),
}


def _place_within(groups: NDArray[Any]) -> Positions:
    """Return how many of the same group stand before each."""
    seen: dict[Any, int] = {}
    places = np.empty(len(groups), dtype=np.int64)
    for row, group in enumerate(groups.tolist()):
        places[row] = seen.get(group, 0)
        seen[group] = places[row] + 1
    return places


def _guess_classes(
    graph: TextGraph,
    positions: Positions,
    classes: Mapping[str, str],
    known: Mapping[int, str],
) -> NDArray[Any]:
    """Return a class per node; ``''`` where no word hints at one."""
    words = {name: _words(f"{name} {meaning}") for name, meaning in classes.items()}
    guessed = []
    texts = graph.parent[positions].texts
    for position, text in zip(positions.tolist(), texts, strict=True):
        found = known.get(position)
        if found is None:
            own = _words(text)
            hits = {name: len(own & hints) for name, hints in words.items()}
            found = max(hits, key=hits.__getitem__, default="")
            found = found if hits.get(found) else ""
        guessed.append(found)
    return np.array(guessed, dtype=object)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text.casefold()))
