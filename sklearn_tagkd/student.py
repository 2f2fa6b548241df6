"""Step 3: a network that needs raw texts and links only."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.embedder import FolderEmbedder
from sklearn_tagkd.estimators.constraints import (
    ARCHITECTURE_CONSTRAINTS,
    TRAINING_CONSTRAINTS,
    positive,
)
from sklearn_tagkd.estimators.docstrings import share_parameters
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.network_classifier import GraphNetworkClassifier
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.learning.teaching import TeacherSignals
from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.training.terms import LossTerm

__all__ = ["DistilledStudentClassifier"]


@share_parameters()
class DistilledStudentClassifier(GraphNetworkClassifier):
    """A network over raw texts and links that an interpreter has taught.

    It learns the labels that the graph carries and, on a graph with the teaching
    signals of an :class:`InterpreterGNNClassifier`, to say what the interpreter
    says on every node, answered or not. Each demand has a weight; 0 switches it
    off. Once fitted it needs neither rationales nor a language model. Without an
    interpreter before it, it is an ordinary classifier.

    Parameters
    ----------
    {architecture}
    output_weight : float, default=5.0
        Weight of the cross-entropy between the class probabilities of interpreter
        and student, over all nodes of the parent.
    semantic_weight : float, default=0.3
        Weight of semantic alignment: the squared distance between the text
        embeddings, a node counting by how often it is heard and by how far its
        keywords are from its text.
    structural_weight : float, default=1.0
        Weight of structural alignment: the squared distance between the
        neighbourhood embeddings, a node counting by how far its enhanced
        neighbourhood is from the original one. ``'mlp'`` has none to align.
    score_links : bool, default=True
        Whether links are weighed as the interpreter has learnt to, from the
        embeddings of their ends alone.
    consistency_weight : float, default=0.0
        Weight of the demand to say the same of several random views of a node, over
        all nodes of the parent; for ``'decoupled'`` and ``'mlp'``. Worth switching
        on where no interpreter speaks for the nodes that nobody labelled.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    InterpreterGNNClassifier : Leaves the teaching signals on the graph.
    GCNClassifier : What a student is measured against.

    Notes
    -----
    After arXiv:2402.12022 (CIKM 2024), of which tables and equations were not
    available: the reading of its description is ours.

    Examples
    --------
    >>> from sklearn_tagkd import DistilledStudentClassifier, datasets
    >>> docs = datasets.load_docs()
    >>> student = DistilledStudentClassifier(
    ...     encoder="hashing", max_iter=50, random_state=0)
    >>> student.fit(docs.graph[::2], docs.target[::2])
    DistilledStudentClassifier(encoder='hashing', max_iter=50, random_state=0)
    >>> student.score(docs.graph[1::2], docs.target[1::2]) > 0.8
    True
    """

    _embedder_class = FolderEmbedder
    _parameter_constraints: dict[str, Any] = {
        **ARCHITECTURE_CONSTRAINTS,
        **TRAINING_CONSTRAINTS,
        "output_weight": [positive(Real, "left")],
        "semantic_weight": [positive(Real, "left")],
        "structural_weight": [positive(Real, "left")],
        "score_links": ["boolean"],
        "consistency_weight": [positive(Real, "left")],
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
        output_weight: float = 5.0,
        semantic_weight: float = 0.3,
        structural_weight: float = 1.0,
        score_links: bool = True,
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
        self.output_weight = output_weight
        self.semantic_weight = semantic_weight
        self.structural_weight = structural_weight
        self.score_links = score_links
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

    def _taught_classes(self, graph: TextGraph) -> NDArray[Any] | None:
        teacher: TeacherSignals | None = graph.annotations.get("teacher")
        return None if teacher is None or self.supervision == "y" else teacher.classes

    def _find_link_scorer(self, graph: TextGraph) -> LinkScorer | None:
        teacher: TeacherSignals | None = graph.annotations.get("teacher")
        if teacher is None or not self.score_links or self.backbone == "mlp":
            return None
        return teacher.link_scorer

    def _loss_terms(
        self,
        graph: TextGraph,
        network_config: NetworkConfig,
        supervision: Supervision,
    ) -> list[LossTerm]:
        teacher: TeacherSignals | None = graph.annotations.get("teacher")
        if teacher is None:
            return []
        if self.output_weight > 0:
            self.sharpness_ = teacher.sharpness
        terms = [
            LossTerm.of_all("output", self._align_classes(teacher), self.output_weight)
        ]
        aligned = [("semantic", "text", teacher.text, self.semantic_weight)]
        if self.backbone != "mlp":
            aligned.append(
                (
                    "structural",
                    "neighborhood",
                    teacher.neighborhood,
                    self.structural_weight,
                )
            )
        terms += [
            LossTerm(name, output, goal.rows, goal.values, goal.weights, scale)
            for name, output, goal, scale in aligned
            if goal is not None
        ]
        used = [term for term in terms if term.scale > 0 and len(term.rows)]
        for term in used:
            width = term.values.shape[1]
            if term.output != "logits" and width != self.hidden_dim:
                raise ValueError(
                    f"The interpreter's embeddings have {width} columns and the "
                    f"student's hidden_dim is {self.hidden_dim}: they cannot be "
                    "aligned. Give both the same hidden_dim, or set "
                    "semantic_weight=0 and structural_weight=0."
                )
        return used

    def _align_classes(self, teacher: TeacherSignals) -> NDArray[np.float32]:
        """Return the interpreter's probabilities in the order of our classes."""
        aligned = np.zeros((len(teacher.probabilities), len(self.classes_)), np.float32)
        known = np.isin(teacher.classes, self.classes_)
        columns = np.searchsorted(self.classes_, teacher.classes[known])
        aligned[:, columns] = teacher.probabilities[:, known]
        return aligned
