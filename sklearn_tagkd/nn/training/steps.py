"""One step of the optimizer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from sklearn_tagkd.nn.config import TrainingConfig
from sklearn_tagkd.nn.networks.build import Network
from sklearn_tagkd.nn.training.batches import Batches
from sklearn_tagkd.nn.training.consistency import Consistency
from sklearn_tagkd.nn.training.losses import term_loss
from sklearn_tagkd.nn.training.replay import Replay

__all__ = ["Descent"]

# While one thread records a step, no other can draw random numbers on a GPU.
_TURN = Lock()

_DECAY_FROM = 0.7  # share of the steps after which the learning rate falls


class Descent:
    """Takes step after step towards what a network has to match.

    Parameters
    ----------
    network : Network
        Its inputs are loaded.
    terms : sequence of Batches
        What it has to match; their scaled sum is minimised.
    consistency : Consistency or None
        A further demand.
    training : TrainingConfig
        How to train.
    device : torch.device
        Where the network is.

    Attributes
    ----------
    sums : dict of str to Tensor of shape ()
        Each term's losses, not scaled, added up by name.
    """

    def __init__(
        self,
        network: Network,
        terms: Sequence[Batches],
        consistency: Consistency | None,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        self._network = network
        self._terms = terms
        self._consistency = consistency
        self._training = training
        self._device = device
        self.sums = {term.name: torch.zeros((), device=device) for term in terms}
        on_gpu = device.type == "cuda"
        rate: float | Tensor = training.learning_rate
        if on_gpu:  # where a step that is repeated finds it
            rate = torch.tensor(training.learning_rate, device=device)
        self._optimizer = torch.optim.Adam(
            network.parameters(),
            lr=rate,
            weight_decay=training.weight_decay,
            fused=device.type in ("cpu", "cuda"),  # one pass over the weights
            capturable=on_gpu,
        )
        # Networks of rows map few, and to round the factors would take longer.
        passes_messages = network.config.passes_messages
        self._in_half = on_gpu and passes_messages and _has_bfloat16(device)
        repeats = on_gpu and network.steps_are_alike
        self._replay = Replay(device) if repeats else None
        self._turn: AbstractContextManager[Any] = _TURN if on_gpu else nullcontext()

    def take(self, number: int) -> None:
        """Take one step.

        Parameters
        ----------
        number : int
            Of the step, from 1.
        """
        with self._turn:
            self._network.train()
            self._optimizer.zero_grad(set_to_none=True)
            self._set_rate(number)
            for term in self._terms:
                term.advance()
            agrees = self._consistency is not None and self._consistency.begin(number)
            if agrees and "consistency" not in self.sums:
                self.sums["consistency"] = torch.zeros((), device=self._device)
            if self._replay is None:
                self._launch(agrees)
            else:
                self._replay(self._launch, agrees)

    def _set_rate(self, number: int) -> None:
        n_steps = self._training.max_iter
        falling = max(1.0, (1 - _DECAY_FROM) * n_steps)
        share = min(1.0, (n_steps - number + 1) / falling)
        if share == 1:  # as it began
            return
        rate = self._training.learning_rate * share
        for group in self._optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def _launch(self, agrees: Hashable) -> None:
        with torch.autocast("cuda", torch.bfloat16, enabled=self._in_half):
            self._descend_once(agrees)

    def _descend_once(self, agrees: Hashable) -> None:
        batches = [term.read() for term in self._terms]
        outputs = self._answer([rows for rows, _, _ in batches])
        total = torch.zeros((), device=self._device)
        for term, output, (_, values, weights) in zip(
            self._terms, outputs, batches, strict=True
        ):
            loss = term_loss(term.output, output, values, weights)
            self.sums[term.name] += loss.detach()
            total = total + term.scale * loss
        if agrees and self._consistency is not None:
            agreement = self._consistency.loss()
            self.sums["consistency"] += agreement.detach()
            total = total + self._training.consistency * agreement
        total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def _answer(self, rows: list[Tensor]) -> list[Tensor]:
        """Return each term's output at its rows, from one pass for all terms."""
        by_kind: dict[str, list[Tensor]] = {}
        for term, some in zip(self._terms, rows, strict=True):
            by_kind.setdefault(term.output, []).append(some)
        outputs = self._network(
            **{kind: torch.cat(some) for kind, some in by_kind.items()}
        )
        parts = {
            kind: iter(outputs[kind].split([len(part) for part in some]))
            for kind, some in by_kind.items()
        }
        return [next(parts[term.output]) for term in self._terms]


def _has_bfloat16(device: torch.device) -> bool:
    return torch.cuda.get_device_capability(device) >= (8, 0)
