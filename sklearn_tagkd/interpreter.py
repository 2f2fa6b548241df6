"""Step 2: a network that learns from a language model's reasons."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.bulk.embedder import FolderEmbedder
from sklearn_tagkd.estimators.audit_line import AuditLine
from sklearn_tagkd.estimators.constraints import (
    ARCHITECTURE_CONSTRAINTS,
    TRAINING_CONSTRAINTS,
    positive,
)
from sklearn_tagkd.estimators.docstrings import share_parameters
from sklearn_tagkd.estimators.graph_output import GraphOutputMixin
from sklearn_tagkd.estimators.reading import check_nodes
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.calibration import find_sharpness
from sklearn_tagkd.learning.network_classifier import GraphNetworkClassifier
from sklearn_tagkd.learning.node_views import nodes_to_view
from sklearn_tagkd.learning.second_opinion import gather_committee
from sklearn_tagkd.learning.supervision import Supervision, view_rationales
from sklearn_tagkd.learning.teaching import TaughtEmbeddings, TeacherSignals
from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.nn.training.terms import LossTerm
from sklearn_tagkd.rationales import ProfileTable, RationaleTable
from sklearn_tagkd.rationales.enhancement import Enhancement, enhance

__all__ = ["InterpreterGNNClassifier"]


@share_parameters()
class InterpreterGNNClassifier(
    AuditLine,
    GraphOutputMixin,
    GraphNetworkClassifier,
):
    """A network over a graph that a language model has explained in part.

    It looks at texts and links as the rationales have them: keywords for texts,
    key neighbours for neighbours, key messages for messages. As a step of a
    pipeline, ``fit_transform`` leaves its teaching signals on the graph for a
    :class:`DistilledStudentClassifier`, and ``transform`` passes its input through.

    Parameters
    ----------
    {architecture}
    keywords : {'replace', 'mean', 'concat'} or None, default='mean'
        Text level: the embedding of an answered node's keywords replaces that of
        its text, is averaged with it, or stands beside it. None leaves them out.
    passed_over_weight : float, default=1.0
        Structure level, of answered nodes: weight of a neighbour that the language
        model was shown and did not name as key; 0 drops it. At 1 the judgement
        still counts, through ``score_links``.
    score_links : bool, default=True
        Structure level, beyond the answered nodes: learn from the neighbours named
        and passed over which links matter, and weigh every link by it. Where the
        language model named (nearly) all it was shown, all links stay alike.
    key_messages : bool, default=True
        Message level: whether a key neighbour is heard, in the first layer, by its
        key message instead of its whole text.
    committee_weight : float, default=1.0
        Weight of the cross-entropy to what a committee of softmax regressions says,
        over all nodes of the parent: one per view of a node (all there is; its text;
        its words), which learn the labels, with keywords as further texts, and then
        one another's opinion. Of more than 200,000 nodes 20,000 stand for all.
    consistency_weight : float, default=0.0
        Weight of the demand to say the same of several random views of a node, over
        all nodes of the parent; for ``'decoupled'`` and ``'mlp'``.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    LLMRationaleTransformer : Asks the language model.
    DistilledStudentClassifier : Learns from this one, and needs no rationale.

    Notes
    -----
    After arXiv:2402.12022 (CIKM 2024), of which tables and equations were not
    available: the reading of its description is ours.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_tagkd import (
    ...     InterpreterGNNClassifier, LLMRationaleTransformer, datasets)
    >>> from sklearn_tagkd.llm import RecordedAnswers
    >>> docs = datasets.load_docs()
    >>> model = make_pipeline(
    ...     LLMRationaleTransformer(llm=RecordedAnswers(docs.answers)),
    ...     InterpreterGNNClassifier(encoder="hashing", max_iter=50, random_state=0),
    ... )
    >>> model.fit(docs.graph).score(docs.graph, docs.target) > 0.85
    True
    """

    _embedder_class = FolderEmbedder
    _parameter_constraints: dict[str, Any] = {
        **ARCHITECTURE_CONSTRAINTS,
        **TRAINING_CONSTRAINTS,
        "keywords": [StrOptions({"replace", "mean", "concat"}), None],
        "passed_over_weight": [Interval(Real, 0, 1, closed="both")],
        "score_links": ["boolean"],
        "committee_weight": [positive(Real, "left")],
        "consistency_weight": [positive(Real, "left")],
        "key_messages": ["boolean"],
    }

    def __init__(
        self,
        backbone: str = "decoupled",
        *,
        hidden_dim: int = 256,
        n_layers: int = 2,
        n_hops: int = 10,
        teleport: float = 0.1,
        push_tolerance: float = 1e-4,
        dropout: float = 0.5,
        keywords: str | None = "mean",
        passed_over_weight: float = 1.0,
        score_links: bool = True,
        key_messages: bool = True,
        committee_weight: float = 1.0,
        consistency_weight: float = 0.0,
        hard_label_weight: float = 0.0,
        soft_label_weight: float = 1.0,
        true_label_weight: float = 1.0,
        supervision: str = "both",
        encoder: Any = DEFAULT_ENCODER,
        lexical_dim: int = 64,
        max_iter: int = 200,
        batch_size: int = 256,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0005,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 50,
        device: str = "auto",
        random_state: Any = None,
        progress: bool | str = "auto",
    ) -> None:
        self.backbone = backbone
        self.hidden_dim = hidden_dim
        self.n_layers = n_layers
        self.n_hops = n_hops
        self.teleport = teleport
        self.push_tolerance = push_tolerance
        self.dropout = dropout
        self.keywords = keywords
        self.passed_over_weight = passed_over_weight
        self.score_links = score_links
        self.key_messages = key_messages
        self.committee_weight = committee_weight
        self.consistency_weight = consistency_weight
        self.hard_label_weight = hard_label_weight
        self.soft_label_weight = soft_label_weight
        self.true_label_weight = true_label_weight
        self.supervision = supervision
        self.encoder = encoder
        self.lexical_dim = lexical_dim
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.device = device
        self.random_state = random_state
        self.progress = progress

    def fit_transform(
        self, X: Any, y: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> Any:
        """Fit, and return the graph with the teaching signals on it.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes to learn from; rationales on it are used.
        y : array-like of shape (n_nodes,), default=None
            True labels.
        X_val : TextGraph, or array-like of shape (n_val, n_features), default=None
            Nodes to stop by; needs ``early_stopping=True``.
        y_val : array-like of shape (n_val,), default=None
            Their true labels.

        Returns
        -------
        TextGraph, or ndarray of shape (n_samples, n_features)
            A graph annotated with ``'teacher'``; an array as it was given.
        """
        self.fit(X, y, X_val=X_val, y_val=y_val)
        return self.teach(X) if isinstance(X, TextGraph) else self.transform(X)

    def transform(self, X: Any) -> Any:
        """Pass the input through: at prediction time nobody teaches.

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
        return check_nodes(self, X, reset=False, dtype=np.float32)

    def teach(self, graph: TextGraph) -> TextGraph:
        """Leave teaching signals on a graph.

        Parameters
        ----------
        graph : TextGraph
            Any view; every node of its parent gets its signals, so that a student
            can learn from nodes that nobody labelled.

        Returns
        -------
        TextGraph
            The same view, annotated with ``'teacher'``.
        """
        check_is_fitted(self)
        inputs, enhancement = self._enhanced_inputs(graph)
        weights = enhancement.weights(self.backbone != "mlp") if enhancement else {}
        wanted = {kind: np.flatnonzero(weight) for kind, weight in weights.items()}
        sharpness = getattr(self, "sharpness_", 1.0)  # models of 0.1.0 have none
        # A student learns what training said, and is as sure as right by itself.
        say = partial(self.network_.sharpened(1 / sharpness).apply, inputs, self.device)
        outputs = say(**wanted)
        embeddings = {
            kind: TaughtEmbeddings(wanted[kind], outputs[kind], weight[wanted[kind]])
            for kind, weight in weights.items()
        }
        signals = TeacherSignals(
            classes=self.classes_,
            probabilities=self._embedder().of_all_nodes(
                graph, lambda nodes: say(probabilities=nodes)["probabilities"]
            ),
            text=embeddings.get("text"),
            neighborhood=embeddings.get("neighborhood"),
            link_scorer=self.link_scorer_,
            sharpness=sharpness,
        )
        return graph.annotated(teacher=signals)

    def _inputs(self, graph: TextGraph) -> NetworkInputs:
        return self._enhanced_inputs(graph)[0]

    def _columns(self, rows: Rows) -> Rows:
        return np.tile(rows, 2) if self.keywords == "concat" else rows

    def _loss_terms(
        self,
        graph: TextGraph,
        network_config: NetworkConfig,
        supervision: Supervision,
    ) -> list[LossTerm]:
        if not self._asks_committee():
            return []
        nodes = nodes_to_view(len(graph.parent), supervision.rows)
        committee = gather_committee(
            graph,
            self._embedder(),
            supervision,
            scorer=self.link_scorer_,
            hops=self._hops(),
            with_keywords=self.keywords is not None,
            profiles=self._profiles(graph),
            nodes=nodes,
        )
        opinion, audit = committee.opinion(), self.teacher_audit_
        self.sharpness_ = find_sharpness(supervision, committee, opinion, audit)
        scale = float(self.committee_weight)
        return [LossTerm.of_all("committee", opinion, scale, nodes)]

    def _asks_committee(self) -> bool:
        is_wanted = self.committee_weight > 0 and self.fitted_on_graph_
        return is_wanted and len(self.classes_) > 1

    def _is_audited(self, supervision: Supervision) -> bool:
        # The committee's views are found anyway.
        return self.committee_weight > 0 and not supervision.is_true.all()

    def _profiles(self, graph: TextGraph) -> ProfileTable | None:
        """Return what is known of classes, where a language model may tell of them."""
        return None if self.supervision == "y" else graph.annotations.get("profiles")

    def _taught_classes(self, graph: TextGraph) -> NDArray[Any] | None:
        profiles = self._profiles(graph)
        return None if profiles is None else profiles.classes

    def _find_link_scorer(self, graph: TextGraph) -> LinkScorer | None:
        table = view_rationales(graph)
        if table is None or not self.score_links or self.backbone == "mlp":
            return None
        raw = self._embedder().raw_inputs(graph)
        return LinkScorer.fit(raw.embeddings, raw.links, table)

    def _enhanced_inputs(
        self, graph: TextGraph
    ) -> tuple[NetworkInputs, Enhancement | None]:
        table: RationaleTable | None = graph.annotations.get("rationales")
        return self._embedder().remember(
            graph, self._inputs_key(graph), lambda: self._enhance(graph, table)
        )

    def _inputs_key(self, graph: TextGraph) -> tuple[Hashable, ...]:
        levels = (self.keywords, self.passed_over_weight, self.key_messages)
        return self.link_scorer_, graph.annotations.get("rationales"), *levels

    def _enhance(
        self, graph: TextGraph, table: RationaleTable | None
    ) -> tuple[NetworkInputs, Enhancement | None]:
        embedder, scorer = self._embedder(), self.link_scorer_
        beside = self.keywords == "concat"
        if table is None:  # no keywords: the text stands in for them
            return embedder.explained_inputs(graph, scorer, None, beside), None
        raw = self._raw_inputs(graph)
        enhancement = enhance(
            np.asarray(raw.embeddings),
            raw.links,
            table,
            lambda texts, positions: embedder.phrases(texts, graph, positions),
            keywords=self.keywords,
            passed_over_weight=self.passed_over_weight,
            key_messages=self.key_messages,
            weaken=partial(embedder.weaken, graph, scorer),
        )
        given = (graph, scorer, enhancement, beside)
        return embedder.explained_inputs(*given), enhancement
