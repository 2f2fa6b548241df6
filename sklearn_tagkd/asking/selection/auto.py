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
)
from sklearn_tagkd.asking.selection.typical import by_share, find_clusters
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["AutoSelection"]

_MOST_COVERED = 2_048  # nodes that stand for the graph
_MOST_CONSIDERED = 8_192  # nodes that may be picked to cover it; the rest follow by lot
_MOST_PICKED = 2_048  # nodes, beyond which a lot covers as well
_PER_REGION = 3  # nodes asked about per region of the cover
_FIRST_PER_CLASS, _LEAST_FIRST = 2, 16  # nodes of the first round
_GROWTH, _LEAST_MORE = 1.5, 8  # of what was asked about, from round to round


class AutoSelection:
    """Ask about nodes that cover the graph, weighed by doubt; about typical ones
    where the teacher is weak.

    Nodes lie on a map by their words, their features and what they hear along their
    links. Each node picked is the one that covers most of what is not covered yet,
    within a radius that shrinks as more are asked about, so that the first ones are
    typical of large regions and later ones tell smaller regions apart. After the
    first round, a node counts the more to be covered the less sure a quick model of
    the answers so far is of it; class profiles are such answers from the start. Where
    answers that are held out contradict one another more than their number explains,
    the teacher is weak, and is asked about nodes near the centres of as many clusters
    as there are classes, about which it errs least.

    Parameters
    ----------
    encoder : str or object with ``encode``, default=None
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

    def __init__(self, encoder: Any = None, n_rounds: int = 8) -> None:
        self.encoder = encoder
        self.n_rounds = n_rounds

    def round_ends(self, n_wanted: int, n_classes: int, most: int) -> list[int]:
        """Return how many nodes have been asked about after each round.

        Parameters
        ----------
        n_wanted : int
            All rounds together.
        n_classes : int
            Number of classes.
        most : int
            Most rounds, beside ``n_rounds``.

        Returns
        -------
        list of int
            Ascending; the last one is ``n_wanted``.
        """
        most = max(1, min(most, self.n_rounds))
        first = max(_FIRST_PER_CLASS * n_classes, _LEAST_FIRST)
        if most < 3:  # rounds take a day each, say
            first = -(-n_wanted // most)
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
        asked = np.empty(0, dtype=np.int64) if answered is None else answered.positions
        pool = np.union1d(candidates, asked) if pool is None else pool
        drawn = pool[np.argsort(order[pool])][:_MOST_CONSIDERED]
        covered = np.flatnonzero(order < _MOST_COVERED)
        on_map = map_nodes(graph, np.union1d(drawn, covered), self.encoder)
        by_lot = candidates[np.argsort(order[candidates])]
        if not on_map.rows.shape[1]:
            return by_lot
        lesson = _Lesson.of(on_map, answered, profiles)
        drawn = np.setdiff1d(drawn, asked)
        if lesson.is_doubted and n_classes:
            ranked = _typical(on_map, drawn, n_classes, random_state)
        else:
            ranked = _cover(on_map, drawn, candidates, covered, lesson, n_wanted)
        ranked = ranked[np.isin(ranked, candidates)]
        return np.concatenate([ranked, by_lot[~np.isin(by_lot, ranked)]])


class _Lesson:
    """What is known of classes so far, as rows on the map with their targets."""

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
    ) -> _Lesson:
        n_classes = 0
        rows, targets = [], []
        asked = np.empty(0, dtype=np.int64)
        is_doubted = False
        if answered is not None:
            is_mapped = np.isin(answered.positions, on_map.positions)
            asked = answered.positions[is_mapped]
            rows.append(on_map.rows_of(asked))
            targets.append(answered.probabilities[is_mapped])
            is_doubted = doubts_teacher(rows[0], targets[0])
        if profiles is not None:
            documents, codes = profiles.labelled_documents()
            if documents:
                n_classes = len(profiles.classes)
                rows.append(on_map.place(documents))
                targets.append(np.eye(n_classes)[codes])
        if not rows:
            return cls(asked, on_map.rows[:0], np.empty((0, 0)), False)
        return cls(asked, np.concatenate(rows), np.concatenate(targets), is_doubted)

    def doubt(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how unsure a quick model is of each row; 1 where nothing is known."""
        if (self.targets.sum(axis=0) > 0).sum() < 2:
            return np.ones(len(rows))
        return 1 - margin(learn_quickly(self.rows, self.targets, rows))


def _cover(
    on_map: NodeMap,
    drawn: NDArray[np.int64],
    candidates: NDArray[np.int64],
    covered: NDArray[np.int64],
    lesson: _Lesson,
    n_wanted: int,
) -> NDArray[np.int64]:
    there = on_map.rows_of(covered)
    everyone = np.concatenate([lesson.asked, drawn])
    squared = distances(on_map.rows_of(everyone), there)
    n_asked = len(lesson.asked)
    n_wanted = min(n_wanted, _MOST_PICKED)
    alike = likeness(squared, (n_asked + n_wanted) / _PER_REGION)
    so_far = alike[:n_asked].max(axis=0, initial=0.0)
    worth = lesson.doubt(there)
    counts = np.isin(drawn, candidates)
    return drawn[pick_cover(alike[n_asked:], worth, so_far, counts, n_wanted)]


def _typical(
    on_map: NodeMap,
    drawn: NDArray[np.int64],
    n_classes: int,
    random_state: np.random.RandomState,
) -> NDArray[np.int64]:
    cluster, distance = find_clusters(on_map.rows, n_classes, random_state)
    places = np.searchsorted(on_map.positions, drawn)
    return drawn[by_share(cluster, distance, places)]
