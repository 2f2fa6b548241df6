"""Scores of explanations beside those of random ones, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.inspection.explanation.html import text_of
from sklearn_tagkd.utils.extras import asking_for

__all__ = ["ExplanationScores", "PairedScore"]

_RESAMPLED = 2000
_SIDES = (2.5, 97.5)  # percent
_SEED = 0


@dataclass(frozen=True, slots=True)
class PairedScore:
    """One measure, of explanations and of random ones of the same sizes.

    Parameters
    ----------
    kind : {'links', 'words', 'both', 'neighbors'}
        What was taken away or kept, or is held against the teacher's reasons.
    measure : str
        ``comprehensiveness``, ``sufficiency`` and their ``_area`` over budgets,
        ``fidelity_plus``, ``fidelity_minus``, ``agreement``.
    explained, random : float
        Means over nodes.
    difference : float
        Of the two; and its interval, ``low`` to ``high``, at 95%, of resampled nodes.
    low, high : float
        Ends of the interval.
    ratio, ratio_low : float
        ``explained`` over ``random``, and the lower end of its interval; NaN where
        random is not above 0.
    n_nodes : int
        Nodes where there was something to choose from.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import PairedScore
    >>> score = PairedScore("words", "comprehensiveness", explained=0.3, random=0.1,
    ...     difference=0.2, low=0.1, high=0.3, ratio=3.0, ratio_low=2.0, n_nodes=50)
    >>> score.low > 0  # what is named matters more than as much at random
    True
    """

    kind: str
    measure: str
    explained: float
    random: float
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    n_nodes: int

    @classmethod
    def of(
        cls,
        kind: str,
        measure: str,
        explained: NDArray[np.float64],
        random: NDArray[np.float64],
    ) -> PairedScore:
        """Compare two columns of scores, node by node.

        Parameters
        ----------
        kind, measure : str
            What they are.
        explained, random : ndarray of float64 of shape (n_nodes,)
            One per node.

        Returns
        -------
        PairedScore
            With intervals of a bootstrap over nodes; the same each time.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_tagkd.inspection.explanation.paired import PairedScore
        >>> score = PairedScore.of(
        ...     "links", "sufficiency", np.array([0.4, 0.2]), np.array([0.1, 0.1]))
        >>> round(score.difference, 3), round(score.ratio, 3), score.n_nodes
        (0.2, 3.0, 2)
        """
        n_nodes = len(explained)
        if not n_nodes:
            unknown = (float("nan"),) * 7
            return cls(kind, measure, *unknown, n_nodes=0)
        drawn = np.random.RandomState(_SEED).randint(
            n_nodes, size=(_RESAMPLED, n_nodes)
        )
        ours, theirs = explained[drawn].mean(axis=1), random[drawn].mean(axis=1)
        low, high = np.percentile(ours - theirs, _SIDES)
        mean, other = float(explained.mean()), float(random.mean())
        ratio = ratio_low = float("nan")
        if other > 0:
            ratio = mean / other
            # Where resampled random ones carry nothing, the ratio has no upper end.
            many = np.where(theirs > 0, ours / np.where(theirs > 0, theirs, 1), np.inf)
            ratio_low = float(np.percentile(many, _SIDES[0], method="lower"))
        return cls(
            kind,
            measure,
            mean,
            other,
            mean - other,
            float(low),
            float(high),
            ratio,
            ratio_low,
            n_nodes,
        )


class ExplanationScores:
    """How much what explanations name matters, measure by measure.

    Parameters
    ----------
    scores : sequence of PairedScore
        One per kind and measure.
    notes : sequence of str
        What they do not say.

    Attributes
    ----------
    scores : tuple of PairedScore
        One per kind and measure.
    notes : tuple of str
        What they do not say.

    Examples
    --------
    >>> from sklearn_tagkd.inspection import ExplanationScores, PairedScore
    >>> score = PairedScore("words", "comprehensiveness", explained=0.3, random=0.1,
    ...     difference=0.2, low=0.1, high=0.3, ratio=3.0, ratio_low=2.0, n_nodes=50)
    >>> scores = ExplanationScores([score], notes=[])
    >>> scores["words", "comprehensiveness"].ratio
    3.0
    """

    def __init__(self, scores: Sequence[PairedScore], notes: Sequence[str]) -> None:
        self.scores, self.notes = tuple(scores), tuple(notes)

    def __getitem__(self, key: tuple[str, str]) -> PairedScore:
        for score in self.scores:
            if (score.kind, score.measure) == key:
                return score
        raise KeyError(key)

    def __repr__(self) -> str:
        told = [
            f"{s.kind} {s.explained:.3f} (random {s.random:.3f})"
            for s in self.scores
            if s.measure == "comprehensiveness"
        ]
        return f"ExplanationScores(comprehensiveness: {', '.join(told)})"

    def to_frame(self) -> Any:
        """Return the scores as a table.

        Returns
        -------
        pandas.DataFrame
            A row per kind and measure, with the columns of :class:`PairedScore`.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        with asking_for("demo", "A table of scores"):
            import pandas as pd
        names = PairedScore.__slots__
        rows = [[getattr(score, name) for name in names] for score in self.scores]
        return pd.DataFrame(rows, columns=list(names))

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in PairedScore.__slots__)
        rows = "".join(
            "<tr>" + "".join(f"<td>{_cell(s, n)}</td>" for n in s.__slots__) + "</tr>"
            for s in self.scores
        )
        notes = "".join(f"<p><small>{text_of(note)}</small></p>" for note in self.notes)
        return f"<table><tr>{head}</tr>{rows}</table>{notes}"


def _cell(score: PairedScore, name: str) -> str:
    value = getattr(score, name)
    return f"{value:.3f}" if isinstance(value, float) else text_of(value)
