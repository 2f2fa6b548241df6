"""The training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from sklearn_tagkd.nn.config import CHECK_EVERY, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.consistency import Consistency
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.losses import term_loss
from sklearn_tagkd.nn.networks import Network, build_network
from sklearn_tagkd.nn.products import dense_tensor
from sklearn_tagkd.nn.rowwise import RowNetwork
from sklearn_tagkd.nn.terms import LossTerm

__all__ = ["train_network"]

_N_VIEWS = 6  # random views of every neighbourhood, drawn once before training
_DECAY_FROM = 0.7  # share of the steps after which the learning rate falls
_SAMPLED_FROM = 250_000  # links, each way, from which a step hears a sample of them
_FAN_OUT = 10  # links per node and layer in a sample


def train_network(
    network_config: NetworkConfig,
    inputs: NetworkInputs,
    terms: Sequence[LossTerm],
    held_out: LossTerm | None,
    training: TrainingConfig,
    progress: Any,
    *,
    held_out_inputs: NetworkInputs | None = None,
    watcher: Callable[[Callable[[], FittedNetwork]], bool] | None = None,
) -> tuple[FittedNetwork, list[dict[str, float]]]:
    """Train a network until it matches what is asked of it.

    A step draws up to ``batch_size`` rows of each term and computes what these rows
    look at and no more, so that its cost does not grow with the graph.

    Parameters
    ----------
    network_config : NetworkConfig
        Shape of the network.
    inputs : NetworkInputs
        What it looks at.
    terms : sequence of LossTerm
        What it has to match; their scaled sum is minimised.
    held_out : LossTerm or None
        What it is tested on; training stops when that gets no better, and the best
        weights seen are returned.
    training : TrainingConfig
        How to train.
    progress : tqdm.tqdm
        Told of every step.
    held_out_inputs : NetworkInputs, default=None
        What the rows of ``held_out`` are rows of, where it is not ``inputs``.
    watcher : callable, default=None
        Called after every look with a function that returns the network as it is
        by then; training stops when it returns True.

    Returns
    -------
    network : FittedNetwork
        The trained network.
    history : list of dict
        Per look: ``'step'``, each term's mean loss since the last look by name, and
        ``'held_out'`` where there are held-out rows.
    """
    device = pick_device(training.device)
    with _seeded(training.seed, device):
        network = build_network(network_config).to(device)
        wants_views = training.consistency > 0 and isinstance(network, RowNetwork)
        network.load_inputs(
            inputs,
            device,
            n_views=_N_VIEWS if wants_views else 0,
            fan_outs=_fan_outs(network_config, inputs, training),
            seed=training.seed,
        )
        consistency = None
        if wants_views:
            consistency = Consistency(
                network, inputs.n_nodes, training.batch_size, device
            )
        loop = _Loop(network, terms, consistency, held_out, training, device)
        if held_out_inputs is not None:
            loop.judge = build_network(network_config).to(device)
            loop.judge.load_inputs(held_out_inputs, device)
        stop = None if watcher is None else partial(watcher, partial(_at_rest, network))
        history = loop.run(progress, stop)
    return _at_rest(network), history


def _at_rest(network: Any) -> FittedNetwork:
    weights = {
        name: weight.detach().cpu().numpy().copy()
        for name, weight in network.state_dict().items()
    }
    return FittedNetwork(network.config, weights)


class _Loop:
    """One training run: step after step, with a look at the held-out rows between."""

    def __init__(
        self,
        network: Network,
        terms: Sequence[LossTerm],
        consistency: Consistency | None,
        held_out: LossTerm | None,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        self.network = network
        self.judge = network  # what held-out rows are shown to
        self.training = training
        self.consistency = consistency
        self.terms = [_Batches(term, training.batch_size, device) for term in terms]
        self.held_out = None if held_out is None else _Batches(held_out, None, device)
        self.optimizer = torch.optim.Adam(
            network.parameters(),
            lr=training.learning_rate,
            weight_decay=training.weight_decay,
            fused=device.type in ("cpu", "cuda"),  # one pass over the weights
        )
        falling = max(1.0, (1 - _DECAY_FROM) * training.max_iter)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda done: min(1.0, (training.max_iter - done) / falling)
        )

    def run(
        self, progress: Any, stop: Callable[[], bool] | None = None
    ) -> list[dict[str, float]]:
        history: list[dict[str, float]] = []
        best_loss, best_step, best_weights = float("inf"), 0, None
        sums: dict[str, Any] = {}
        since = 0
        for step in range(1, self.training.max_iter + 1):
            for name, loss in self.step(step).items():
                sums[name] = sums.get(name, 0.0) + loss
            since += 1
            progress.update(1)
            if step % CHECK_EVERY and step != self.training.max_iter:
                continue
            look = {"step": float(step)}
            look.update({name: float(total) / since for name, total in sums.items()})
            sums, since = {}, 0
            history.append(look)
            if stop is not None and stop():
                break
            if self.held_out is None:
                continue
            look["held_out"] = self.evaluate(self.held_out)
            if look["held_out"] < best_loss:
                best_loss, best_step = look["held_out"], step
                state = self.network.state_dict()
                best_weights = {name: w.detach().clone() for name, w in state.items()}
            elif step - best_step >= self.training.n_iter_no_change:
                break
        if best_weights is not None:
            self.network.load_state_dict(best_weights)
        return history

    def step(self, number: int) -> dict[str, Tensor]:
        """Take one step of the optimizer; return the terms' losses, not scaled."""
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        batches = [term.draw() for term in self.terms]
        outputs = self.answer([rows for rows, _, _ in batches])
        losses, total = {}, torch.zeros((), device=batches[0][0].device)
        for term, output, (_, values, weights) in zip(
            self.terms, outputs, batches, strict=True
        ):
            loss = term_loss(term.output, output, values, weights)
            losses[term.name] = loss.detach()
            total = total + term.scale * loss
        agreement = None if self.consistency is None else self.consistency.loss(number)
        if agreement is not None:
            losses["consistency"] = agreement.detach()
            total = total + self.training.consistency * agreement
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        return losses

    def answer(self, rows: list[Tensor]) -> list[Tensor]:
        """Return each term's output at its rows, from one pass for all terms."""
        by_kind: dict[str, list[Tensor]] = {}
        for term, some in zip(self.terms, rows, strict=True):
            by_kind.setdefault(term.output, []).append(some)
        outputs = self.network(
            **{kind: torch.cat(some) for kind, some in by_kind.items()}
        )
        parts = {
            kind: iter(outputs[kind].split([len(part) for part in some]))
            for kind, some in by_kind.items()
        }
        return [next(parts[term.output]) for term in self.terms]

    def evaluate(self, term: _Batches) -> float:
        if self.judge is not self.network:
            self.judge.load_state_dict(self.network.state_dict())
        self.judge.eval()
        with torch.no_grad():
            rows, values, weights = term.draw()
            output = self.judge(**{term.output: rows})[term.output]
            return float(term_loss(term.output, output, values, weights))


class _Batches:
    """A loss term on its device, dealt out in shuffled batches without end."""

    def __init__(
        self, term: LossTerm, batch_size: int | None, device: torch.device
    ) -> None:
        self.name, self.output, self.scale = term.name, term.output, term.scale
        self._rows = dense_tensor(term.rows, device)
        self._values = dense_tensor(term.values, device)
        self._weights = dense_tensor(term.weights, device)
        whole = batch_size is None or batch_size >= len(term.rows)
        self._places = None if whole else self._deal(batch_size or 0)

    def _deal(self, size: int) -> Iterator[Tensor]:
        n_rows = len(self._rows)
        while True:
            order = torch.randperm(n_rows, device=self._rows.device)
            for start in range(0, n_rows - size + 1, size):
                yield order[start : start + size]

    def draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return rows, values and weights: all, or the next batch of them."""
        if self._places is None:
            return self._rows, self._values, self._weights
        places = next(self._places)
        everything = (self._rows, self._values, self._weights)
        rows, values, weights = (part.index_select(0, places) for part in everything)
        return rows, values, weights


def _fan_outs(
    network: NetworkConfig, inputs: NetworkInputs, training: TrainingConfig
) -> tuple[int | None, ...] | None:
    if training.fan_outs != "auto":
        return training.fan_outs  # type: ignore[return-value]
    if inputs.links.nnz < _SAMPLED_FROM:
        return None
    return (_FAN_OUT,) * network.n_layers


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draw from a generator of our own; the caller's global one is left as it was."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
