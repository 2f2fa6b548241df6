"""Learning from nodes that nobody labelled: say the same of every view of a node."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sklearn_tagkd.nn.randomness import generator_for

__all__ = ["Consistency"]

_WARM_UP = 50  # steps on labels alone, and as many again until the full weight
_SHARPNESS = 2.0  # power that a mean prediction is raised to before it is a goal
_MOMENTUM = 0.9  # of the running class shares
_SAMPLE = 10_000  # nodes by which class shares are estimated, at most


class Consistency:
    """Draws the predictions from several random views of a node together.

    The goal is the mean of two predictions, sharpened: the network becomes sure
    where its views agree. Left alone, that drives rare classes out; so the mean is
    first aligned with the class shares that the network predicted when it had seen
    labels alone.

    Parameters
    ----------
    network : Network
        Whose inputs are loaded; every call of it in training mode is another view.
    n_nodes : int
        Number of nodes.
    batch_size : int
        Nodes per step.
    device : torch.device
        Where the network is.
    """

    def __init__(
        self, network: Any, n_nodes: int, batch_size: int, device: torch.device
    ) -> None:
        self._network = network
        self._n_nodes = n_nodes
        self._batch_size = min(batch_size, n_nodes)
        self._device = device
        self._shares = self._running = torch.empty(0)  # (C,), once begun
        self._ramp = torch.zeros((), device=device)

    def begin(self, step: int) -> bool:
        """Get ready for a step.

        Parameters
        ----------
        step : int
            Number of the training step, from 1.

        Returns
        -------
        bool
            Whether there is a demand yet; not during the warm-up.
        """
        if step <= _WARM_UP:
            return False
        if not len(self._shares):
            self._shares = self._class_shares()
            self._running = self._shares.clone()
        self._ramp.fill_(min(1.0, (step - _WARM_UP) / _WARM_UP))
        return True

    def loss(self) -> Tensor:
        """Return how far two views of random nodes are from their common goal.

        Returns
        -------
        Tensor of shape ()
            Mean squared distance, ramped up.
        """
        rows = self._random_rows(self._batch_size)
        views = [self._network(logits=rows)["logits"].softmax(dim=1) for _ in range(2)]
        mean = (views[0] + views[1]).detach() / 2  # (B, C)
        self._running.mul_(_MOMENTUM).add_((1 - _MOMENTUM) * mean.mean(dim=0))
        goal = (mean * (self._shares / self._running)).pow(_SHARPNESS)
        goal = goal / goal.sum(dim=1, keepdim=True)
        distance: Any = sum((view - goal).square().sum(dim=1).mean() for view in views)
        return self._ramp * (distance / 2)  # type: ignore[no-any-return]

    def _random_rows(self, number: int) -> Tensor:
        generator, where = generator_for(self._device), self._device
        return torch.randint(
            self._n_nodes, (number,), generator=generator, device=where
        )

    def _class_shares(self) -> Tensor:
        self._network.eval()
        with torch.no_grad():
            rows = torch.arange(self._n_nodes, device=self._device)
            if self._n_nodes > _SAMPLE:
                rows = self._random_rows(_SAMPLE)
            shares: Tensor = (
                self._network(logits=rows)["logits"].softmax(dim=1).mean(dim=0)
            )
        self._network.train()
        return shares
