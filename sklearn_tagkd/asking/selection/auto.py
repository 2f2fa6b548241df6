"""Nodes that cover the graph, then those in doubt; typical ones for a weak teacher."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.cover import distances, likeness, pick_cover
from sklearn_tagkd.asking.selection.node_map import NodeMap, map_nodes
from sklearn_tagkd.asking.selection.quick_model import (
    doubts_teacher,
    learn_quickly,
    margin,
    profile_lesson,
)
from sklearn_tagkd.asking.selection.typical import by_share, find_clusters
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["AutoSelection"]

_MOST_COVERED = 2_048  # nodes that stand for the graph
_MOST_CONSIDERED = 8_192  # nodes that may be picked to cover it; the rest follow by lot
_MOST_PICKED = 2_048  # nodes, beyond which a lot covers as well
_PER_REGION = 3  # nodes asked about per region of the cover
_FIRST = 16  # nodes of the first round: the sooner there are answers, the better
_GROWTH, _LEAST_MORE = 1.5, 8  # of what was asked about, from round to round


class AutoSelection:
    """Ask about nodes that cover the graph, then about those in doubt.

    Nodes lie on a map by their words, their features and what they hear along their
    links. Each node picked is the one that covers most of what is not covered yet,
    within a radius that shrinks as more are asked about, so that the first ones are
    typical of large regions and later ones tell smaller regions apart. After the
    first round, which is small however many classes there are, a node counts the more
    to be covered the less sure a quick model of the answers so far is of it; class
    profiles are such answers from the start. Where answers that are held out
    contradict one another more than their number explains, the teacher is weak, and
    is asked about nodes near the centres of as many clusters as there are classes,
    about which it errs least.

    Parameters
    ----------
    meanings : str or object with ``encode``, default=None
        What embeds texts, for their meanings beside their words. None needs no
        weights, and was as good on most graphs; titles of a few words gain from it.
    n_rounds : int, default=8
        Most rounds.

    See Also
    --------
    UncertaintySelection, TypicalSelection : What it makes use of.

    Examples
    --------
    >>> from sklearn_tagkd import LLMRationaleTransformer, datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> from sklearn_tagkd.selection import AutoSelection
    >>> docs = datasets.load_docs()
    >>> step = LLMRationaleTransformer(
    ...     RecordedAnswers(docs.answers), max_nodes=40, selection=AutoSelection())
    >>> len(step.fit_transform(docs.graph).annotations["rationales"])
    40
    """

    wants_n_classes = True
    wants_pool = True
    wants_profiles = True

    def __init__(self, meanings: Any = None, n_rounds: int = 8) -> None:
        self.meanings = meanings
        self.n_rounds = n_rounds

    def round_ends(self, n_wanted: int, most: int) -> list[int]:
        """Return how many nodes have been asked about after each round.

        Parameters
        ----------
        n_wanted : int
            All rounds together.
        most : int
            Most rounds, beside ``n_rounds``.

        Returns
        -------
        list of int
            Ascending; the last one is ``n_wanted``.
        """
        most = max(1, min(most, self.n_rounds))
        # Rounds that take a day each, say, are few and of one size.
        first = _FIRST if most > 2 else -(-n_wanted // most)
        ends = [min(first, n_wanted)]
        while ends[-1] < n_wanted:
            left = most - len(ends)
            grown = max(ends[-1] * _GROWTH, ends[-1] + _LEAST_MORE)
            if left > 0:  # grow as fast as it takes to get there
                grown = max(grown, ends[-1] * (n_wanted / ends[-1]) ** (1 / left))
            ends.append(min(n_wanted, int(np.ceil(grown))) if left > 1 else n_wanted)
        return ends

    def __call__(
        self,
        graph: TextGraph,
        candidates: NDArray[np.int64],
        n_wanted: int,
        random_state: np.random.RandomState,
        answered: RationaleTable | None = None,
        n_classes: int = 0,
        pool: NDArray[np.int64] | None = None,
        profiles: ProfileTable | None = None,
    ) -> NDArray[np.int64]:
        """Rank candidates.

        Parameters
        ----------
        graph : TextGraph
            The whole parent is looked at.
        candidates : ndarray of int64 of shape (n_candidates,)
            Positions in the parent, ascending.
        n_wanted : int
            How many are to be asked about now; the radius of the cover follows.
        random_state : RandomState
            Order of the nodes where there are too many to look at each.
        answered : RationaleTable, default=None
            Answers so far.
        n_classes : int, default=0
            Number of clusters for a weak teacher.
        pool : ndarray of int64 of shape (n_pool,), default=None
            Positions that could be asked about were the view the whole parent. Folds
            of a search pick from the same pool, and pass over what they do not hold,
            so that they agree as far as they can. None is the candidates.
        profiles : ProfileTable, default=None
            What is known of the classes.

        Returns
        -------
        ndarray of int64 of shape (n_candidates,)
            Positions, best first.
        """
        order = random_state.permutation(len(graph.parent))
        # Another seed, another sample of what there is to cover.
        weights = random_state.exponential(size=len(graph.parent))
        asked = np.empty(0, dtype=np.int64) if answered is None else answered.positions
        pool = np.union1d(candidates, asked) if pool is None else pool
        drawn = pool[np.argsort(order[pool])][:_MOST_CONSIDERED]
        covered = np.flatnonzero(order < _MOST_COVERED)
        on_map = map_nodes(graph, np.union1d(drawn, covered), self.meanings)
        by_lot = candidates[np.argsort(order[candidates])]
        if not on_map.rows.shape[1]:
            return by_lot
        lesson = Lesson.of(on_map, answered, profiles, n_classes)
        drawn = np.setdiff1d(drawn, asked)
        if lesson.is_doubted and n_classes:
            ranked = _typical(on_map, drawn, n_classes, random_state)
        else:
            counts = np.isin(drawn, candidates)
            worth = weights[covered] * lesson.doubt(on_map.rows_of(covered))
            ranked = _cover(
                on_map, drawn, counts, covered, worth, lesson.asked, n_wanted
            )
        ranked = ranked[np.isin(ranked, candidates)]
        return np.concatenate([ranked, by_lot[~np.isin(by_lot, ranked)]])


class Lesson:
    """What is known of classes so far, as rows on the map with their targets.

    Parameters
    ----------
    asked : ndarray of int64 of shape (n_asked,)
        Answered nodes.
    rows : ndarray of float64 of shape (n_rows, n_dimensions)
        Theirs, and those of documents.
    targets : ndarray of float64 of shape (n_rows, n_classes)
        Class distributions.
    is_doubted : bool
        Whether the answers contradict one another.
    """

    def __init__(
        self,
        asked: NDArray[np.int64],
        rows: NDArray[np.float64],
        targets: NDArray[np.float64],
        is_doubted: bool,
    ) -> None:
        self.asked, self.rows, self.targets = asked, rows, targets
        self.is_doubted = is_doubted

    @classmethod
    def of(
        cls,
        on_map: NodeMap,
        answered: RationaleTable | None,
        profiles: ProfileTable | None,
        n_classes: int,
    ) -> Lesson:
        """Gather what is known.

        Parameters
        ----------
        on_map : NodeMap
            Where nodes and documents lie.
        answered : RationaleTable or None
            Answers so far.
        profiles : ProfileTable or None
            What is known of the classes.
        n_classes : int
            Number of classes.

        Returns
        -------
        Lesson
            Empty where nothing is known.
        """
        if answered is None:
            asked = np.empty(0, dtype=np.int64)
            rows, targets = on_map.rows[:0], np.empty((0, n_classes))
        else:
            is_mapped = np.isin(answered.positions, on_map.positions)
            asked = answered.positions[is_mapped]
            rows, targets = on_map.rows_of(asked), answered.probabilities[is_mapped]
        is_doubted = doubts_teacher(rows, targets)
        further, of_class = profile_lesson(on_map, profiles, targets.shape[1])
        return cls(
            asked,
            np.concatenate([rows, further]),
            np.concatenate([targets, of_class]),
            is_doubted,
        )

    def doubt(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how unsure a quick model is.

        Parameters
        ----------
        rows : ndarray of float64 of shape (n_rows, n_dimensions)
            On the map.

        Returns
        -------
        ndarray of float64 of shape (n_rows,)
            From 0 to 1; 1 where nothing is known of two classes.
        """
        if (self.targets.sum(axis=0) > 0).sum() < 2:
            return np.ones(len(rows))
        return 1 - margin(learn_quickly(self.rows, self.targets, rows))


def _cover(
    on_map: NodeMap,
    drawn: NDArray[np.int64],
    counts: NDArray[np.bool_],
    covered: NDArray[np.int64],
    worth: NDArray[np.float64],
    asked: NDArray[np.int64],
    n_wanted: int,
) -> NDArray[np.int64]:
    everyone = np.concatenate([asked, drawn])
    squared = distances(on_map.rows_of(everyone), on_map.rows_of(covered))
    n_wanted = min(n_wanted, _MOST_PICKED)
    alike = likeness(squared, (len(asked) + n_wanted) / _PER_REGION)
    so_far = alike[: len(asked)].max(axis=0, initial=0.0)
    return drawn[pick_cover(alike[len(asked) :], worth, so_far, counts, n_wanted)]


def _typical(
    on_map: NodeMap,
    drawn: NDArray[np.int64],
    n_classes: int,
    random_state: np.random.RandomState,
) -> NDArray[np.int64]:
    cluster, distance = find_clusters(on_map.rows, n_classes, random_state)
    places = np.searchsorted(on_map.positions, drawn)
    return drawn[by_share(cluster, distance, places)]
