"""Sets of labels that hold the true one as often as was asked for."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ExchangeabilityWarning
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.calibrating import (
    ScoredNodes,
    read_calibration,
    smallest_sets,
)
from sklearn_tagkd.inspection.conformity import SCORES
from sklearn_tagkd.inspection.options import check_share
from sklearn_tagkd.inspection.reading import read_model
from sklearn_tagkd.inspection.tables import html_table, to_frame
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["LabelSets", "predict_set"]

_SHARE_TUNED, _FEWEST_TUNED = 0.3, 200  # of the labels, and of those, to choose by
# Where there are fewer: labels are worth more as calibration (docs/trust.md).
_WEIGHTS_OF_FEW = {"lac": 0.1, "aps": 0.3, "raps": 0.3}


@dataclass(frozen=True, eq=False, repr=False)
class LabelSets:
    """A set of labels for each node.

    Parameters
    ----------
    nodes : ndarray of shape (n_nodes,)
        Ids.
    classes : ndarray of shape (n_classes,)
        Sorted labels; the columns of ``sets``.
    predictions : ndarray of shape (n_nodes,)
        The most probable label of each.
    sets : ndarray of bool of shape (n_nodes, n_classes)
        Which labels are in the set.
    confidence_level : float
        How often sets hold the true label, at least, over nodes like those calibrated
        by.
    conformity_score : str
        How strange a label is: ``'lac'``, ``'aps'`` or ``'raps'``.
    smoothing : float
        Share of linked nodes in the scores.
    threshold : float
        The greatest score in a set.
    n_calibration : int
        Labels that the threshold is of; those that chose the smoothing left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection import LabelSets
    >>> found = LabelSets(
    ...     nodes=np.array(["a"]), classes=np.array(["politics", "sport"]),
    ...     predictions=np.array(["sport"]), sets=np.array([[False, True]]),
    ...     confidence_level=0.9, conformity_score="lac", smoothing=0.0,
    ...     threshold=0.4, n_calibration=100)
    >>> found.classes[found.sets[0]].tolist()
    ['sport']
    """

    nodes: NDArray[Any]
    classes: NDArray[Any]
    predictions: NDArray[Any]
    sets: NDArray[np.bool_]
    confidence_level: float
    conformity_score: str
    smoothing: float
    threshold: float
    n_calibration: int

    def __len__(self) -> int:
        return len(self.sets)

    def __repr__(self) -> str:
        mean = float(self.sizes.mean()) if len(self) else math.nan
        return (
            f"LabelSets(nodes={len(self)}, confidence_level={self.confidence_level:g}, "
            f"mean_size={mean:.2f}, calibration={self.n_calibration}, "
            f"smoothing={self.smoothing:g})"
        )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of labels in each set."""
        sizes: NDArray[np.int64] = self.sets.sum(axis=1)
        return sizes

    def labels(self) -> list[list[Any]]:
        """Return the sets as lists.

        Returns
        -------
        list of list of labels
            One per node.
        """
        return [self.classes[row].tolist() for row in self.sets]

    def columns(self) -> dict[str, Any]:
        """Return what is known of each node.

        Returns
        -------
        dict of str to array-like
            Columns of one length.
        """
        return {
            "node": self.nodes,
            "prediction": self.predictions,
            "labels": self.labels(),
            "size": self.sizes,
        }

    def to_frame(self) -> Any:
        """Return the sets as a data frame.

        Returns
        -------
        pandas.DataFrame
            One row per node.
        """
        return to_frame(self.columns())

    def _repr_html_(self) -> str:
        return html_table(repr(self), self.columns())


def predict_set(
    model: Any,
    graph: TextGraph,
    confidence_level: float = 0.9,
    *,
    calibration: tuple[TextGraph, Any] | None = None,
    conformity_score: str = "lac",
    smoothing: float | str = "auto",
    allow_empty: bool = True,
    random_state: Any = 0,
) -> LabelSets:
    """Return, per node, the labels that can be meant.

    Split conformal prediction: how strange the true label is for the model at nodes
    that it has not learnt says how strange a label may be. Over nodes like those, sets
    hold the true label in the share asked for, whatever the model is worth; a worse
    model has larger sets. Scores are smoothed over links, which makes sets smaller
    where linked nodes are of one class.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted, without the labels of ``calibration``.
    graph : TextGraph
        Nodes to predict.
    confidence_level : float, default=0.9
        Share of nodes whose set is to hold the true label, above 0 and below 1.
    calibration : (TextGraph, array-like of shape (n_calibration,))
        Nodes, and their true labels; unlabelled ones are left out. So are nodes that
        the pipeline's teacher answered about: the model has learnt those. Labels of
        classes that it does not know count: no set holds them. It has to be
        given, since the answers of a teacher would cover the teacher.
    conformity_score : {'lac', 'aps', 'raps'}, default='lac'
        How strange a label is. ``'lac'`` has the smallest sets, ``'aps'`` larger ones
        for harder nodes, ``'raps'`` is between them.
    smoothing : float or 'auto', default='auto'
        Share of linked nodes in the scores, from 0 to below 1; no choice costs
        coverage. ``'auto'`` is 0.1 for ``'lac'`` and 0.3 for the others; from 667
        labels on, three in ten of them choose it by the size of the sets, and the
        others calibrate.
    allow_empty : bool, default=True
        Whether a set may be empty, as happens where the model is right more often than
        was asked for: nothing fits the node as well as it should. False puts the most
        probable label in; coverage is then higher than was asked for.
    random_state : int, RandomState instance or None, default=0
        Draws the labels that choose, and the random part of ``'aps'`` and ``'raps'``.

    Returns
    -------
    LabelSets
        One set per selected node.

    Raises
    ------
    ValueError
        If there is no calibration, or too few labels for the confidence level, or
        none of a class that the model knows, or labels are of another kind than its
        classes, or an option is not known.
    TypeError
        If ``model`` is no classifier of this package, or was fitted on an array.

    Warns
    -----
    ExchangeabilityWarning
        If ``graph`` is another graph than was calibrated on, or has nodes that were
        appended to it and none of them is calibrated by: that they are like those,
        nobody has checked.

    Notes
    -----
    Names are MAPIE's; with ``conformity_score='lac'`` and no smoothing, sets are those
    of its ``SplitConformalClassifier``. Smoothing after DAPS (Zargarbashi et al. 2023).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.inspection import predict_set
    >>> docs = datasets.load_docs()
    >>> order = np.random.RandomState(0).permutation(len(docs.graph))
    >>> train, held, rest = order[:200], order[200:500], order[500:]
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=50, random_state=0)
    >>> student = student.fit(docs.graph[train], docs.target[train])
    >>> sets = predict_set(student, docs.graph[rest],
    ...     calibration=(docs.graph[held], docs.target[held]))
    >>> columns = np.searchsorted(sets.classes, docs.target[rest])
    >>> bool(0.85 < sets.sets[np.arange(len(rest)), columns].mean() < 0.95)
    True
    """
    classes = read_model(model, graph).step.classes_
    _check_options(confidence_level, conformity_score, smoothing)
    if calibration is None:
        raise ValueError(
            "predict_set needs true labels that the model has not learnt: "
            "calibration=(graph, y). Answers of a language model will not do: sets "
            "would cover what the teacher says, not what is true."
        )
    if not isinstance(calibration, tuple | list) or len(calibration) != 2:
        raise ValueError("calibration is to be a pair: (graph, y).")
    source, y = calibration
    view, codes = read_calibration(model, source, y)
    n_least = math.ceil(confidence_level / (1 - confidence_level) - 1e-9)
    if len(codes) < n_least:
        raise ValueError(
            f"There are {len(codes)} true labels to calibrate by, and a confidence "
            f"level of {confidence_level:g} takes at least {n_least}. Label more nodes."
        )
    stream = private_stream(random_state, "calibration of sets")
    known = ScoredNodes.of(model, view, conformity_score, stream)
    is_same = graph.identity is view.identity
    if is_same:
        asked = known
        if _are_new(graph, view):
            warnings.warn(
                "Sets of nodes that were appended to the graph were calibrated on "
                "nodes that were there before. They hold the true label as often as "
                "was asked for if the ones are like the others, which nobody can "
                "check; calibrate on labelled new ones too.",
                ExchangeabilityWarning,
                stacklevel=2,
            )
    else:
        warnings.warn(
            "Sets were calibrated on another graph. They hold the true label as often "
            "as was asked for if the nodes of this one are like those of that one, "
            "which nobody can check; calibrate on labelled nodes of this one.",
            ExchangeabilityWarning,
            stacklevel=2,
        )
        asked = ScoredNodes.of(model, graph, conformity_score, stream)
    at, weight = view.rows, smoothing
    if smoothing == "auto":
        chosen = stream.permutation(len(at))
        n_tuned = int(_SHARE_TUNED * len(at))
        if n_tuned < _FEWEST_TUNED or len(at) - n_tuned < n_least:
            weight = _WEIGHTS_OF_FEW[conformity_score]
        else:
            tuned, kept = chosen[:n_tuned], chosen[n_tuned:]
            weight = smallest_sets(
                known, at[tuned], codes[tuned], asked, graph.rows, confidence_level
            )
            at, codes = at[kept], codes[kept]
    assert not isinstance(weight, str)  # it was 'auto', or a number
    limit = known.limit(weight, at, codes, confidence_level)
    sets = asked.smoothed(weight)[graph.rows] <= limit
    best = asked.probabilities[graph.rows].argmax(axis=1)
    if not allow_empty:
        sets[np.arange(len(sets)), best] = True
    return LabelSets(
        nodes=graph.node_ids,
        classes=classes,
        predictions=classes[best],
        sets=sets,
        confidence_level=float(confidence_level),
        conformity_score=conformity_score,
        smoothing=float(weight),
        threshold=limit,
        n_calibration=len(codes),
    )


def _are_new(graph: TextGraph, calibrated: TextGraph) -> bool:
    """Tell whether there are appended nodes, and none of them was calibrated by."""
    if graph.growth is None:
        return False
    n_before = len(graph.growth.base)
    is_new, is_known = graph.rows >= n_before, calibrated.rows >= n_before
    return bool(is_new.any()) and not is_known.any()


def _check_options(level: float, kind: str, smoothing: float | str) -> None:
    check_share("confidence_level", level, "a number above 0 and below 1, as in 0.9")
    if kind not in SCORES:
        raise ValueError(
            f"conformity_score={kind!r} is not known. Take one of {list(SCORES)}."
        )
    if not isinstance(smoothing, str) or smoothing != "auto":
        told = "'auto', or from 0 to below 1"
        check_share("smoothing", smoothing, told, may_be_zero=True)
