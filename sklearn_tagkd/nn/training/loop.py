"""The training loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from sklearn_tagkd.nn.config import CHECK_EVERY, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.networks.build import Network, build_network
from sklearn_tagkd.nn.randomness import lent, seeded
from sklearn_tagkd.nn.threads import on_one_thread
from sklearn_tagkd.nn.training.batches import Batches
from sklearn_tagkd.nn.training.consistency import Consistency
from sklearn_tagkd.nn.training.losses import term_loss
from sklearn_tagkd.nn.training.steps import Descent
from sklearn_tagkd.nn.training.terms import LossTerm

__all__ = ["train_network"]

_N_VIEWS = 6  # random views of every neighbourhood, drawn once before training
# Links, each way, from which a step hears a sample of them, on a CPU and on a GPU.
_SAMPLED_FROM, _SAMPLED_FROM_ON_GPU = 250_000, 10_000_000
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
    device = pick_device(training.device, sparse=network_config.passes_messages)
    with on_one_thread(), seeded(training.seed, device):
        with lent():
            network = build_network(network_config).to(device)
        wants_views = training.consistency > 0 and not network_config.passes_messages
        network.load_inputs(
            inputs,
            device,
            n_views=_N_VIEWS if wants_views else 0,
            fan_outs=_fan_outs(network_config, inputs, training, device),
            seed=training.seed,
        )
        consistency = None
        if wants_views:
            consistency = Consistency(
                network, inputs.n_nodes, training.batch_size, device
            )
        dealt = [Batches(term, training.batch_size, device) for term in terms]
        descent = Descent(network, dealt, consistency, training, device)
        judged = None if held_out is None else Batches(held_out, None, device)
        loop = _Loop(network, descent, judged, training)
        if held_out_inputs is not None:
            with lent():
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
        descent: Descent,
        held_out: Batches | None,
        training: TrainingConfig,
    ) -> None:
        self.network = network
        self.judge = network  # what held-out rows are shown to
        self.descent = descent
        self.held_out = held_out
        self.training = training

    def run(
        self, progress: Any, stop: Callable[[], bool] | None = None
    ) -> list[dict[str, float]]:
        history: list[dict[str, float]] = []
        best_loss, best_step, best_weights = float("inf"), 0, None
        last = 0
        for step in range(1, self.training.max_iter + 1):
            self.descent.take(step)
            progress.update(1)
            if step % CHECK_EVERY and step != self.training.max_iter:
                continue
            look = {"step": float(step)}
            for name, total in self.descent.sums.items():
                look[name] = float(total) / (step - last)
                total.zero_()
            last = step
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

    def evaluate(self, term: Batches) -> float:
        if self.judge is not self.network:
            self.judge.load_state_dict(self.network.state_dict())
        self.judge.eval()
        with torch.no_grad():
            rows, values, weights = term.read()
            output = self.judge(**{term.output: rows})[term.output]
            return float(term_loss(term.output, output, values, weights))


def _fan_outs(
    network: NetworkConfig,
    inputs: NetworkInputs,
    training: TrainingConfig,
    device: torch.device,
) -> tuple[int | None, ...] | None:
    if training.fan_outs != "auto":
        return training.fan_outs  # type: ignore[return-value]
    few = _SAMPLED_FROM if device.type == "cpu" else _SAMPLED_FROM_ON_GPU
    if inputs.links.nnz < few:
        return None
    return (_FAN_OUT,) * network.n_layers
