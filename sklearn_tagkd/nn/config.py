"""Settings of a network and of its training, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BACKBONES", "CHECK_EVERY", "NetworkConfig", "TrainingConfig"]

BACKBONES = ("decoupled", "gat", "gcn", "mlp", "sage")
CHECK_EVERY = 10  # steps between two looks at losses and at held-out rows


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a network.

    Parameters
    ----------
    backbone : str
        One of ``BACKBONES``.
    input_dim : int
        Columns of the text embeddings.
    hidden_dim : int
        Columns of every hidden representation.
    n_classes : int
        Columns of the output.
    n_layers : int
        Message-passing layers of ``gcn``, ``sage`` and ``gat``.
    n_hops : int
        Propagation steps of ``decoupled``.
    teleport : float
        Share of its own embedding that a node keeps per step of ``decoupled``.
    dropout : float
        Share of hidden units dropped while training.
    """

    backbone: str
    input_dim: int
    hidden_dim: int
    n_classes: int
    n_layers: int
    n_hops: int
    teleport: float
    dropout: float

    @property
    def passes_messages(self) -> bool:
        """Whether nodes exchange hidden states, layer by layer."""
        return self.backbone in ("gcn", "sage", "gat")


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Parameters
    ----------
    max_iter : int
        Optimizer steps at most.
    batch_size : int
        Rows of each loss term per step, where a network works on rows.
    learning_rate, weight_decay : float
        Of Adam; the rate falls to 0 over the last 30% of the steps.
    consistency : float
        Weight of :class:`~sklearn_tagkd.nn.training.consistency.Consistency` where a
        network works on rows; 0 switches it off.
    n_iter_no_change : int
        Steps without an improvement on held-out rows before training stops.
    seed : int
        Of initial weights, batches and dropout.
    device : str
        ``'auto'`` or a name of torch's.
    fan_outs : tuple of int or None, or 'auto'
        Links per node, by layer, that ``gcn``, ``sage`` and ``gat`` hear in a step;
        None hears all. ``'auto'`` hears all but on large graphs.
    """

    max_iter: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    consistency: float
    n_iter_no_change: int
    seed: int
    device: str
    fan_outs: tuple[int | None, ...] | str | None = "auto"
