"""Which answers taught a model what it says of a node.

A softmax regression of the answers, on the rows that a committee's first member looks
at (text, words and features of a node and of its neighbourhood), is a sum over answers:
at its optimum the coefficients are ``sum_i (q_i - p_i) x_i / (2 penalty n)``, so that a
margin of the regression at ``x`` is what each answer's ``x_i . x`` adds, and a bias
(representer theorem; Yeh et al., arXiv:1811.09720). It stands for the interpreter,
whose lessons begin with such regressions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.reading import Reading
from sklearn_tagkd.learning.committee.softmax_regression import (
    fit_softmax,
    predict_softmax,
)
from sklearn_tagkd.learning.node_views import rows_of_nodes
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["Lessons"]

_PENALTY = 3e-4
_MAX_ITER = 500


class Lessons:
    """What each answer adds to the margin of a node.

    Parameters
    ----------
    reading : Reading
        Of a model and a graph.
    table : RationaleTable
        The answers that it was fitted on.
    nodes : ndarray of int64 of shape (n_nodes,)
        Positions of the nodes that will be asked about.
    """

    @one_thread()
    def __init__(
        self, reading: Reading, table: RationaleTable, nodes: NDArray[np.int64]
    ) -> None:
        step = reading.step
        known = np.isin(table.classes, step.classes_)
        columns = np.searchsorted(step.classes_, table.classes[known])
        targets = np.zeros((len(table), len(step.classes_)))
        targets[:, columns] = table.probabilities[:, known]
        everyone = np.concatenate([table.positions, nodes])
        rows = rows_of_nodes(reading.graph, step._embedder(), step._hops(), everyone)
        self.table = table
        self._rows, asked = np.split(rows, [len(table)])
        self._asked = dict(zip(nodes.tolist(), asked, strict=True))
        weights = np.ones(len(table))
        self.coefficients = fit_softmax(
            self._rows, targets, weights, _PENALTY, max_iter=_MAX_ITER
        )
        missed = targets - predict_softmax(self._rows, self.coefficients)
        self._taught = missed / (2 * _PENALTY * len(table))

    def effects(self, node: int, best: int, second: int) -> NDArray[np.float64]:
        """Return what each answer adds to a margin.

        Parameters
        ----------
        node : int
            Its position.
        best, second : int
            Columns of the classes.

        Returns
        -------
        ndarray of float64 of shape (n_answers,)
            Above 0 for those that speak for ``best``.
        """
        alike = self._rows @ self._asked[node]
        effects: NDArray[np.float64] = alike * (
            self._taught[:, best] - self._taught[:, second]
        )
        return effects
