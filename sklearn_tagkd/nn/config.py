"""Settings of a network and of its training, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BACKBONES",
    "CHECK_EVERY",
    "NetworkConfig",
    "TrainingConfig",
    "attention_heads",
    "weight_shapes",
]

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


def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of a network's weights.

    Parameters
    ----------
    config : NetworkConfig
        Shape of the network.

    Returns
    -------
    dict of str to tuple of int
        As torch would name them, without torch.
    """
    wide, hidden = (config.hidden_dim, config.input_dim), config.hidden_dim
    square = (hidden, hidden)
    shapes: dict[str, tuple[int, ...]] = {
        "text_head.weight": wide,
        "text_head.bias": (hidden,),
        "classifier.weight": (config.n_classes, hidden),
        "classifier.bias": (config.n_classes,),
    }
    second = {"decoupled": "neighborhood_head", "sage": "heard_head"}
    if config.backbone in second:
        shapes[f"{second[config.backbone]}.weight"] = wide
        shapes[f"{second[config.backbone]}.bias"] = (hidden,)
    if not config.passes_messages:
        return shapes
    # The first layer of 'gcn' and 'sage' is the text head.
    for layer in range(config.n_layers - (config.backbone != "gat")):
        place = f"layers.{layer}"
        if config.backbone == "gat":
            heads = attention_heads(hidden)
            for part in ("of_sender", "of_receiver", "of_weight", "weight_scale"):
                shapes[f"{place}.{part}"] = (heads, hidden // heads)
            shapes[f"{place}.bias"] = (hidden,)
            shapes[f"{place}.values.weight"] = square
            continue
        shapes[f"{place}.of_heard.weight"] = square
        shapes[f"{place}.of_heard.bias"] = (hidden,)
        if config.backbone == "sage":
            shapes[f"{place}.of_own.weight"] = square
    return shapes


def attention_heads(hidden_dim: int) -> int:
    """Return how many heads a layer of attention has.

    Parameters
    ----------
    hidden_dim : int
        Columns of a hidden representation, which they share.

    Returns
    -------
    int
        Four where that comes out even.
    """
    return 4 if hidden_dim % 4 == 0 else 1
