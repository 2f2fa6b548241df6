"""A network to which a node is a row: its text, and what came of its neighbours'."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.device import place_of_products, rests_on
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.layers.linear import RowLinear
from sklearn_tagkd.nn.links.propagation import propagate_once, propagate_views
from sklearn_tagkd.nn.networks.base import NetworkBase
from sklearn_tagkd.nn.networks.sharing import compute_once
from sklearn_tagkd.nn.randomness import generator_for
from sklearn_tagkd.nn.scaled_rows import RowReader, gather

__all__ = ["RowNetwork"]

_SHARE = 0.6  # of a GPU's free memory that propagated rows may take
_VIEW_BYTES = 2**30  # memory for random views, beyond which there are but two


class RowNetwork(NetworkBase):
    """Each node is a row: its text, and with ``decoupled`` its propagated text.

    The links are used up before training, so a step costs its rows alone.

    Parameters
    ----------
    config : NetworkConfig
        With the backbone ``'mlp'`` or ``'decoupled'``.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        sees_links = config.backbone == "decoupled"
        self.neighborhood_head = (
            RowLinear(config.input_dim, config.hidden_dim) if sees_links else None
        )
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
        """Propagate embeddings once, and once more per two random views.

        Parameters
        ----------
        inputs : NetworkInputs
            Embeddings, links and messages.
        device : torch.device
            Where the rows shall rest.
        n_views : int, default=0
            Propagations of which half of the nodes are left out; in training mode
            a call draws one of them.
        fan_outs : tuple of int or None, default=None
            Of no consequence here.
        seed : int, default=0
            Of the views.
        again : bool, default=True
            Whether most rows will be asked about more than once.
        """
        self._device = device
        self._read = RowReader(inputs.embeddings, device, again)  # of (N + M, d)
        self._propagated: Tensor | None = None
        self._views: Tensor | None = None  # (V * N, d), one view below the other
        if self.neighborhood_head is None:
            return
        rests = rests_on(device, 4 * inputs.n_nodes * self.config.input_dim, _SHARE)
        where = place_of_products(device if rests else torch.device("cpu"))
        hops = (self.config.n_hops, self.config.teleport)
        self._propagated = propagate_once(inputs, *hops, where)  # (N, d)
        if rests:
            self._propagated = self._propagated.to(device)
        n_bytes = max(1, 4 * self._propagated.numel())
        n_pairs = min(n_views // 2, max(1, _VIEW_BYTES // n_bytes))
        if not n_pairs:
            return
        random = torch.Generator().manual_seed(seed)
        factors = []
        for _ in range(n_pairs):
            heard = torch.rand(inputs.n_rows, 1, generator=random) < 0.5
            factors.append(2 * heard.numpy().astype("float32"))
        self._views = propagate_views(inputs, *hops, factors, where)
        if rests_on(device, n_pairs * n_bytes, _SHARE):
            self._views = self._views.to(device)

    @property
    def steps_are_alike(self) -> bool:
        """Whether training does the same work in every step, on its device alone."""
        heard = (self._propagated, self._views)
        are_here = (h is None or h.device.type == self._device.type for h in heard)
        return self._read.is_placed and all(are_here)

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
        answers = self._ask(self._text, rows, but="neighborhood")
        if self.neighborhood_head is not None:
            heard = self._ask(self._neighborhood, rows, but="text")
            for kind, said in heard.items():
                answers[kind] = answers[kind] + said if kind in answers else said
        for kind in answers.keys() & {"hidden", "logits"}:
            answers[kind] = F.relu(answers[kind])
        return self._classified(answers)

    def settle(self, n_rows: int) -> None:
        """Do nothing: a row is computed in a moment.

        Parameters
        ----------
        n_rows : int
            How many nodes will be asked about.
        """

    def _ask(
        self, compute: Callable[[Tensor], Tensor], rows: dict[str, Tensor], but: str
    ) -> dict[str, Tensor]:
        """Compute rows for all who ask, but for one kind of question."""
        asked = {kind: nodes for kind, nodes in rows.items() if kind != but}
        # In training several ask about the same few nodes. A GPU would have to tell
        # how many there are, and computing them again costs it less.
        if self.training and len(asked) > 1 and self._device.type == "cpu":
            return compute_once(compute, asked)
        return {kind: compute(nodes) for kind, nodes in asked.items()}

    def _neighborhood(self, rows: Tensor) -> Tensor:
        assert self.neighborhood_head is not None  # 'mlp' is never asked for it
        heard = F.normalize(self._see(rows))  # so that a hub and a leaf weigh the same
        embedded: Tensor = self.neighborhood_head(self._drop_input(heard))
        return embedded

    def _see(self, rows: Tensor) -> Tensor:
        """Return propagated embeddings, in training those of a random view."""
        assert self._propagated is not None
        whole = gather(self._propagated, rows)
        if not self.training or self._views is None:
            return whole
        n_nodes = len(self._propagated)
        n_views = 2 * (len(self._views) // n_nodes)
        generator = generator_for(self._device)
        view = torch.randint(n_views, (), generator=generator, device=self._device)
        seen = gather(self._views, rows + view // 2 * n_nodes)
        # Propagation is linear: what the nodes left out would say is the rest.
        return torch.where(view % 2 == 1, 2 * whole - seen, seen)
