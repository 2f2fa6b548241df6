"""A graph or an array: how every estimator takes what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from sklearn_tagkd.estimators.labels import complete_labels, labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.graph.other_graphs import conversion_of
from sklearn_tagkd.nn.inputs import fits_single

__all__ = ["LabelledNodes", "check_nodes", "read_fit", "read_nodes"]


def check_nodes(
    estimator: Any,
    X: Any,
    *,
    reset: bool,
    dtype: Any = "numeric",
    y: Any = "no_validation",
) -> Any:
    """Check what an estimator is given, and remember which kind it was fitted on.

    Parameters
    ----------
    estimator : estimator
        Gets ``fitted_on_graph_`` and scikit-learn's column facts.
    X : TextGraph, or array-like of shape (n_samples, n_features)
        Nodes. To an estimator that was fitted on a graph, a list of str is a graph of
        documents without links.
    reset : bool
        Whether this is the training data.
    dtype : str or dtype, default='numeric'
        What an array becomes; of float32 numbers that are too small or too large for
        it stay float64.
    y : array-like of shape (n_samples,), default='no_validation'
        Labels to check beside an array; by default none, as scikit-learn says it.

    Returns
    -------
    TextGraph, or ndarray of shape (n_samples, n_features), or both arrays
        A graph as it was given, or of texts. An array comes with ``y`` where that was
        given.

    Raises
    ------
    TypeError
        If the estimator was fitted on the other kind, or this is neither.
    ValueError
        If the columns are not those it was fitted on.
    """
    if not reset and estimator.fitted_on_graph_ and _is_list_of_texts(X):
        X = TextGraph(X, [])  # documents that nothing is linked to
    is_graph, name = isinstance(X, TextGraph), type(estimator).__name__
    if not reset and is_graph != estimator.fitted_on_graph_:
        fitted, advice = "a TextGraph", conversion_of(X) or "TextGraph(texts, edges)"
        if is_graph:
            fitted, advice = "an array", "graph.features"
        elif _is_column(X) or isinstance(X, str):
            advice += ", or texts alone, a list of at least one str"
        raise TypeError(
            f"This {name} was fitted on {fitted} and is now given X of "
            f"type {type(X).__name__}. Give it {fitted}: {advice}."
        )
    if not is_graph:
        _refuse_what_is_no_array(X, name)
    if reset:
        estimator.fitted_on_graph_ = is_graph
    if is_graph:
        if not reset and len(X.shape) == 2 and not hasattr(estimator, "n_features_in_"):
            raise ValueError(
                f"X has {X.shape[1]} features, and the graph that this {name} was "
                "fitted on had none. Build the graph without features, or fit on one "
                "that has them."
            )
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    if dtype != np.float32:
        return validate_data(estimator, X, y, reset=reset, dtype=dtype)
    precisions = [np.float64, np.float32]
    checked = validate_data(estimator, X, y, reset=reset, dtype=precisions)
    if isinstance(checked, tuple):
        return _in_single(checked[0]), checked[1]
    return _in_single(checked)


def read_nodes(estimator: Any, X: Any) -> TextGraph:
    """Read nodes to predict.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : TextGraph, list of str, or array-like of shape (n_samples, n_features)
        Nodes, of the kind that it was fitted on; texts are those of documents without
        links.

    Returns
    -------
    TextGraph
        The graph itself; an array becomes features of nodes without links.
    """
    nodes = check_nodes(estimator, X, reset=False, dtype=np.float32)
    if isinstance(nodes, TextGraph):
        return nodes
    return TextGraph(None, [], features=nodes)


@dataclass(frozen=True, eq=False)
class LabelledNodes:
    """Nodes, and what is known of their labels.

    Parameters
    ----------
    graph : TextGraph
        A view; an array has become features of nodes without links.
    labels : ndarray of shape (n_nodes,)
        One per selected node.
    is_labelled : ndarray of bool of shape (n_nodes,)
        Which of them count.
    """

    graph: TextGraph
    labels: NDArray[Any]
    is_labelled: NDArray[np.bool_]


def read_fit(
    estimator: Any, X: Any, y: Any, X_val: Any, y_val: Any
) -> tuple[LabelledNodes, LabelledNodes | None]:
    """Read everything that ``fit`` is given.

    Parameters
    ----------
    estimator : estimator
        About to be fitted; has a parameter ``early_stopping``.
    X : TextGraph, or array-like of shape (n_samples, n_features)
        Nodes to learn from.
    y : array-like of shape (n_nodes,) or None
        True labels; an array needs them.
    X_val : TextGraph, or array-like of shape (n_val, n_features), or None
        Nodes to stop by, of the same kind as ``X``.
    y_val : array-like of shape (n_val,) or None
        Their true labels.

    Returns
    -------
    training : LabelledNodes
        ``X`` and ``y``.
    validation : LabelledNodes or None
        ``X_val`` and ``y_val``; None where both are.

    Raises
    ------
    ValueError
        If there is no node, or no label beside an array; if one of ``X_val`` and
        ``y_val`` is None, or nothing would be stopped by them.
    """
    if isinstance(X, TextGraph):
        check_nodes(estimator, X, reset=True)
        if not len(X):
            raise ValueError("The view selects no node: there is nothing to fit.")
        training = _label_graph(X, y)
    elif y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None. (Only a TextGraph with rationales needs none.)"
        )
    else:
        y = complete_labels(y)
        X, y = check_nodes(estimator, X, reset=True, dtype=np.float32, y=y)
        check_classification_targets(y)
        training = _label_rows(TextGraph(None, [], features=X), y)
    if X_val is None and y_val is None:
        return training, None
    if X_val is None or y_val is None:
        given, missing = ("y_val", "X_val") if X_val is None else ("X_val", "y_val")
        raise ValueError(f"{given} is given without {missing}: give both or none.")
    if not estimator.early_stopping:
        raise ValueError(
            "X_val and y_val are what training stops by, and early_stopping is False: "
            "they would be of no consequence. Set early_stopping=True, or leave them "
            "out."
        )
    graph = read_nodes(estimator, X_val)
    if isinstance(X_val, TextGraph):
        return training, _label_graph(graph, y_val)
    labels = complete_labels(y_val)
    labelled_rows(labels, len(graph))  # as many as there are rows
    return training, _label_rows(graph, labels)


def _in_single(X: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return numbers in single precision, unless that would lose all of them."""
    greatest = float(np.abs(X).max(initial=0))
    is_single = not greatest or fits_single(greatest)
    return X.astype(np.float32, copy=False) if is_single else X


def _label_graph(graph: TextGraph, y: Any) -> LabelledNodes:
    if y is None:
        return LabelledNodes(graph, np.empty(len(graph)), np.zeros(len(graph), bool))
    return LabelledNodes(graph, *labelled_rows(y, len(graph)))


def _label_rows(graph: TextGraph, y: Any) -> LabelledNodes:
    # Among the rows of an array -1 is an ordinary class.
    labels = column_or_1d(y, warn=True)
    return LabelledNodes(graph, labels, np.ones(len(labels), dtype=bool))


def _is_list_of_texts(X: Any) -> bool:
    """Tell a list, an array or a column of texts from anything else."""
    if isinstance(X, TextGraph | str) or not _is_column(X) or not len(X):
        return False
    entries = X.to_numpy() if hasattr(X, "to_numpy") else X
    return all(isinstance(entry, str) for entry in entries)


def _is_column(X: Any) -> bool:
    return isinstance(X, list | tuple) or getattr(X, "ndim", 0) == 1


def _refuse_what_is_no_array(X: Any, name: str) -> None:
    # Before scikit-learn tries: it would quote a text, and knows no remedy.
    if X is None:
        raise TypeError(
            f"X is None. {name} takes a TextGraph: TextGraph(texts, edges)."
        )
    advice = conversion_of(X)
    if advice is not None:
        is_sparse = "from_scipy" in advice
        raise TypeError(
            f"{name} takes a TextGraph, or a dense array of numbers (a graph without "
            f"texts and links); got X of type {type(X).__name__}. Make a "
            f"graph of it: {advice}"
            + (". Sparse features: X.toarray()." if is_sparse else ".")
        )
