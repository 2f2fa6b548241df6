"""When asking no longer pays: what fifty more answers are expected to bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.selection.cover import distances, nearest_share
from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.asking.selection.quick_model import (
    doubts_teacher,
    hard_targets,
    held_out,
)
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.spread_places import spread_places

__all__ = ["LEAST_GAIN", "Outlook", "look_ahead"]

LEAST_GAIN = 0.25  # points that fifty answers must be expected to bring
_STEP = 50  # answers
_LEARN_FROM = (0.4, 0.6, 0.8, 1.0)  # of the folds that are not held out
_N_FOLDS, _N_REPEATS = 5, 4
_FEWEST, _FEWEST_PER_CLASS = 30, 4  # answers, below which a curve says nothing
_MOST_MAPPED = 2_048  # nodes that stand for the graph, and answers looked at


@dataclass(frozen=True)
class Outlook:
    """What answers so far say about further ones.

    Parameters
    ----------
    n_answered : int
        Answers so far.
    agreement : float
        Share of the graph's nodes of which a quick model is expected to say what the
        teacher would, from answers that were held out; nan with too few to tell.
    expected_gain : float
        By how many points 50 more answers are expected to raise it; nan likewise.
    cost : float or None
        US dollars for 50 more at the price so far; None where nobody knows.
    teacher_doubted : bool
        Whether answers contradict one another more than their number explains.
    """

    n_answered: int
    agreement: float
    expected_gain: float
    cost: float | None
    teacher_doubted: bool

    def pays(self, least_gain: float) -> bool:
        """Say whether it pays to go on.

        Parameters
        ----------
        least_gain : float
            Points that 50 more answers must be expected to bring.

        Returns
        -------
        bool
            True where nobody can tell yet.
        """
        return not self.expected_gain < least_gain

    def __str__(self) -> str:
        price = "" if self.cost is None else f" for ${self.cost:.4f}"
        return (
            f"{_STEP} more answers are expected to bring {self.expected_gain:.2f} "
            f"points{price}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers.

        Returns
        -------
        dict
            One entry per attribute.
        """
        return asdict(self)


def look_ahead(
    graph: TextGraph, answered: RationaleTable, cost: float | None
) -> Outlook:
    """Draw the learning curve of the answers so far, and follow it.

    A quick model learns parts of the answers and is held against others; each of
    these speaks for the nodes that are nearest to it, since nodes in doubt are asked
    about more often than their share. The error falls with the square root of the
    number of answers towards what no number of them would mend. No true label is
    looked at.

    Parameters
    ----------
    graph : TextGraph
        The whole parent is looked at.
    answered : RationaleTable
        Answers so far.
    cost : float or None
        US dollars that they took; None where nobody knows.

    Returns
    -------
    Outlook
        Of nans where there are too few answers to tell.
    """
    n_answered, n_classes = answered.probabilities.shape
    price = None if cost is None or not n_answered else cost / n_answered * _STEP
    if n_answered < max(_FEWEST, _FEWEST_PER_CLASS * n_classes):
        return Outlook(n_answered, np.nan, np.nan, price, False)
    n_nodes = len(graph.parent)
    seen = spread_places(n_answered, _MOST_MAPPED)
    positions, order = np.unique(answered.positions[seen], return_index=True)
    everywhere = spread_places(n_nodes, _MOST_MAPPED)
    on_map = map_nodes(graph, np.union1d(positions, everywhere))
    rows = on_map.rows_of(positions)
    targets = answered.probabilities[seen][order]
    hard = hard_targets(targets)
    shares = nearest_share(distances(rows, on_map.rows_of(everywhere)))
    sizes = np.array(_LEARN_FROM) * n_answered * (1 - 1 / _N_FOLDS)
    errors = [_error(rows, hard, shares, part) for part in _LEARN_FROM]
    floor, slope = _fit_curve(sizes, np.array(errors))
    now, then = slope / np.sqrt(n_answered), slope / np.sqrt(n_answered + _STEP)
    return Outlook(
        n_answered=n_answered,
        agreement=float(1 - floor - now),
        expected_gain=float(100 * (now - then)),
        cost=price,
        teacher_doubted=doubts_teacher(rows, targets),
    )


def _error(
    rows: NDArray[np.float64],
    hard: NDArray[np.float64],
    shares: NDArray[np.float64],
    part: float,
) -> float:
    """Return how much of the graph a model of a part of the answers gets wrong."""
    wrong = np.zeros(len(rows))
    for seed in range(_N_REPEATS):
        said = held_out(rows, hard, n_folds=_N_FOLDS, learn_from=part, seed=seed)
        wrong += 1 - (said * hard).sum(axis=1)
    return float((wrong * shares).sum() / _N_REPEATS)


def _fit_curve(
    sizes: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[float, float]:
    """Fit ``floor + slope / sqrt(size)`` by least squares, neither below 0."""
    steps = 1 / np.sqrt(sizes)
    slope = np.polyfit(steps, errors, 1)[0]
    slope = min(max(0.0, slope), errors.mean() / steps.mean())
    return float(errors.mean() - slope * steps.mean()), float(slope)
