"""Step 1: ask a language model about a few nodes, with its reasons."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.asking.coverage import warn_of_few_classes, warn_of_silence
from sklearn_tagkd.asking.selection import DEFAULT_ENCODER, STRATEGIES
from sklearn_tagkd.asking.survey import Survey, prepare_survey
from sklearn_tagkd.estimators.attribute_rows import AttributeRows
from sklearn_tagkd.estimators.fit_tasks import FitTask
from sklearn_tagkd.estimators.graph_output import GraphOutputMixin
from sklearn_tagkd.estimators.reading import check_nodes
from sklearn_tagkd.estimators.saved_alone import SavedWithoutFunction
from sklearn_tagkd.estimators.step import StepMixin
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Plan, Question, as_client
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["LLMRationaleTransformer"]

# Reasons to abstain that mean an answer came and could not be believed.
_UNUSABLE = ("unknown_class", "invalid_label", "not_a_distribution")


class LLMRationaleTransformer(
    GraphOutputMixin,
    AttributeRows,
    SavedWithoutFunction,
    StepMixin,
    BaseEstimator,
):
    """Ask a language model about a few nodes of a graph, with its reasons.

    ``fit_transform`` asks, and returns the graph with the rationales on it;
    ``transform`` passes its input through. In a pipeline the former runs while
    fitting and the latter while predicting, so that a fitted pipeline never needs
    the language model: ``fit_transform(X)`` is not ``fit(X).transform(X)``.

    Parameters
    ----------
    llm : object with ``ask``, or callable, default=None
        Who answers: :class:`~sklearn_tagkd.llm.OpenAIClient`,
        :class:`~sklearn_tagkd.llm.RecordedAnswers`, any object with the method of
        :class:`~sklearn_tagkd.llm.RationaleClient`, or a function
        ``messages -> str``. A key is never given here. A function is not pickled with
        a fitted step, which asks nobody; it is found again where it is defined.
    classes : sequence of labels, or mapping of label to description, default=None
        What a node can be. None takes the labels in ``y`` and the classes that the
        client knows. Where ``y`` holds integers, sorted names tell what they stand
        for: 0 is the first. That is how scikit-learn encodes labels for
        ``cross_val_predict(method="predict_proba")``, ``StackingClassifier`` and
        ``VotingClassifier``; ``classes_`` are then the integers.
    max_nodes : int, default=None
        Most nodes of the view to ask about. None asks about every node that the
        client can answer.
    max_neighbors : int, default=5
        Most linked nodes to show per question.
    max_cost : float, default=None
        US dollars that one ``fit`` may spend at most, retries included; for clients
        that ask for money. None is no limit beside the client's own.
    selection : {'random', 'pagerank', 'featprop', 'typical', 'uncertainty'} or \
callable, default='random'
        Which nodes to ask about where ``max_nodes`` or ``max_per_class`` leaves a
        choice: random ones; those that many links lead to; those in the middle of
        clusters of propagated embeddings; those typical of the graph, nearest the
        centres of as many clusters of texts as there are classes, about which a weak
        model errs least; or, in rounds, those that a quick model of the answers so
        far is least sure of. A callable takes the graph, the
        positions that may be asked about (ascending), how many are wanted, and a
        RandomState, and returns positions, best first; one with an attribute
        ``n_rounds`` also takes ``answered``, the table of the answers so far, one
        with ``wants_n_classes`` their number as ``n_classes``.
    max_per_class : int, default=None
        Most nodes per class. What class a node may be of is taken from ``y`` where
        it has a label, and guessed from the words that its text shares with the
        names and descriptions of classes elsewhere.
    n_examples : int, default=0
        Labelled texts per class, from ``y``, to show in every prompt. Folds of a
        cross-validation have other labels, so their prompts differ, and answers
        are paid for once per fold.
    encoder : str or object with ``encode``, default='all-MiniLM-L6-v2'
        What embeds texts for a ``selection`` that is named and looks at them: give
        the encoder of the classifiers. A strategy that is an object has its own.
    random_state : int, RandomState instance or None, default=0
        Chooses nodes and examples. Fixed by default, unlike
        elsewhere in scikit-learn: other nodes would have to be paid for again.
        Folds of a cross-validation ask about the same nodes as far as they hold
        them.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels.
    n_asked_ : int
        Nodes that were asked about.
    n_answered_ : int
        Nodes whose answer passed the checks.
    answered_rows_ : ndarray of int64 of shape (n_answered,)
        Positions in the parent of the nodes whose answer passed.
    report_ : dict of str to int
        What the checks dropped, by kind: see
        :func:`~sklearn_tagkd.rationales.check_rationales`; abstentions count as
        ``'abstained: <reason>'``. Nodes without a text and without a linked one, which
        nobody was asked about, count as ``'no_text'``; for what was wrong with a file
        see :class:`~sklearn_tagkd.llm.RecordedAnswers`.
    n_requests_ : int
        Requests that were sent, retries included; 0 with a client that does not count.
    cost_ : float or None
        US dollars that they cost; None where nobody knows.
    usage_ : dict
        What asking took: requests, retries, repairs, tokens, cache hits,
        abstentions by reason, cost and seconds. Empty with a client that does not
        count.
    fitted_on_graph_ : bool
        Whether ``fit`` was given a TextGraph.
    n_features_in_ : int
        Number of features, where the input has any.

    See Also
    --------
    InterpreterGNNClassifier : Learns from the rationales.

    Examples
    --------
    >>> from sklearn_tagkd import LLMRationaleTransformer, datasets
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> step = LLMRationaleTransformer(llm=RecordedAnswers(docs.answers), max_nodes=50)
    >>> step.fit_transform(docs.graph).annotations["rationales"].probabilities.shape
    (50, 16)
    >>> step.transform(docs.graph) is docs.graph
    True
    """

    _parameter_constraints: dict[str, Any] = {
        "llm": [HasMethods(["ask"]), callable, None],
        "classes": ["array-like", Mapping, None],
        "max_nodes": [Interval(Integral, 1, None, closed="left"), None],
        "max_neighbors": [Interval(Integral, 0, None, closed="left")],
        "max_cost": [Interval(Real, 0, None, closed="left"), None],
        "selection": [StrOptions(set(STRATEGIES)), callable],
        "max_per_class": [Interval(Integral, 1, None, closed="left"), None],
        "n_examples": [Interval(Integral, 0, None, closed="left")],
        "encoder": [str, HasMethods(["encode"])],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        llm: Any = None,
        classes: Sequence[Any] | Mapping[Any, str] | None = None,
        *,
        max_nodes: int | None = None,
        max_neighbors: int = 5,
        max_cost: float | None = None,
        selection: Any = "random",
        max_per_class: int | None = None,
        n_examples: int = 0,
        encoder: Any = DEFAULT_ENCODER,
        random_state: Any = 0,
    ) -> None:
        self.llm = llm
        self.classes = classes
        self.max_nodes = max_nodes
        self.max_neighbors = max_neighbors
        self.max_cost = max_cost
        self.selection = selection
        self.max_per_class = max_per_class
        self.n_examples = n_examples
        self.encoder = encoder
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> LLMRationaleTransformer:
        """Ask, and forget the rationales: what ``fit_transform`` does but for them.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes that may be asked about. An array has no text: nothing is asked.
        y : array-like of shape (n_nodes,), default=None
            True labels, as in ``fit_transform``.

        Returns
        -------
        LLMRationaleTransformer
            The fitted transformer.
        """
        self.fit_transform(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Ask, and return the graph with the rationales on it.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes that may be asked about. An array is passed through.
        y : array-like of shape (n_nodes,), default=None
            True labels. Their names are used; which node has which label counts for
            ``max_per_class`` and ``n_examples`` alone, and only with the latter does
            the model see labels, of nodes of this view other than the one asked about.

        Returns
        -------
        TextGraph, or ndarray of shape (n_samples, n_features)
            The same nodes, annotated with ``'rationales'``.

        Raises
        ------
        ValueError
            If there is no client, no class, or not one node that can be answered.
        """
        self.n_asked_ = self.n_answered_ = 0
        self.answered_rows_ = np.empty(0, dtype=np.int64)
        self.report_: dict[str, int] = {}
        self.usage_: dict[str, Any] = {}
        self.n_requests_, self.cost_ = 0, None
        task = FitTask(self, X, y, n_parts=0)
        X = check_nodes(self, X, reset=True)
        if not isinstance(X, TextGraph):
            self.classes_ = np.array([])
            task.end()
            return X
        survey, self.classes_ = self._survey(X, y)
        result = survey.run(self.max_cost)
        self.usage_ = result.usage
        self.n_requests_ = int(result.usage.get("requests", 0))
        self.cost_ = result.usage.get("cost")
        table = replace(result.table, classes=self.classes_)
        self._record(table, result.n_asked, survey.count_passed_over())
        if not result.usage:  # a client that counts has told
            warn_of_silence(table, result.n_asked, stacklevel=2)
        task.end()
        return X.annotated(rationales=table)

    @_fit_context(prefer_skip_nested_validation=True)
    def plan(self, X: TextGraph, y: Any = None) -> Plan:
        """Find out what ``fit`` would ask and spend; nothing is sent.

        Parameters
        ----------
        X : TextGraph
            Nodes that may be asked about.
        y : array-like of shape (n_nodes,), default=None
            True labels, as ``fit`` would get them.

        Returns
        -------
        Plan
            Requests, tokens, cost with and without Batch mode, and a prompt:
            ``print`` it.

        Raises
        ------
        ValueError
            If there is no client, or it has no plan to make, because it asks nobody.
        """
        questions = self.questions(X, y)
        client = as_client(self.llm)
        if not hasattr(client, "plan"):
            raise ValueError(f"{client!r} has no plan: it is not known what it takes.")
        plan: Plan = client.plan(questions)
        return plan

    def questions(self, X: TextGraph, y: Any = None) -> list[Question]:
        """Return what ``fit`` would ask.

        Parameters
        ----------
        X : TextGraph
            Nodes that may be asked about.
        y : array-like of shape (n_nodes,), default=None
            True labels, as ``fit`` would get them.

        Returns
        -------
        list of Question
            One per node. A strategy with rounds turns to other nodes after the
            first, which nobody can know before; there are as many.

        Raises
        ------
        TypeError
            If ``X`` is no graph.
        ValueError
            As ``fit`` raises it.
        """
        return self._survey(X, y)[0].questions()

    def transform(self, X: Any) -> Any:
        """Pass the input through: at prediction time nobody is asked.

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

    def _survey(self, graph: TextGraph, y: Any) -> tuple[Survey, NDArray[Any]]:
        """Return the survey to make, and the sorted labels of the classes."""
        chosen = self.get_params(deep=False)
        del chosen["max_cost"]  # a limit of the run, not of what is asked
        return prepare_survey(graph, y, **chosen)

    def _record(
        self, table: RationaleTable, n_asked: int, passed_over: Mapping[str, int]
    ) -> None:
        self.n_asked_, self.n_answered_ = n_asked, len(table)
        self.answered_rows_ = np.unique(table.positions)
        report = Counter(table.report)
        report.update(passed_over)
        report.update(f"abstained: {reason}" for reason in table.abstained.values())
        self.report_ = {kind: count for kind, count in report.items() if count}
        unusable = sum(report[f"abstained: {reason}"] for reason in _UNUSABLE)
        if unusable:
            warnings.warn(
                f"{unusable} of {n_asked} answers could not be believed and were left "
                f"out: {self.report_}. Known classes: {self.classes_.tolist()}.",
                RationaleWarning,
                stacklevel=3,
            )
        warn_of_few_classes(table, stacklevel=3)
