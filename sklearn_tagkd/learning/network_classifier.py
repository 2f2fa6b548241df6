"""The fit/predict skeleton that interpreter, student and baselines share."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd.estimators.constraints import TRAINING_CONSTRAINTS
from sklearn_tagkd.estimators.fit_tasks import FitTask
from sklearn_tagkd.estimators.reading import read_fit, read_nodes
from sklearn_tagkd.estimators.step import StepMixin
from sklearn_tagkd.features.digest import graph_digest
from sklearn_tagkd.features.grown import asks_about_few, grown_inputs, speaks_of_base
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.answer_doubts import as_sure_as_agreed, without_lean
from sklearn_tagkd.learning.label_guard import guard_labels
from sklearn_tagkd.learning.node_views import rows_of_nodes
from sklearn_tagkd.learning.nothing_to_learn import nothing_taught
from sklearn_tagkd.learning.predicting import NodeClassifierMixin
from sklearn_tagkd.learning.supervision import Supervision, answers_on_labels
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.learning.word_choice import words_mislead
from sklearn_tagkd.nn.config import CHECK_EVERY, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.growth.inputs import GrownInputs
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.nn.training.terms import LossTerm
from sklearn_tagkd.rationales import RationaleTable
from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["GraphNetworkClassifier"]


class GraphNetworkClassifier(
    NodeClassifierMixin,
    StepMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """A network over a graph behind ``fit`` and ``predict``.

    A subclass stores its parameters and may override what the network looks at
    (:meth:`_inputs`) and what it has to match (:meth:`_loss_terms`).
    """

    _parameter_constraints = TRAINING_CONSTRAINTS
    # A step sets what knows graphs in folders too: that lies above this room.
    _embedder_class = GraphEmbedder
    push_tolerance: float = 1e-4  # where a pickle of an older version has none
    _takes_answers_as_they_are = False

    @abstractmethod
    def __init__(self) -> None: ...

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> Any:
        """Train the network.

        Parameters
        ----------
        X : TextGraph, or array-like of shape (n_samples, n_features)
            Nodes to learn from. The whole parent graph is seen, not its labels. An
            array is a graph without texts and links.
        y : array-like of shape (n_nodes,), default=None
            True labels. On a TextGraph ``-1`` (among strings ``''``) means
            unlabelled, and None learns from the language model's answers alone.
        X_val : TextGraph, or array-like of shape (n_val, n_features), default=None
            Nodes to stop by, of this graph or of another, in place of a
            ``validation_fraction``; needs ``early_stopping=True``. They are seen as
            ``predict`` would see them.
        y_val : array-like of shape (n_val,), default=None
            Their true labels; unlabelled nodes are left out.

        Returns
        -------
        object
            The fitted classifier itself.

        Raises
        ------
        ValueError
            If nothing is known of any node's class, or ``y`` does not fit ``X``, or
            validation data come without labels or without early stopping.
        """
        task = FitTask(self, X, y, -(-self.max_iter // CHECK_EVERY))
        training, validation = read_fit(self, X, y, X_val, y_val)
        graph = training.graph
        self._check_parts(graph)
        supervision = Supervision.gather(
            graph,
            training.labels,
            training.is_labelled,
            source=self.supervision,
            hard_weight=self.hard_label_weight,
            soft_weight=self.soft_label_weight,
            true_weight=self.true_label_weight,
            taught_classes=self._taught_classes(graph),
        )
        if not self._takes_answers_as_they_are:
            supervision = without_lean(supervision)
        self.classes_ = supervision.classes
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(2**31 - 1))
        self.input_space_ = self._embedder(fitted=False).fit(graph)
        supervision, self.teacher_audit_ = self._audit(graph, supervision)
        if words_mislead(graph, self._embedder(), supervision, self._hops()):
            self.input_space_ = replace(self.input_space_, lexical=None)
        held_out, held_out_inputs = None, None
        if self.early_stopping and validation is None:
            supervision, held_out = supervision.split(
                self.validation_fraction, random_state
            )
        self.link_scorer_ = self._find_link_scorer(graph)
        self.training_graph_ = graph_digest(graph)
        inputs = self._inputs(graph)
        network_config = self._network_config(inputs.embeddings.shape[1])
        if validation is not None:
            is_labelled = validation.is_labelled
            held_out = Supervision.of_labels(
                self.classes_,
                validation.labels[is_labelled],
                validation.graph.rows[is_labelled],
            )
            self._warn_of_other_links(validation.graph)
            held_out_inputs = self._known_inputs(
                validation.graph, network_config.input_dim
            )
        self.sharpness_ = 1.0
        terms = self._loss_terms(graph, network_config, supervision)
        if len(supervision.rows):
            terms = [_label_term(supervision), *terms]
        if not terms:
            raise ValueError(nothing_taught(type(self).__name__, self.classes_))
        self._train(
            network_config,
            inputs,
            terms,
            None if held_out is None else _label_term(held_out),
            held_out_inputs,
            seed,
            task,
        )
        task.end()
        return self

    # -- what a subclass may change ----------------------------------------------

    def _network_config(self, input_dim: int) -> NetworkConfig:
        """Return the shape of the network."""
        return NetworkConfig(
            backbone=self.backbone,
            input_dim=input_dim,
            hidden_dim=self.hidden_dim,
            n_classes=len(self.classes_),
            n_layers=self.n_layers,
            n_hops=self.n_hops,
            teleport=self.teleport,
            dropout=self.dropout,
        )

    def _taught_classes(self, graph: TextGraph) -> NDArray[Any] | None:
        """Return the classes that something else than labels teaches, if any."""
        return None

    def _is_audited(self, supervision: Supervision) -> bool:
        """Tell whether answers are to be judged; beside labels they always are."""
        return bool(supervision.is_true.any() and not supervision.is_true.all())

    def _inputs(self, graph: TextGraph) -> NetworkInputs:
        """Return what the network looks at: raw texts and links."""
        return self._raw_inputs(graph)

    def _find_link_scorer(self, graph: TextGraph) -> LinkScorer | None:
        """Return what weighs the links; None leaves them all alike."""
        return None

    def _loss_terms(
        self,
        graph: TextGraph,
        network_config: NetworkConfig,
        supervision: Supervision,
    ) -> list[LossTerm]:
        """Return what the network has to match beside class labels.

        Whoever knows how sure it may then be sets ``sharpness_``.
        """
        return []

    def _audit(
        self, graph: TextGraph, supervision: Supervision
    ) -> tuple[Supervision, TeacherAudit | None]:
        """Let answers count for what they are worth beside labels."""
        if not self._is_audited(supervision):
            return supervision, None
        rows = rows_of_nodes(graph, self._embedder(), self._hops(), supervision.rows)
        on_labels = answers_on_labels(graph, supervision)
        supervision, audit = guard_labels(supervision, rows, on_labels)
        return as_sure_as_agreed(supervision, audit), audit

    # -- shared --------------------------------------------------------------------

    def _train(
        self,
        network_config: NetworkConfig,
        inputs: NetworkInputs,
        terms: list[LossTerm],
        held_out: LossTerm | None,
        held_out_inputs: NetworkInputs | None,
        seed: int,
        task: FitTask,
    ) -> None:
        with asking_for("train", "Training"):
            # Imported late: torch takes seconds, `import sklearn_tagkd` none.
            from sklearn_tagkd.nn.training.loop import train_network

        training = TrainingConfig(
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            consistency=self.consistency_weight,
            n_iter_no_change=self.n_iter_no_change,
            seed=seed,
            device=self.device,
        )
        title = f"train {type(self).__name__}"
        with progress_bar(self.max_iter, title, "step", self.progress) as bar:
            network, self.history_ = train_network(
                network_config,
                inputs,
                terms,
                held_out,
                training,
                bar,
                held_out_inputs=held_out_inputs,
                watcher=lambda network: task.next_part(lambda: {"network_": network()}),
            )
        self.network_ = network.sharpened(self.sharpness_)
        self.n_iter_ = int(self.history_[-1]["step"])

    def _check_parts(self, graph: TextGraph) -> None:
        """Refuse what does not go by parts, before anything is written."""
        if graph.by_parts is None:
            return
        if self.backbone in ("decoupled", "mlp"):
            return
        raise ValueError(
            f"{type(self).__name__} with backbone={self.backbone!r} holds the whole "
            "graph, and this one was opened with max_memory=. Choose "
            "backbone='decoupled' or 'mlp', or open the graph without max_memory."
        )

    def _hops(self) -> tuple[int, float] | None:
        """Return steps of propagation and the share kept; None looks at no link."""
        return None if self.backbone == "mlp" else (self.n_hops, self.teleport)

    def _embedder(self, fitted: bool = True) -> GraphEmbedder:
        space = self.input_space_ if fitted else None
        return self._embedder_class(
            self.encoder, self.device, self.progress, self.lexical_dim, space
        )

    def _raw_inputs(self, graph: TextGraph) -> NetworkInputs:
        return self._embedder().raw_inputs(graph, self.link_scorer_)

    def _known_inputs(self, graph: TextGraph, expected: int) -> NetworkInputs:
        """Return what the network looks at, if it is as wide as it was."""
        inputs = self._inputs(graph)
        if inputs.embeddings.shape[1] != expected:
            raise ValueError(
                f"The graph's embeddings have {inputs.embeddings.shape[1]} columns, "
                f"what {type(self).__name__} was fitted on had {expected}. Use "
                "the same encoder and as many features."
            )
        return inputs

    def _outputs(self, X: Any, kind: str) -> NDArray[np.float32]:
        check_is_fitted(self)
        graph = read_nodes(self, X)
        self._check_parts(graph)
        config = self.network_.config
        self._warn_of_other_links(graph)
        if self._looks_around(graph):
            grown = self._grown_inputs(graph)
            nodes, rows = np.unique(graph.rows, return_inverse=True)
            inputs = self.network_.around(
                grown, nodes, self.device, self.push_tolerance
            )
        else:
            inputs, rows = self._known_inputs(graph, config.input_dim), graph.rows
        outputs: dict[str, NDArray[np.float32]] = self.network_.apply(
            inputs, self.device, **{kind: rows}
        )
        return outputs[kind]

    # -- of a graph that has grown --------------------------------------------------

    def _looks_around(self, graph: TextGraph) -> bool:
        """Tell whether a few nodes are best found from what was known before."""
        if not asks_about_few(graph):
            return False
        is_known = self._embedder().remembers(graph, self._inputs_key(graph))
        table: RationaleTable | None = graph.annotations.get("rationales")
        return not is_known and speaks_of_base(graph, table)

    def _inputs_key(self, graph: TextGraph) -> tuple[Hashable, ...]:
        """Return what decides the inputs beside the graph and the embedder."""
        return (self.link_scorer_,)

    def _grown_inputs(self, graph: TextGraph) -> GrownInputs:
        """Return what the network looks at in a graph that has grown."""
        assert graph.growth is not None  # it has grown
        base = self._known_inputs(graph.growth.base, self.network_.config.input_dim)
        embedder, scorer = self._embedder(), self.link_scorer_
        return embedder.remember(
            graph,
            ("grown", scorer, base),
            lambda: grown_inputs(graph, base, embedder, scorer, self._columns),
        )

    def _columns(self, rows: Rows) -> Rows:
        """Return rows of nodes of which texts and features are known, as it is read."""
        return rows


def _label_term(supervision: Supervision) -> LossTerm:
    return LossTerm(
        name="labels",
        output="logits",
        rows=supervision.rows,
        values=supervision.distributions,
        weights=supervision.weights,
        scale=float(supervision.weights.mean()),
    )
