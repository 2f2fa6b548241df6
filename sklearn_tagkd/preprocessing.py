"""Small steps before an estimator: texts alone, and the inductive setting."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.estimators.fit_tasks import FitTask
from sklearn_tagkd.estimators.graph_output import GraphOutputMixin
from sklearn_tagkd.estimators.reading import check_nodes
from sklearn_tagkd.estimators.step import StepMixin
from sklearn_tagkd.graph import TextGraph

__all__ = ["InducedSubgraph", "TextSelector"]


class TextSelector(
    GraphOutputMixin,
    StepMixin,
    BaseEstimator,
):
    """Take the texts out of a graph, for steps that know nothing of links.

    With it a text classifier of scikit-learn stands beside a graph network in a
    ``VotingClassifier`` or ``StackingClassifier``. It has nothing to learn.

    See Also
    --------
    InducedSubgraph : Hides all but the training nodes from a training.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.preprocessing import TextSelector
    >>> docs = datasets.load_docs()
    >>> model = make_pipeline(TextSelector(), TfidfVectorizer(), LogisticRegression())
    >>> model.fit(docs.graph[::2], docs.target[::2])
    Pipeline(...)
    >>> model.score(docs.graph[1::2], docs.target[1::2]) > 0.7
    True
    """

    _parameter_constraints: dict[str, Any] = {}

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> TextSelector:
        """Do nothing but check the input.

        Parameters
        ----------
        X : TextGraph or iterable of str
            Nodes.
        y : object, default=None
            Ignored.

        Returns
        -------
        TextSelector
            The transformer itself.
        """
        task = FitTask(self, X, y, n_parts=0)
        self.transform(X)
        task.end()
        return self

    def transform(self, X: Any) -> list[str]:
        """Return the texts.

        Parameters
        ----------
        X : TextGraph or iterable of str
            Nodes, or texts already.

        Returns
        -------
        list of str of length n_nodes
            Texts of the selected nodes.

        Raises
        ------
        TypeError
            If there are no texts in it.
        """
        if isinstance(X, TextGraph):
            return X.texts
        texts = list(X) if hasattr(X, "__iter__") else [X]
        if isinstance(X, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError(
                f"TextSelector takes a TextGraph, or an iterable of strings; got "
                f"{type(X).__name__}, in which there is no text."
            )
        return texts

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


class InducedSubgraph(
    GraphOutputMixin,
    StepMixin,
    BaseEstimator,
):
    """Cut every node out of the training graph that is not one of the training nodes.

    The inductive setting. A view of a graph keeps the whole parent in sight, so that
    a model trained on some nodes has seen the texts and links of the others; and a
    splitter of scikit-learn can only say which rows are which. So the cutting is a
    step: ``fit_transform`` returns ``X.induced()`` and ``transform`` passes its input
    through. In a pipeline the former runs while fitting and the latter while
    predicting, whatever splits the data.

    Before an :class:`~sklearn_tagkd.LLMRationaleTransformer` it also keeps the texts
    of test nodes from the language model, and every fold asks questions of its own.
    After it, answers are paid for once, and the model may have read texts of test
    nodes that are linked to training nodes.

    Attributes
    ----------
    fitted_on_graph_ : bool
        Whether ``fit`` was given a TextGraph.
    n_features_in_ : int
        Number of features, where the input has any.

    See Also
    --------
    sklearn_tagkd.model_selection.LabelledKFold : Folds of labelled nodes.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> from sklearn_tagkd.preprocessing import InducedSubgraph
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=20, random_state=0)
    >>> model = make_pipeline(InducedSubgraph(), student)
    >>> cross_val_score(model, docs.graph, docs.target, cv=2).min() > 0.6
    np.True_
    >>> InducedSubgraph().fit_transform(docs.graph[:10]).parent
    TextGraph(nodes=10, links=...)
    """

    _parameter_constraints: dict[str, Any] = {}

    def fit(self, X: Any, y: Any = None) -> InducedSubgraph:
        """Remember what kind of input it is.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Training nodes.
        y : object, default=None
            Ignored.

        Returns
        -------
        InducedSubgraph
            The transformer itself.
        """
        self.fit_transform(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Return the training nodes with nothing around them.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Training nodes.
        y : object, default=None
            Ignored.

        Returns
        -------
        TextGraph, or ndarray of shape (n_samples, n_features)
            The same rows over a parent of their own; an array as it was given.
        """
        task = FitTask(self, X, y, n_parts=0)
        checked = check_nodes(self, X, reset=True)
        task.end()
        return checked.induced() if isinstance(X, TextGraph) else checked

    def transform(self, X: Any) -> Any:
        """Pass the input through: predicting sees the whole graph.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Any nodes.

        Returns
        -------
        TextGraph, or ndarray of shape (n_samples, n_features)
            The same nodes.
        """
        check_is_fitted(self)
        return check_nodes(self, X, reset=False)
