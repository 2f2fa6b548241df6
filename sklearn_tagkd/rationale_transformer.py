"""Step 1: ask a language model about a few nodes, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.asking.constraints import ASKING_CONSTRAINTS
from sklearn_tagkd.asking.coverage import warn_of_silence
from sklearn_tagkd.asking.inquiry import Inquiry
from sklearn_tagkd.asking.kept_findings import KeepsFindings
from sklearn_tagkd.asking.preparation import prepare_inquiry
from sklearn_tagkd.asking.selection import DEFAULT_ENCODER
from sklearn_tagkd.estimators.attribute_rows import AttributeRows
from sklearn_tagkd.estimators.audit_line import AuditLine
from sklearn_tagkd.estimators.fit_tasks import FitTask
from sklearn_tagkd.estimators.graph_output import GraphOutputMixin
from sklearn_tagkd.estimators.reading import check_nodes
from sklearn_tagkd.estimators.saved_alone import SavedWithoutFunction
from sklearn_tagkd.estimators.step import StepMixin
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import Plan, Question

__all__ = ["LLMRationaleTransformer"]


class LLMRationaleTransformer(
    AuditLine,
    GraphOutputMixin,
    AttributeRows,
    KeepsFindings,
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
    llm : object with ``ask``, callable, or list of two, default=None
        Who answers: :class:`~sklearn_tagkd.llm.OpenAIClient`,
        :class:`~sklearn_tagkd.llm.RecordedAnswers`, any object with the method of
        :class:`~sklearn_tagkd.llm.RationaleClient`, or a function
        ``messages -> str``. A key is never given here. A function is not pickled with
        a fitted step, which asks nobody; it is found again where it is defined. Of
        ``[cheap, strong]`` the first is asked widely and the second about fewer nodes;
        the cheap one's answers count where a quick model of the strong one's agrees.
    classes : sequence of labels, or mapping of label to description, default=None
        What a node can be. None takes the labels in ``y`` and the classes that the
        client or class profiles name. Where ``y`` holds integers, sorted names tell
        what they stand for: 0 is the first. That is how scikit-learn encodes labels
        for ``cross_val_predict(method="predict_proba")``, ``StackingClassifier`` and
        ``VotingClassifier``; ``classes_`` are then the integers.
    max_nodes : int, or list of two, default=None
        Most nodes of the view to ask about. None is every node that the client can
        answer, 0 is none: class profiles are all there is then. Of two clients one
        number is the cheap one's, and the strong one is asked about a fifth as many.
    max_neighbors : int, default=5
        Most linked nodes to show per question.
    max_cost : float, default=None
        US dollars that one ``fit`` may spend at most, retries included; for clients
        that ask for money. None is no limit beside the client's own.
    selection : {'auto', 'random', 'pagerank', 'featprop', 'typical', \
'uncertainty'} or callable, default='auto'
        Which nodes to ask about where ``max_nodes`` or ``max_per_class`` leaves a
        choice: in rounds, those that cover the graph and that the answers so far
        leave in doubt, or typical ones where the answers contradict one another
        (:class:`~sklearn_tagkd.selection.AutoSelection`); random ones; those that many
        links lead to; centres of clusters of propagated embeddings, or of one cluster
        of texts per class; or those that a quick model is least sure of.
        A callable takes the graph, the positions that may be asked about (ascending),
        how many are wanted, and a RandomState, and returns positions, best first; one
        with an attribute ``n_rounds`` also takes ``answered``, the table of the answers
        so far, one with ``wants_n_classes`` their number as ``n_classes``.
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
        Chooses nodes and examples. Fixed by default, unlike elsewhere in scikit-learn:
        other nodes would have to be paid for again. Folds of a cross-validation ask
        about the same nodes as far as they hold them.
    class_profiles : None, 'ask', path or list of ClassProfile, default=None
        What is known of the classes before a node is seen: a description, phrases
        and invented documents of each. ``'ask'`` asks for them, one request a class,
        from the same purse. Questions about nodes then have the descriptions.
    show_style : bool, default=False
        Whether requests about classes show three texts of the graph, for their
        style; they hold no text of the graph otherwise.
    stop : None, 'auto' or float, default=None
        None asks as long as the limits allow; a number, until fifty more answers are
        not expected to raise agreement with the teacher by so many points; 0.25 for
        ``'auto'``.
    ask_again : int, default=0
        Most nodes to ask about a second time, where other answers strongly contradict
        the first; of two clients the strong one is asked. The prompt shows up to four
        texts with surer answers. They count towards ``max_nodes``.
    n_audit : int, default=None
        Most labelled nodes to ask about, for answers to be held against their labels,
        where others have none: None is a tenth of ``max_nodes``, and 20 at most.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels.
    n_asked_ : int
        Nodes that were asked about.
    n_answered_ : int
        Nodes whose answer counts.
    answered_rows_ : ndarray of int64 of shape (n_answered,)
        Positions in the parent of these nodes.
    rationales_ : RationaleTable
        What the language model said, with its reasons; ``to_frame()`` makes a table of
        it. Not in a pickle or a saved file, since it holds phrases of texts.
    report_ : dict of str to int
        What the checks dropped, by kind: see
        :func:`~sklearn_tagkd.rationales.check_rationales` and, with ``'profiles: '``
        before them, :func:`~sklearn_tagkd.rationales.check_profiles`; abstentions
        count as ``'abstained: <reason>'``, nodes that have nothing to read as
        ``'no_text'``; of a file see :class:`~sklearn_tagkd.llm.RecordedAnswers`.
    teacher_audit_ : TeacherAudit or None
        How right the model is, by class too; in ``report_`` in percent, in the repr in
        a line. None with fewer than 20 answers.
    outlook_ : list of dict
        With ``stop``, after each round: answers, agreement with the teacher, points
        and US dollars expected of fifty more.
    stop_reason_ : str
        Why there was no further round.
    n_requests_ : int
        Requests sent, retries included; 0 with a client that does not count.
    cost_ : float or None
        US dollars that they cost; None where nobody knows.
    usage_ : dict
        Requests, retries, repairs, tokens, cache hits, abstentions by reason, cost and
        seconds; empty with a client that does not count.
    fitted_on_graph_ : bool
        Whether ``fit`` was given a TextGraph.
    n_features_in_ : int
        Number of features.

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

    _parameter_constraints: dict[str, Any] = ASKING_CONSTRAINTS

    def __init__(
        self,
        llm: Any = None,
        classes: Sequence[Any] | Mapping[Any, str] | None = None,
        *,
        max_nodes: int | Sequence[int | None] | None = None,
        max_neighbors: int = 5,
        max_cost: float | None = None,
        selection: Any = "auto",
        max_per_class: int | None = None,
        n_examples: int = 0,
        encoder: Any = DEFAULT_ENCODER,
        random_state: Any = 0,
        class_profiles: Any = None,
        show_style: bool = False,
        stop: str | float | None = None,
        ask_again: int = 0,
        n_audit: int | None = None,
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
        self.class_profiles = class_profiles
        self.show_style = show_style
        self.stop = stop
        self.ask_again = ask_again
        self.n_audit = n_audit

    def fit(self, X: Any, y: Any = None) -> LLMRationaleTransformer:
        """Ask: what ``fit_transform`` does, but for the graph that it returns.

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
            True labels. They name the classes and count for ``max_per_class``,
            ``n_examples`` and the audit; only with ``n_examples`` does the model see
            any, of other nodes of this view.

        Returns
        -------
        TextGraph, or ndarray of shape (n_samples, n_features)
            The same nodes, annotated with ``'rationales'``, and with ``'profiles'``
            where something is known of the classes.

        Raises
        ------
        ValueError
            If there is no client, no class, or not one node that can be answered.
        """
        self._forget()
        self.n_asked_, self.n_answered_ = 0, 0
        self.answered_rows_ = np.empty(0, dtype=np.int64)
        self.report_, self.usage_ = dict[str, int](), dict[str, Any]()
        self.n_requests_, self.cost_ = 0, None
        self.teacher_audit_: Any = None
        self.outlook_, self.stop_reason_ = list[dict[str, Any]](), ""
        task = FitTask(self, X, y, n_parts=0)
        X = check_nodes(self, X, reset=True)
        if not isinstance(X, TextGraph):
            self.classes_ = np.array([])
            task.end()
            return X
        inquiry = self._inquiry(X, y)
        self.classes_ = inquiry.labels
        found = inquiry.run(self.max_cost)
        self._record(found)
        if not found.usage:  # a client that counts has told
            warn_of_silence(found.table, found.n_asked, stacklevel=2)
        task.end()
        known = {"rationales": found.table, "profiles": found.profiles}
        return X.annotated(**{name: k for name, k in known.items() if k is not None})

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
        plans = self._inquiry(X, y).plans()
        return plans[0] if len(plans) == 1 else plans[0] + plans[1]

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
            One per class, where profiles are asked for, then one per node. A strategy
            with rounds turns to others after the first; there are as many.

        Raises
        ------
        TypeError, ValueError
            If ``X`` is no graph, or as ``fit`` raises it.
        """
        return self._inquiry(X, y).questions()

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

    def _inquiry(self, graph: TextGraph, y: Any) -> Inquiry:
        chosen = self.get_params(deep=False)
        del chosen["max_cost"]  # a limit of the run, not of what is asked
        return prepare_inquiry(graph, y, **chosen)
