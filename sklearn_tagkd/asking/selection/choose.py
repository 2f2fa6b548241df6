"""Choose nodes: rank, keep quotas, cut."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.auto import AutoSelection
from sklearn_tagkd.asking.selection.featprop import FeatPropSelection
from sklearn_tagkd.asking.selection.pagerank import by_pagerank
from sklearn_tagkd.asking.selection.quotas import guess_classes, place_within
from sklearn_tagkd.asking.selection.typical import TypicalSelection
from sklearn_tagkd.asking.selection.uncertainty import UncertaintySelection
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import ProfileTable, RationaleTable
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["STRATEGIES", "Strategy", "has_rounds", "select_nodes"]

Positions = NDArray[np.int64]
# Of graph, candidates, number wanted and RandomState; one with ``n_rounds`` or
# ``round_ends`` also takes the answers so far, one with ``wants_n_classes`` the number
# of classes, with ``wants_pool`` whom the whole parent could be asked about, and with
# ``wants_profiles`` what is known of the classes.
Strategy = Callable[..., Any]


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


STRATEGIES: dict[str, Strategy] = {
    "auto": AutoSelection(),
    "random": _random,
    "pagerank": by_pagerank,
    "featprop": FeatPropSelection(),
    "typical": TypicalSelection(),
    "uncertainty": UncertaintySelection(),
}


def select_nodes(
    graph: TextGraph,
    candidates: Positions,
    n_wanted: int | None,
    *,
    strategy: str | Strategy = "random",
    random_state: Any = 0,
    encoder: Any = DEFAULT_ENCODER,
    max_per_class: int | None = None,
    classes: Mapping[str, str] | None = None,
    known: Mapping[int, str] | None = None,
    asked: Positions | None = None,
    answered: RationaleTable | None = None,
    pool: Positions | None = None,
    profiles: ProfileTable | None = None,
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
    strategy : str or callable, default='random'
        How to rank them: a name of ``STRATEGIES``, or a callable that takes graph,
        candidates, the number wanted and a RandomState, and returns positions, best
        first; repeated ones and others than candidates are left out.
    random_state : int, RandomState instance or None, default=0
        The same seed chooses the same nodes, by a stream that no shuffle with the
        same seed shares.
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts, where a strategy is named that looks at them; one that is
        given as an object has its own.
    max_per_class : int, default=None
        Most nodes per class, those asked about before included.
    classes : mapping of str to str, default=None
        Names and descriptions of classes, for ``max_per_class`` and for strategies
        that go by their number.
    known : mapping of int to str, default=None
        Position to name of the class, where that is known.
    asked : ndarray of int64 of shape (n_asked,), default=None
        Positions that were asked about in earlier rounds; they are not chosen.
    answered : RationaleTable, default=None
        Answers of earlier rounds, for a strategy with rounds.
    pool : ndarray of int64 of shape (n_pool,), default=None
        Positions that could be asked about, whatever the view holds.
    profiles : ProfileTable, default=None
        What is known of the classes.

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
    before = np.empty(0, dtype=np.int64) if asked is None else asked
    candidates = candidates[~np.isin(candidates, before)]
    wanted = len(candidates) if n_wanted is None else n_wanted
    if len(candidates) <= wanted and max_per_class is None:
        return candidates
    generator = private_stream(random_state, "nodes to ask about")
    rank = _named(strategy, encoder) if isinstance(strategy, str) else strategy
    further: dict[str, Any] = {}
    if answered is not None and has_rounds(rank):
        further["answered"] = answered
    known_to_some: dict[str, Any] = {
        "n_classes": len(classes or {}),
        "pool": pool,
        "profiles": profiles,
    }
    further |= {
        name: value
        for name, value in known_to_some.items()
        if getattr(rank, f"wants_{name}", False)
    }
    ranked = rank(graph, candidates, wanted, generator, **further)
    ranked = np.asarray(ranked, dtype=np.int64)
    ranked = ranked[np.sort(np.unique(ranked, return_index=True)[1])]
    ranked = ranked[np.isin(ranked, candidates)]
    if max_per_class is not None:
        everyone = np.concatenate([before, ranked])
        guessed = guess_classes(graph, everyone, classes or {}, known or {})
        ranked = ranked[(place_within(guessed) < max_per_class)[len(before) :]]
    return np.sort(ranked[:wanted])


def _named(name: str, encoder: Any) -> Strategy:
    strategy = STRATEGIES[name]
    if not hasattr(strategy, "encoder"):
        return strategy
    with_encoder = copy.copy(strategy)
    with_encoder.encoder = encoder
    return with_encoder


def has_rounds(strategy: Any) -> bool:
    """Say whether a strategy looks at the answers of earlier rounds.

    Parameters
    ----------
    strategy : callable
        What ranks nodes.

    Returns
    -------
    bool
        Whether it says in how many rounds to ask, or how far each goes.
    """
    return hasattr(strategy, "n_rounds") or hasattr(strategy, "round_ends")
