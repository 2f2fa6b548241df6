"""A network whose nodes exchange hidden states, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.device import place_of_products
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.nn.layers.attention import AttentionLayer
from sklearn_tagkd.nn.layers.convolutions import (
    Convolution,
    GCNLayer,
    SAGELayer,
    glorot,
)
from sklearn_tagkd.nn.layers.dropout import dropout
from sklearn_tagkd.nn.layers.linear import RowLinear
from sklearn_tagkd.nn.links.neighborhood import (
    Neighborhood,
    mean_neighborhoods,
    raw_neighborhoods,
    symmetric,
)
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood
from sklearn_tagkd.nn.links.products import dense_tensor
from sklearn_tagkd.nn.links.propagation import aggregate
from sklearn_tagkd.nn.networks.base import NetworkBase
from sklearn_tagkd.nn.networks.sharing import compute_once
from sklearn_tagkd.nn.sampling.fields import DeviceFields, Field, HostFields
from sklearn_tagkd.nn.scaled_rows import RowReader

__all__ = ["MessagePassingNetwork"]

_ROWS = 8192  # at once where each is computed on its own: they stay in the cache
_RECEIVERS = 65_536  # at once where attention needs all their senders in one place
_AT_ONCE = 100_000_000  # links that a GPU has memory for in one go, with attention
_FEW = 0.1  # share of the nodes up to which computing only what they need pays

_LAYERS = {"gcn": GCNLayer, "sage": SAGELayer, "gat": AttentionLayer}
_NEIGHBORHOODS = {
    "gcn": symmetric,
    "sage": mean_neighborhoods,
    "gat": raw_neighborhoods,
}


class MessagePassingNetwork(NetworkBase):
    """Nodes exchange hidden states; a call computes what the nodes asked for hear.

    The embeddings never change, so with ``gcn`` and ``sage`` the first layer hears
    them once, before training: it is then a map of rows, and a network of two
    layers passes messages only once per step. Its linear map of a node's own
    embedding is the text head.

    Parameters
    ----------
    config : NetworkConfig
        With the backbone ``'gcn'``, ``'sage'`` or ``'gat'``.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        if config.backbone == "gcn":  # of which it is the first layer
            glorot(self.text_head)
        self.heard_head = (
            RowLinear(config.input_dim, config.hidden_dim)
            if config.backbone == "sage"
            else None
        )
        # Attention depends on the weights: its first layer cannot be heard in advance.
        self.hears_in_advance = config.backbone != "gat"
        n_layers = config.n_layers - self.hears_in_advance
        layer = _LAYERS[config.backbone]
        self.layers = nn.ModuleList(layer(config.hidden_dim) for _ in range(n_layers))
        self.classifier = RowLinear(config.hidden_dim, config.n_classes)

    def load_inputs(
        self,
        inputs: NetworkInputs,
        device: torch.device,
        *,
        n_views: int = 0,
        fan_outs: tuple[int | None, ...] | None = None,
        seed: int = 0,
        again: bool = True,
    ) -> None:
        """Compute the links' weights, and what the first layer hears, once.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings, links and messages.
        device : torch.device
            Where everything shall rest.
        n_views : int, default=0
            Of no consequence here.
        fan_outs : tuple of int or None, default=None
            Links per node and layer that are heard in training mode; None, whether
            for a layer or for all, hears every link.
        seed : int, default=0
            Of the draws.
        again : bool, default=True
            Whether most rows will be asked about more than once.
        """
        backbone, n_layers = self.config.backbone, len(self.layers)

        def weigh() -> tuple[Neighborhood, Neighborhood]:
            return _NEIGHBORHOODS[backbone](inputs)

        first, later = inputs.remember(backbone, weigh)
        self._n_nodes, self._device = inputs.n_nodes, device
        self._read = RowReader(inputs.embeddings, device, again)  # of (N + M, d)
        self._heard: Tensor | None = None
        # What a message says is a state of the first layer of attention alone.
        self._n_first = len(inputs.embeddings)
        if self.hears_in_advance:
            self._n_first = self._n_nodes
            where = place_of_products(device)
            heard = inputs.remember(
                ("heard", backbone, str(where)),
                lambda: _receive(first, inputs.embeddings, where),
            )
            self._heard = heard.to(device)  # (N, d)
            first = later
        self._later = later
        layers = [first, *[later] * n_layers][:n_layers]
        # The fan-out of a layer that is heard in advance is never used.
        chosen = (fan_outs or (None,) * self.config.n_layers)[-n_layers:]
        self._fan_outs = chosen if n_layers else ()
        self._fields = HostFields(layers, device, seed)
        self._samples: DeviceFields | None = None
        self._whole: list[PlacedNeighborhood] | None = None
        if _works_alone(device):
            if fan_outs is None:
                place = cache(PlacedNeighborhood.place)
                self._whole = [place(hood, device) for hood in layers]
            elif None not in self._fan_outs:
                self._samples = DeviceFields(layers, self._fan_outs, device)
        self._settled: Tensor | None = None

    @property
    def steps_are_alike(self) -> bool:
        """Whether training does the same work in every step, on its device alone."""
        finds_itself = self._whole is not None or self._samples is not None
        return finds_itself and self._read.is_placed

    def forward(self, **rows: Tensor) -> dict[str, Tensor]:
        """Say something about some nodes.

        Parameters
        ----------
        **rows : Tensor of int64 of shape (n_rows,)
            Which nodes, by what is wanted of them: ``text``, ``neighborhood``,
            ``hidden`` or ``logits``.

        Returns
        -------
        dict of str to Tensor of shape (n_rows, n_columns)
            By the same names.
        """
        answers = {}
        if "text" in rows:
            answers["text"] = self._text(rows["text"])
        asked = {kind: nodes for kind, nodes in rows.items() if kind != "text"}
        if asked:
            answers |= self._hidden(asked)
        return self._classified(answers)

    def settle(self, n_rows: int) -> None:
        """Get ready for questions about many nodes, after training.

        Layer by layer, every node's state is computed once from all of its links: in
        blocks, or in one go where a GPU keeps all links.

        Parameters
        ----------
        n_rows : int
            How many nodes will be asked about; for few no block is prepared.
        """
        whole = self._whole
        if whole is not None and all(part.n_links <= _AT_ONCE for part in whole):
            self._settled = self._everyone(whole)
            return
        if n_rows <= _FEW * self._n_nodes:
            return
        state = self._by_blocks(self._n_first, _ROWS, self._first_state)
        for depth, layer in enumerate(self.layers):
            if isinstance(layer, Convolution):
                self._pass_on(layer, state)
            else:
                attend = partial(self._attend, depth, state)
                state = self._by_blocks(self._n_nodes, _RECEIVERS, attend)
        self._settled = state

    def _by_blocks(
        self, n_nodes: int, size: int, compute: Callable[[Tensor], Tensor]
    ) -> Tensor:
        state = torch.empty((n_nodes, self.config.hidden_dim), device=self._device)
        everyone = torch.arange(n_nodes, device=self._device)
        for start in range(0, n_nodes, size):
            nodes = everyone[start : start + size]
            state[start : start + size] = compute(nodes)
        return state

    def _pass_on(self, layer: Convolution, state: Tensor) -> None:
        """Put the new states of all nodes in the place of the old ones."""
        heard = aggregate(self._later.links, state)
        loops = dense_tensor(self._later.loops, self._device)[:, None]
        for start in range(0, self._n_nodes, _ROWS):
            rows = slice(start, start + _ROWS)
            new = layer.combine(heard[rows], state[rows], loops[rows])
            state[rows] = F.relu(new)

    def _attend(self, depth: int, sent: Tensor, nodes: Tensor) -> Tensor:
        senders, hood = self._fields.one_layer(depth, nodes)
        needed = sent.index_select(0, senders)
        return F.relu(self.layers[depth](needed, needed[: len(nodes)], hood))

    def _hidden(self, asked: dict[str, Tensor]) -> dict[str, Tensor]:
        everyone = self._settled
        if everyone is None and self._whole is not None:
            everyone = self._everyone(self._whole)
        if everyone is not None:
            return {kind: everyone.index_select(0, n) for kind, n in asked.items()}
        if self.training and self._samples is not None:
            heard = self._hear(self._samples.draw(torch.cat(list(asked.values()))))
            parts = torch.split(heard, [len(nodes) for nodes in asked.values()])
            return dict(zip(asked, parts, strict=True))
        return compute_once(self._of_each, asked)

    def _of_each(self, nodes: Tensor) -> Tensor:
        every_link = (None,) * len(self._fan_outs)
        fan_outs = self._fan_outs if self.training else every_link
        return self._hear(self._fields.draw(nodes, fan_outs))

    def _everyone(self, whole: list[PlacedNeighborhood]) -> Tensor:
        """Return every node's state: nothing leaves the device or comes to it."""
        return self._hear((torch.arange(self._n_first, device=self._device), whole))

    def _hear(self, field: Field) -> Tensor:
        senders, parts = field
        hidden = self._first_state(senders)
        for layer, part in zip(self.layers, parts, strict=True):
            hidden = dropout(hidden, self.config.dropout, self.training)
            hidden = F.relu(layer(hidden, hidden[: len(part.loops)], part))
        return hidden

    def _first_state(self, rows: Tensor) -> Tensor:
        if self._heard is None:
            return F.relu(self._text(rows))
        heard = self._drop_input(self._heard.index_select(0, rows))
        if self.heard_head is None:
            return F.relu(self.text_head(heard))
        return F.relu(self._text(rows) + self.heard_head(heard))


def _works_alone(device: torch.device) -> bool:
    """Tell whether nothing shall be looked for by the CPU during training.

    Until it has found the few nodes that a step needs, a GPU has computed all nodes of
    a graph, or drawn itself whom to hear.
    """
    return device.type != "cpu"


def _receive(
    neighborhood: Neighborhood, embeddings: Rows, device: torch.device
) -> Tensor:
    """Let every node hear embeddings; of a message, for its sender's."""
    sent = dense_tensor(np.asarray(embeddings), device)
    loops = dense_tensor(neighborhood.loops, device)[:, None]
    heard = aggregate(neighborhood.links, sent)
    return heard.addcmul_(loops, sent[: len(loops)])
