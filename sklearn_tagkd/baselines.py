"""What a user would otherwise do: the same training without reasons."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.bulk.embedder import FolderEmbedder
from sklearn_tagkd.estimators.docstrings import share_parameters
from sklearn_tagkd.features.encoding import DEFAULT_ENCODER
from sklearn_tagkd.learning.network_classifier import GraphNetworkClassifier

__all__ = ["GATClassifier", "GCNClassifier", "MLPClassifier", "SAGEClassifier"]


class _Baseline(GraphNetworkClassifier):
    """A network of a fixed shape, trained on whatever labels the graph carries."""

    _embedder_class = FolderEmbedder
    backbone: str
    n_layers = 2
    _takes_answers_as_they_are = True
    n_hops = 1  # of no consequence: only 'decoupled' propagates
    teleport = 0.0
    consistency_weight = 0.0

    def __init__(
        self,
        *,
        hidden_dim: int = 128,
        dropout: float = 0.5,
        hard_label_weight: float = 0.0,
        soft_label_weight: float = 1.0,
        true_label_weight: float = 1.0,
        supervision: str = "both",
        encoder: Any = DEFAULT_ENCODER,
        lexical_dim: int = 0,
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
        self.hidden_dim = hidden_dim
        self.dropout = dropout
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


@share_parameters()
class GCNClassifier(_Baseline):
    """A plain graph convolutional network over text embeddings.

    Two layers of PyG's GCNConv. It learns the labels that the graph carries, a
    language model's (hard or soft) or true ones, and no reasons.

    Parameters
    ----------
    hidden_dim : int, default=128
        Columns of the hidden representation.
    dropout : float, default=0.5
        Share of hidden units dropped while training; of inputs, 0.4 times that.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPClassifier : The other plain network.
    DistilledStudentClassifier : Learns from reasons too.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.baselines import GCNClassifier
    >>> docs = datasets.load_docs()
    >>> model = GCNClassifier(encoder="hashing", max_iter=50, random_state=0)
    >>> model.fit(docs.graph[::2], docs.target[::2]).n_iter_
    50
    """

    backbone = "gcn"


@share_parameters()
class SAGEClassifier(_Baseline):
    """A plain GraphSAGE network over text embeddings.

    Two layers of PyG's SAGEConv. It learns the labels that the graph carries, a
    language model's (hard or soft) or true ones, and no reasons.

    Parameters
    ----------
    hidden_dim : int, default=128
        Columns of the hidden representation.
    dropout : float, default=0.5
        Share of hidden units dropped while training; of inputs, 0.4 times that.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GCNClassifier : The other plain network.
    DistilledStudentClassifier : Learns from reasons too.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.baselines import SAGEClassifier
    >>> docs = datasets.load_docs()
    >>> model = SAGEClassifier(encoder="hashing", max_iter=5, random_state=0)
    >>> model.fit(docs.graph[::2], docs.target[::2]).n_iter_
    5
    """

    backbone = "sage"


@share_parameters()
class GATClassifier(_Baseline):
    """A plain graph attention network over text embeddings.

    Two layers of PyG's GATConv. It learns the labels that the graph carries, a
    language model's (hard or soft) or true ones, and no reasons.

    Parameters
    ----------
    hidden_dim : int, default=128
        Columns of the hidden representation.
    dropout : float, default=0.5
        Share of hidden units dropped while training; of inputs, 0.4 times that.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GCNClassifier : The other plain network.
    DistilledStudentClassifier : Learns from reasons too.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.baselines import GATClassifier
    >>> docs = datasets.load_docs()
    >>> model = GATClassifier(encoder="hashing", max_iter=5, random_state=0)
    >>> model.fit(docs.graph[::2], docs.target[::2]).n_iter_
    5
    """

    backbone = "gat"


@share_parameters()
class MLPClassifier(_Baseline):
    """A plain multi-layer perceptron over text embeddings.

    One hidden layer, and no link is looked at. It learns the labels that the graph
    carries, a language model's (hard or soft) or true ones, and no reasons.

    Parameters
    ----------
    hidden_dim : int, default=128
        Columns of the hidden representation.
    dropout : float, default=0.5
        Share of hidden units dropped while training; of inputs, 0.4 times that.
    {training}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GCNClassifier : The other plain network.
    DistilledStudentClassifier : Learns from reasons too.

    Examples
    --------
    >>> from sklearn_tagkd import datasets
    >>> from sklearn_tagkd.baselines import MLPClassifier
    >>> docs = datasets.load_docs()
    >>> model = MLPClassifier(encoder="hashing", max_iter=50, random_state=0)
    >>> model.fit(docs.graph[::2], docs.target[::2]).n_iter_
    50
    """

    backbone = "mlp"
