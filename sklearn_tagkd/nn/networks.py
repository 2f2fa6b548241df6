"""A text head, message passing, a linear classifier: one network, two shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.convolutions import Convolution, LinkWeights, link_weights
from sklearn_tagkd.nn.dropout import dropout
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.propagation import personalised_pagerank

__all__ = ["Network", "NetworkOutput", "build_network"]

_VIEW_BYTES = 2**30  # memory for random views, beyond which there are but two


class NetworkOutput(NamedTuple):
    """What a network says about some nodes.

    Parameters
    ----------
    text : Tensor of shape (n_rows, hidden_dim)
        Embedding of the node's own text.
    neighborhood : Tensor of shape (n_rows, hidden_dim) or None
        Embedding of the node in its neighbourhood; None where links are not seen.
    hidden : Tensor of shape (n_rows, hidden_dim)
        What the classifier looks at.
    logits : Tensor of shape (n_rows, n_classes)
        Unnormalised log-probabilities.
    """

    text: Tensor
    neighborhood: Tensor | None
    hidden: Tensor
    logits: Tensor


class Network(Protocol):
    """What training and inference need of a network."""

    works_on_rows: bool

    def load_inputs(
        self, inputs: NetworkInputs, device: torch.device, n_views: int = 0
    ) -> None:
        """Prepare embeddings and links once, before many calls.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings, links and messages.
        device : torch.device
            Where everything shall rest.
        n_views : int, default=0
            Random views of every neighbourhood to train on, where a network works
            on rows.
        """

    def __call__(self, rows: Tensor) -> NetworkOutput:
        """Say something about the nodes at ``rows`` of the loaded inputs.

        Parameters
        ----------
        rows : Tensor of int64 of shape (n_rows,)
            Which nodes.

        Returns
        -------
        NetworkOutput
            One row per node asked for.
        """


def build_network(config: NetworkConfig) -> RowNetwork | MessagePassingNetwork:
    """Build a network with fresh weights.

    Parameters
    ----------
    config : NetworkConfig
        Its shape.

    Returns
    -------
    Network
        Without inputs yet.
    """
    if config.backbone in ("mlp", "decoupled"):
        return RowNetwork(config)
    return MessagePassingNetwork(config)


class RowNetwork(nn.Module):
    """Each node is a row: its text, and with ``decoupled`` its propagated text.

    The links are used up before training, so a step costs its rows alone.

    Parameters
    ----------
    config : NetworkConfig
        With the backbone ``'mlp'`` or ``'decoupled'``.
    """

    works_on_rows = True

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        sees_links = config.backbone == "decoupled"
        self.text_head = nn.Linear(config.input_dim, config.hidden_dim)
        self.neighborhood_head = (
            nn.Linear(config.input_dim, config.hidden_dim) if sees_links else None
        )
        self.classifier = nn.Linear(config.hidden_dim, config.n_classes)

    def load_inputs(
        self, inputs: NetworkInputs, device: torch.device, n_views: int = 0
    ) -> None:
        """Propagate embeddings once, and once more per random view.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings, links and messages.
        device : torch.device
            Where the rows shall rest.
        n_views : int, default=0
            Propagations of which half of the nodes are left out; in training mode
            a call draws one of them.
        """
        own = np.ascontiguousarray(inputs.embeddings[: inputs.n_nodes])
        self._own = _tensor(own, device)  # (N, d)
        self._propagated: Tensor | None = None
        self._views: list[Tensor] = []
        if self.neighborhood_head is not None:
            self._propagated = self._propagate(inputs, device)  # (N, d)
            n_views = min(n_views, max(2, _VIEW_BYTES // own.nbytes))
            for _ in range(n_views):
                heard = (torch.rand(len(inputs.embeddings), 1) < 0.5).numpy()
                partial = replace(inputs, embeddings=2 * heard * inputs.embeddings)
                self._views.append(self._propagate(partial, device))  # (N, d)

    def forward(self, rows: Tensor) -> NetworkOutput:
        """Say something about some nodes.

        Parameters
        ----------
        rows : Tensor of int64 of shape (n_rows,)
            Which nodes.

        Returns
        -------
        NetworkOutput
            One row per node asked for.
        """
        text = self.text_head(self._drop_input(self._own[rows]))  # (R, h)
        hidden, neighborhood = text, None
        if self.neighborhood_head is not None and self._propagated is not None:
            seen = self._propagated
            if self.training and self._views:
                seen = self._views[int(torch.randint(len(self._views), ()))]
            propagated = self._drop_input(seen[rows])
            neighborhood = self.neighborhood_head(propagated)  # (R, h)
            hidden = text + neighborhood
        hidden = F.relu(hidden)
        dropped = dropout(hidden, self.config.dropout, self.training)
        return NetworkOutput(text, neighborhood, hidden, self.classifier(dropped))

    def _propagate(self, inputs: NetworkInputs, device: torch.device) -> Tensor:
        config = self.config
        rows = personalised_pagerank(inputs, config.n_hops, config.teleport)
        return _tensor(rows, device)

    def _drop_input(self, embeddings: Tensor) -> Tensor:
        # Inputs are dropped less than hidden units, as is usual.
        return dropout(embeddings, 0.4 * self.config.dropout, self.training)


class MessagePassingNetwork(nn.Module):
    """Nodes exchange hidden states layer by layer, over the whole graph at once.

    Parameters
    ----------
    config : NetworkConfig
        With the backbone ``'gcn'``, ``'sage'`` or ``'gat'``.
    """

    works_on_rows = False

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.text_head = nn.Linear(config.input_dim, config.hidden_dim)
        self.layers = nn.ModuleList(
            Convolution(config.backbone, config.hidden_dim)
            for _ in range(config.n_layers)
        )
        self.classifier = nn.Linear(config.hidden_dim, config.n_classes)

    def load_inputs(
        self, inputs: NetworkInputs, device: torch.device, n_views: int = 0
    ) -> None:
        """Compute the links' weights once.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings, links and messages.
        device : torch.device
            Where everything shall rest.
        n_views : int, default=0
            Of no consequence here.
        """
        self._n_nodes = inputs.n_nodes
        self._embeddings = _tensor(inputs.embeddings, device)  # (N + M, d)
        self._weights: tuple[LinkWeights, LinkWeights] = link_weights(
            self.config.backbone, inputs, device
        )

    def forward(self, rows: Tensor) -> NetworkOutput:
        """Say something about some nodes.

        Parameters
        ----------
        rows : Tensor of int64 of shape (n_rows,)
            Which nodes.

        Returns
        -------
        NetworkOutput
            One row per node asked for.
        """
        rate = self.config.dropout
        first, later = self._weights
        dropped = dropout(self._embeddings, 0.4 * rate, self.training)
        hidden = F.relu(self.text_head(dropped))  # (N + M, h)
        text = hidden[: self._n_nodes]
        for depth, layer in enumerate(self.layers):
            hidden = dropout(hidden, rate, self.training)
            hidden = F.relu(layer(hidden, later if depth else first))  # (N, h)
        hidden = hidden[rows]
        logits = self.classifier(dropout(hidden, rate, self.training))
        return NetworkOutput(text[rows], hidden, hidden, logits)


def _tensor(array: np.ndarray, device: torch.device) -> Tensor:  # type: ignore[type-arg]
    if not array.flags.writeable:  # a memory map of a joblib worker: torch would warn
        array = array.copy()
    return torch.from_numpy(array.astype(np.float32, copy=False)).to(device)
