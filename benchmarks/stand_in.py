"""A stand-in for a language model's answers, made of true labels.

It errs where texts mislead, and leans towards some classes, as language models do. A
regression on texts' embeddings that has not seen a node says what its text suggests;
the true class is added to that, with a weight that differs from node to node, and is as
large on average as makes the wished share right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import Rationale, RationaleTable, check_rationales

_LEAN, _NOISE = 0.7, 0.5  # standard deviations of scores, per class and per answer
_TOO_SURE = 0.4  # of what it gets wrong, a teacher does not doubt so much
_VAGUE, _HABIT = 0.25, 0.6  # of all probability; of that, on one class
_N_FOLDS = 5


@dataclass
class StandIn:
    """Who says what a text suggests."""

    graph: TextGraph
    classes: np.ndarray  # sorted
    true: np.ndarray  # columns; -1 where unknown
    suggested: np.ndarray  # log-probabilities, NaN where the class is unknown

    @classmethod
    def of(cls, graph, classes, true, embeddings) -> StandIn:
        """Learn what texts suggest, each from other texts."""
        known = np.flatnonzero(true >= 0)
        suggested = np.full((len(true), len(classes)), np.log(1e-4))
        for seen, held in KFold(_N_FOLDS, shuffle=True, random_state=0).split(known):
            rows = embeddings[known[seen]], true[known[seen]]
            model = LogisticRegression(C=10.0, max_iter=300, tol=1e-3).fit(*rows)
            said = model.predict_log_proba(embeddings[known[held]])
            suggested[np.ix_(known[held], model.classes_)] = said
        suggested[true < 0] = np.nan
        return cls(graph, classes, true, np.maximum(suggested, np.log(1e-4)))

    def answers(self, right: float, n_answers: int, seed: int):
        """Return a table of answers about random nodes, and all other nodes.

        ``right`` 1 is true labels as they are. The same seed asks about the same nodes
        however right it is, and about more of them where ``n_answers`` is larger.
        """
        known = np.flatnonzero(self.true >= 0)
        order = np.random.RandomState(seed).permutation(known)
        asked, rest = np.sort(order[:n_answers]), np.sort(order[n_answers:])
        certain = np.eye(len(self.classes))
        said = certain[self.true[asked]]
        if right < 1:
            random = np.random.RandomState(1000)
            lean = _LEAN * random.randn(len(self.classes))
            noise = _NOISE * random.randn(*self.suggested.shape)
            knowledge = random.exponential(size=len(known))
            scores = (self.suggested + lean + noise)[known]
            truth = certain[self.true[known]] * knowledge[:, None]

            def lacking(weight):
                top = (scores + weight * truth).argmax(axis=1)
                return (top == self.true[known]).mean() - right

            scores += brentq(lacking, -5.0, 300.0, xtol=1e-3) * truth
            sure = right + _TOO_SURE * (1 - right)
            logits = log_softmax(scores, axis=1)
            power = brentq(
                lambda power: softmax(power * logits, axis=1).max(axis=1).mean() - sure,
                0.05,
                50.0,
            )
            said = softmax(power * logits, axis=1)[np.searchsorted(known, asked)]
        return self._table(asked, said), rest

    def _table(self, asked, said) -> RationaleTable:
        records = []
        for node, row in zip(self.graph.node_ids[asked], said, strict=True):
            kept = np.flatnonzero(row > 0.005)
            shares = row[kept] / row[kept].sum()
            named = self.classes[kept].tolist()
            records.append(
                Rationale(node, dict(zip(named, shares.tolist(), strict=True)))
            )
        return check_rationales(records, self.graph, self.classes.tolist())


def leaning(table: RationaleTable) -> RationaleTable:
    """Move a quarter of all probability to all classes, and most of it to one."""
    n_classes = len(table.classes)
    habit = np.full(n_classes, (1 - _HABIT) / (n_classes - 1))
    habit[np.random.RandomState(0).randint(n_classes)] = _HABIT
    mixed = (1 - _VAGUE) * table.probabilities + _VAGUE * habit
    return replace(table, probabilities=mixed)
