"""A cheap model asked widely, a strong one where it is needed: whom to believe."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.asking.selection.quick_model import learn_quickly, profile_lesson
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import ProfileTable, RationaleTable
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["confirmed", "split_budget"]

_MOST_PER_STRONG = 3  # answers of the cheap model beside one of the strong one
_STRONG_SHARE = 5  # nodes for the cheap model to one for the strong one


def split_budget(max_nodes: Any) -> tuple[int | None, int | None]:
    """Return how many nodes the cheap and the strong model may be asked about.

    Parameters
    ----------
    max_nodes : int, None or pair of them
        What the user says; one number is the cheap one's, and the strong one gets a
        fifth of it.

    Returns
    -------
    tuple of int or None
        Of the cheap and of the strong one; None is all that can be answered.

    Raises
    ------
    ValueError
        If there are not two of them, or one is no number of nodes.
    """
    if isinstance(max_nodes, list | tuple):
        if len(max_nodes) != 2 or not all(map(_is_number_of_nodes, max_nodes)):
            raise ValueError(
                "max_nodes= of [cheap, strong] must be one number of nodes or two, "
                f"such as [None, 40], where None is all; got {max_nodes!r}."
            )
        cheap, strong = max_nodes
        return cheap, strong
    return max_nodes, None if max_nodes is None else -(-max_nodes // _STRONG_SHARE)


def confirmed(
    graph: TextGraph,
    cheap: RationaleTable,
    strong: RationaleTable,
    profiles: ProfileTable | None,
    random_state: Any,
) -> NDArray[np.int64]:
    """Return the nodes on which a cheap model is believed.

    A quick model learns the strong one's answers, and class profiles where there are
    some; the cheap one's answer counts where its label is what that model says too:
    two that err in different ways seldom err alike. At most three of them count
    beside one answer of the strong model, or they would drown it.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    cheap, strong : RationaleTable
        Their answers, of the same classes.
    profiles : ProfileTable or None
        What is known of the classes.
    random_state : int, RandomState instance or None
        Draws which of too many count.

    Returns
    -------
    ndarray of int64 of shape (n_confirmed,)
        Positions, ascending, of which the strong one said nothing. All that the
        cheap one answered where the strong one answered nothing.
    """
    alone = np.setdiff1d(cheap.positions, strong.positions)
    if not len(strong) or not len(alone):
        return alone
    on_map = map_nodes(graph, np.union1d(cheap.positions, strong.positions))
    rows, targets = profile_lesson(on_map, profiles, len(strong.classes))
    said = learn_quickly(
        np.concatenate([rows, on_map.rows_of(strong.positions)]),
        np.concatenate([targets, strong.probabilities]),
        on_map.rows_of(alone),
    )
    told = cheap.probabilities[np.searchsorted(cheap.positions, alone)]
    agreed = alone[said.argmax(axis=1) == told.argmax(axis=1)]
    random = private_stream(random_state, "answers of a cheap model")
    order = random.permutation(len(graph.parent))
    drawn = agreed[np.argsort(order[agreed])][: _MOST_PER_STRONG * len(strong)]
    kept: NDArray[np.int64] = np.sort(drawn)
    return kept


def _is_number_of_nodes(given: Any) -> bool:
    return given is None or (isinstance(given, Integral) and int(given) >= 0)
