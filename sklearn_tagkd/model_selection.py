"""Splitters and scorers for graphs on which few nodes are labelled.

scikit-learn's own work too, wherever every node has a label. Where some have none
(``-1``, among strings ``''``), they put nodes that cannot be scored in the test sets,
and count them as errors. ``cross_val_predict(method="predict_proba")``,
``StackingClassifier`` and ``VotingClassifier`` take "unlabelled" for one more class
before any estimator or splitter is asked: pass them labelled nodes only,
``graph[rows], y[rows]``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    BaseCrossValidator,
    BaseShuffleSplit,
    StratifiedKFold,
)
from sklearn.utils import check_random_state

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.graph import TextGraph

__all__ = ["LabelledKFold", "PerClassShuffleSplit", "make_labelled_scorer"]


class _IgnoresGroups:
    """What scikit-learn's splitters without groups do about them."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Yield the rows of each training and test set.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes.
        y : array-like of shape (n_nodes,)
            Labels; ``-1`` (among strings ``''``) for unlabelled nodes.
        groups : object, default=None
            Ignored.

        Returns
        -------
        iterator of (ndarray, ndarray)
            Training rows and test rows.
        """
        if groups is not None:
            warnings.warn(
                f"The groups parameter is ignored by {type(self).__name__}",
                UserWarning,
                stacklevel=2,
            )
        splits: Iterator[Any] = super().split(X, y)  # type: ignore[misc]
        return splits


class LabelledKFold(_IgnoresGroups, BaseCrossValidator):
    """Stratified folds of the labelled nodes; unlabelled nodes always train.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether to shuffle each class before it is split.
    random_state : int, RandomState instance or None, default=None
        Shuffles, where ``shuffle`` says so.

    See Also
    --------
    PerClassShuffleSplit : As many training labels of each class.
    sklearn_tagkd.preprocessing.InducedSubgraph : Cuts test nodes out of the training
        graph.

    Notes
    -----
    Where nodes are unlabelled the test sets are no partition of all nodes, which
    ``cross_val_predict`` asks for: pass it labelled nodes only.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.model_selection import LabelledKFold
    >>> y = np.array([0, 1, -1, 0, 1, -1])
    >>> for train, test in LabelledKFold(n_splits=2).split(np.zeros(6), y):
    ...     print(train, test)
    [2 3 4 5] [0 1]
    [0 1 2 5] [3 4]
    """

    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None
    ) -> None:
        # Its checks are ours: at least 2 folds, a seed only where one is used.
        StratifiedKFold(n_splits, shuffle=shuffle, random_state=random_state)
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
            Number of folds.
        """
        return self.n_splits

    def _iter_test_indices(
        self, X: Any = None, y: Any = None, groups: Any = None
    ) -> Iterator[NDArray[np.int64]]:
        labels, rows = _labelled(self, X, y)
        folds = StratifiedKFold(
            self.n_splits, shuffle=self.shuffle, random_state=self.random_state
        )
        for _, test in folds.split(np.empty(len(rows)), labels[rows]):
            yield rows[test]


class PerClassShuffleSplit(_IgnoresGroups, BaseShuffleSplit):
    """As many training labels of each class, drawn anew for every split.

    The usual protocol for graphs with scarce labels: ``n_per_class`` labelled nodes
    of every class train, all other labelled nodes test. Unlabelled nodes always
    train.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits.
    n_per_class : int, default=20
        Labelled training nodes of each class.
    test_size : int, default=None
        Most test nodes, drawn from the other labelled nodes; None takes them all.
    random_state : int, RandomState instance or None, default=None
        Draws the nodes.

    Raises
    ------
    ValueError
        While splitting, if a class has no more than ``n_per_class`` labelled nodes.

    See Also
    --------
    LabelledKFold : Folds of all labelled nodes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.model_selection import PerClassShuffleSplit
    >>> y = np.array([0, 1, -1, 0, 1, 1])
    >>> splitter = PerClassShuffleSplit(1, n_per_class=1, random_state=0)
    >>> [train.tolist() for train, test in splitter.split(np.zeros(6), y)]
    [[1, 2, 3]]
    """

    def __init__(
        self,
        n_splits: int = 10,
        *,
        n_per_class: int = 20,
        test_size: int | None = None,
        random_state: Any = None,
    ) -> None:
        for name, value in (
            ("n_splits", n_splits),
            ("n_per_class", n_per_class),
            ("test_size", test_size),
        ):
            if value is None and name == "test_size":
                continue
            if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be an integer from 1 on; got {value!r}.")
        self.n_splits = n_splits
        self.n_per_class = n_per_class
        self.test_size = test_size
        self.random_state = random_state

    def _iter_indices(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        labels, rows = _labelled(self, X, y)
        classes, codes = np.unique(labels[rows], return_inverse=True)
        sizes = np.bincount(codes)
        if (sizes <= self.n_per_class).any():
            smallest = sizes.argmin()
            raise ValueError(
                f"n_per_class={self.n_per_class}, and the class {classes[smallest]} "
                f"has {sizes[smallest]} labelled nodes, so that none is left to test. "
                f"Set n_per_class to {sizes[smallest] - 1} or less, or leave the class "
                "out."
            )
        random = check_random_state(self.random_state)
        unlabelled = np.setdiff1d(np.arange(len(labels)), rows)
        for _ in range(self.n_splits):
            order = random.permutation(len(rows))
            # Grouped by class, in random order within: the first of each group train.
            order = order[np.argsort(codes[order], kind="stable")]
            place = np.arange(len(rows)) - np.repeat(sizes.cumsum() - sizes, sizes)
            is_train = place < self.n_per_class
            test = random.permutation(rows[order[~is_train]])[: self.test_size]
            train = np.concatenate([rows[order[is_train]], unlabelled])
            yield np.sort(train), np.sort(test)


def _labelled(splitter: Any, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return labels, and which rows have one."""
    if y is None:
        raise ValueError(
            f"{type(splitter).__name__} splits the labelled nodes: it needs y."
        )
    labels, is_labelled = labelled_rows(y, len(X))
    rows = np.flatnonzero(is_labelled)
    if not len(rows):
        raise ValueError(
            f"{type(splitter).__name__} splits the labelled nodes, and y has no label."
        )
    if labels.dtype == object:  # strings
        labels = labels.astype(str)
    return labels, rows


def make_labelled_scorer(scoring: Any) -> LabelledScorer:
    """Make a scorer that leaves unlabelled nodes out.

    Parameters
    ----------
    scoring : str or callable
        Name of one of scikit-learn's scorers, or a callable
        ``(estimator, X, y) -> float``, such as ``make_scorer`` returns.

    Returns
    -------
    LabelledScorer
        For ``scoring=`` wherever scikit-learn takes a scorer; of its
        ``ScoringMonitor``, in a dictionary.

    Examples
    --------
    >>> from sklearn_tagkd.model_selection import make_labelled_scorer
    >>> make_labelled_scorer("neg_log_loss")
    make_labelled_scorer('neg_log_loss')
    """
    return LabelledScorer(scoring)


class LabelledScorer:
    """Scores the labelled nodes of a graph; see :func:`make_labelled_scorer`.

    Parameters
    ----------
    scoring : str or callable
        What scores them.
    """

    def __init__(self, scoring: Any) -> None:
        self.scoring = scoring
        self._score: Callable[..., float] = get_scorer(scoring)

    def __call__(
        self,
        estimator: Any,
        X: Any,
        y_true: Any,
        sample_weight: Any = None,
        **params: Any,
    ) -> float:
        """Score an estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted.
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes. In an array, ``-1`` is an ordinary class.
        y_true : array-like of shape (n_nodes,)
            True labels.
        sample_weight : array-like of shape (n_nodes,), default=None
            Weight of each node.
        **params : object
            For the scorer.

        Returns
        -------
        float
            Its score on the labelled nodes.

        Raises
        ------
        ValueError
            If no node is labelled.
        """
        if isinstance(X, TextGraph):
            labels, rows = _labelled(self, X, y_true)
            X, y_true = X[rows], labels[rows]
            if sample_weight is not None:
                sample_weight = np.asarray(sample_weight)[rows]
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        return self._score(estimator, X, y_true, **params)

    def __repr__(self) -> str:
        return f"make_labelled_scorer({self.scoring!r})"

    def get_metadata_routing(self) -> Any:
        """Return what the scorer itself asks for.

        Returns
        -------
        MetadataRequest
            As for the scorer inside.
        """
        from sklearn.utils.metadata_routing import get_routing_for_object

        return get_routing_for_object(self._score)
