"""Exact removal for networks to which a node is a row: ``decoupled`` and ``mlp``.

What a node hears is a weighted sum of all rows, and its weights, one row of the
propagation, can be found without the rows: step by step back from the node, along
links. With a link gone, two degrees change with it, so the step is scaled by them
before and after, and what went over the link is taken off. Many changes go through side
by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.inspection.removal.change import Change, weights_at
from sklearn_tagkd.inspection.removal.passed import PassedField
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.plain.outputs import outputs_of_rows
from sklearn_tagkd.utils.threads import one_thread

__all__ = ["HeardField"]

_LEAST_SHARE = 1e-6  # of all that is heard, that nodes left out may say together
_MOST_NODES = 8192  # that are looked at
_COLUMNS = 64  # changes side by side
_HEAVY = 0.999  # of what a node hears, beside which the rest is lost

_Slopes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class _Steps:
    """One step of propagation, from receivers back to senders.

    Parameters
    ----------
    scale : ndarray of float64 of shape (n_nodes,)
        One over the square root of each node's degree, its own weight of 1 included.
    backward : csr_array of shape (n_nodes, n_nodes)
        Normalised weights at ``[sender, receiver]``, a node's own state among them.
    """

    scale: NDArray[np.float64]
    backward: csr_array

    @classmethod
    def of(cls, inputs: NetworkInputs) -> _Steps:
        """Normalise the links as the network does."""
        links = inputs.links
        degree = 1 + np.asarray(links.sum(axis=1), dtype=np.float64).ravel()
        scale = 1 / np.sqrt(degree)
        receivers = np.repeat(np.arange(len(scale)), np.diff(links.indptr))
        weights = links.data * scale[receivers] * scale[links.indices]
        cells = csr_array((weights, links.indices, links.indptr), shape=links.shape)
        own = np.arange(len(scale))
        loops = csr_array((scale**2, (own, own)), shape=links.shape)
        return cls(scale, (cells + loops).T.tocsr())


class HeardField:
    """All that a node hears, ready to be changed; see :class:`Field`.

    Parameters
    ----------
    network : FittedNetwork
        With the backbone ``'decoupled'`` or ``'mlp'``.
    inputs : NetworkInputs
        What it looks at.
    node : int
        Whose neighbourhood it is.
    """

    def __init__(
        self, network: FittedNetwork, inputs: NetworkInputs, node: int
    ) -> None:
        self._network, self._inputs, self._node = network, inputs, node
        self._own = np.asarray(inputs.embeddings[[node]])  # (1, d)
        self._hears = network.config.backbone == "decoupled"
        self._known_slopes: dict[tuple[int, int], _Slopes] = {}
        self.share = 1.0  # of all that is heard, said by the nodes looked at
        if self._hears:
            self._look_around()

    @one_thread()
    def _look_around(self) -> None:
        config, inputs = self._network.config, self._inputs
        teleport = config.teleport
        self._shares = [teleport * (1 - teleport) ** m for m in range(config.n_hops)]
        self._shares.append((1 - teleport) ** config.n_hops)
        self._steps: _Steps = inputs.remember("removal", lambda: _Steps.of(inputs))
        heard = np.zeros((config.n_hops + 1, inputs.n_nodes))
        heard[0, self._node] = 1
        for step in range(config.n_hops):
            heard[step + 1] = self._steps.backward @ heard[step]
        whole = np.array(self._shares) @ heard
        # Rows are of one length, so that what is said is as much as it weighs.
        fewest = np.flatnonzero(whole > _LEAST_SHARE * whole.sum() / len(whole))
        if len(fewest) > _MOST_NODES:
            fewest = np.sort(np.argsort(-whole, kind="stable")[:_MOST_NODES])
        self.share = float(whole[fewest].sum() / whole.sum())
        self._nodes = fewest
        self._place = np.full(inputs.n_nodes, -1, dtype=np.int64)
        self._place[fewest] = np.arange(len(fewest))
        self._back = self._steps.backward[fewest][:, fewest].astype(np.float32)
        self._rows = np.asarray(inputs.embeddings[fewest])
        self._steps_heard = heard[:, fewest]
        receiver = self._place[inputs.message_receiver]
        sender = self._place[inputs.message_sender]
        self._messages = np.flatnonzero((receiver >= 0) & (sender >= 0))
        self._said_to = receiver[self._messages]
        self._said_by = sender[self._messages]
        rows = inputs.n_nodes + self._messages
        self._said = np.asarray(inputs.embeddings[rows])
        propagated = self._network.propagated(inputs)
        assert propagated is not None  # it is decoupled
        self._heard = propagated[[self._node]]  # (1, d)
        nothing = np.empty(0, dtype=np.int64)
        none = Change(nothing, nothing, np.empty(0))
        self._weights = self._weights_of([none])

    def outcomes(self, changes: list[Change]) -> NDArray[np.float64]:
        """Say what the network would say of the node.

        Parameters
        ----------
        changes : list of Change
            One at a time.

        Returns
        -------
        ndarray of float64 of shape (n_changes, n_classes)
            Logits.
        """
        is_heavy = np.array([self._is_heavy(change) for change in changes], dtype=bool)
        said = np.empty((len(changes), self._network.config.n_classes))
        light = np.flatnonzero(~is_heavy)
        for start in range(0, len(light), _COLUMNS):
            places = light[start : start + _COLUMNS]
            said[places] = self._some([changes[place] for place in places])
        if is_heavy.any():
            anew = PassedField(self._network, self._inputs, self._node, "cpu")
            said[is_heavy] = anew.outcomes(
                [changes[place] for place in np.flatnonzero(is_heavy)]
            )
        return said

    def _is_heavy(self, change: Change) -> bool:
        """Tell whether a link is (nearly) all that its receiver hears.

        Without one of weight a thousand beside others of weight one, these would be
        lost in the rounding of what is taken off.
        """
        if not self._hears or not len(change.receivers):
            return False
        before = weights_at(self._inputs.links, change.receivers, change.senders)
        degrees = self._steps.scale[change.receivers] ** -2
        return bool((np.abs(change.weights - before) > _HEAVY * degrees).any())

    @one_thread()
    def _some(self, changes: list[Change]) -> NDArray[np.float64]:
        own = np.repeat(self._own, len(changes), axis=0)
        for number, change in enumerate(changes):
            own[number] = own[number] if change.row is None else change.row
        heard: NDArray[np.float32] | None = None
        if self._hears:
            of_nodes, of_messages = self._weights_of(changes)
            moved = (of_nodes - self._weights[0]).T @ self._rows
            moved += (of_messages - self._weights[1]).T @ self._said
            echo = of_nodes[self._place[self._node]]  # how much of itself it hears
            heard = self._heard + moved + echo[:, None] * (own - self._own)
        network = self._network
        said = outputs_of_rows(network.config, network.weights, own, heard, "logits")
        return said.astype(np.float64)

    def _weights_of(
        self, changes: list[Change]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what rows of nodes, and of messages, weigh in what the node hears."""
        cells = _Cells.of(changes, self._inputs.links, self._steps.scale, self._place)
        state = np.zeros((len(self._nodes), len(changes)), dtype=np.float32)
        state[self._place[self._node]] = 1
        total = np.float32(self._shares[0]) * state
        moved = np.zeros((len(self._messages), len(changes)), dtype=np.float32)
        n_steps = len(self._shares) - 1
        for step, share in enumerate(self._shares[1:], start=1):
            state[cells.ends] *= cells.factors
            passed = self._back @ state
            gone = state[cells.receivers, cells.columns] * cells.deltas
            np.add.at(passed, (cells.senders, cells.columns), gone)
            passed[cells.ends] *= cells.factors
            if step == n_steps and len(moved):
                moved = np.float32(share) * self._over_messages(state, cells)
            state = passed
            total += np.float32(share) * state
        # In the first step, which is the last one back, messages are heard instead.
        np.subtract.at(total, self._said_by, moved)
        return total, moved

    def _over_messages(
        self, state: NDArray[np.float32], cells: _Cells
    ) -> NDArray[np.float32]:
        width = len(self._nodes)
        weights = weights_at(self._back, self._said_by, self._said_to)
        moved = state[self._said_to] * weights[:, None].astype(np.float32)
        # The message of a changed link, if there is one.
        keys = self._said_to * width + self._said_by
        order = np.argsort(keys)
        wanted = cells.receivers * width + cells.senders
        found = np.searchsorted(keys, wanted, sorter=order)
        number = order[np.minimum(found, len(order) - 1)]
        hit = keys[number] == wanted
        a, c = cells.receivers[hit], cells.columns[hit]
        moved[number[hit], c] += state[a, c] * cells.deltas[hit]
        factors = np.ones_like(state)
        factors[cells.ends] = cells.factors
        scaled: NDArray[np.float32] = moved * factors[self._said_by]
        return scaled

    def estimates(
        self, pairs: NDArray[np.int64], best: int, second: int
    ) -> NDArray[np.float64]:
        """Guess what each link carries: the slope of the margin by its weight.

        Parameters
        ----------
        pairs : ndarray of int64 of shape (n_links, 2)
            Receiver and sender.
        best, second : int
            The classes whose margin it is about.

        Returns
        -------
        ndarray of float64 of shape (n_links,)
            Times the weight.
        """
        if (best, second) not in self._known_slopes:
            self._known_slopes[best, second] = self._slopes(best, second)
        spread, by_degree, states = self._known_slopes[best, second]
        places = self._place[pairs]
        inside = (places >= 0).all(axis=1)
        receiver, sender = places[inside].T
        weights = weights_at(self._inputs.links, *pairs[inside].T)
        scale = self._steps.scale[pairs[inside]]
        guess = np.zeros(len(pairs))
        along = (spread[:, receiver] * states[:, sender]).sum(axis=0)
        guess[inside] = weights * (along * scale.prod(axis=1) + by_degree[receiver])
        return guess

    @one_thread()
    def _slopes(self, best: int, second: int) -> _Slopes:
        """Return what is heard back from the node, slopes by degrees, and states."""
        network = self._network.weights
        n_hops = self._network.config.n_hops
        teleport = self._network.config.teleport
        length = max(float(np.linalg.norm(self._heard)), 1e-12)
        unit = self._heard[0] / length
        hidden = network["text_head.weight"] @ self._own[0] + network["text_head.bias"]
        hidden = hidden + network["neighborhood_head.weight"] @ unit
        hidden += network["neighborhood_head.bias"]
        rows = network["classifier.weight"]
        slope = network["neighborhood_head.weight"].T @ (
            (hidden > 0) * (rows[best] - rows[second])
        )
        slope = ((slope - unit * (unit @ slope)) / length).astype(np.float32)
        forward = self._back.T.tocsr()
        own = (self._rows @ slope).astype(np.float64)
        said = self._said @ slope
        states, received = np.empty((n_hops, len(own))), np.empty((n_hops, len(own)))
        states[0] = own
        for hop in range(n_hops):
            received[hop] = forward @ states[hop]
            if hop == 0 and len(said):
                weights = weights_at(self._back, self._said_by, self._said_to)
                extra = weights * (said - own[self._said_by])
                np.add.at(received[0], self._said_to, extra)
            if hop + 1 < n_hops:
                states[hop + 1] = teleport * own + (1 - teleport) * received[hop]
        shares = (1 - teleport) ** np.arange(1, n_hops + 1)[:, None]
        spread = shares * self._steps_heard[:-1]
        later = shares * self._steps_heard[1:]
        by_degree = (spread * received[::-1] + later * states[::-1]).sum(axis=0)
        by_degree *= -0.5 * self._steps.scale[self._nodes] ** 2
        return spread, by_degree, states[::-1]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Changed cells of all columns: what is added to each, and what degrees become."""

    receivers: NDArray[np.int64]
    senders: NDArray[np.int64]
    columns: NDArray[np.int64]
    deltas: NDArray[np.float32]
    ends: tuple[NDArray[np.int64], NDArray[np.int64]]
    factors: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        changes: list[Change],
        links: csr_array,
        scale: NDArray[np.float64],
        place: NDArray[np.int64],
    ) -> _Cells:
        """Gather the cells of changes among the nodes that are looked at."""
        receivers = np.concatenate([change.receivers for change in changes])
        senders = np.concatenate([change.senders for change in changes])
        counts = [len(change.receivers) for change in changes]
        columns = np.repeat(np.arange(len(changes)), counts)
        after = np.concatenate([change.weights for change in changes])
        gained = after - weights_at(links, receivers, senders)
        known = place[receivers] >= 0
        keys = place[receivers[known]] * len(changes) + columns[known]
        ends, which = np.unique(keys, return_inverse=True)
        nodes, of_column = np.divmod(ends, len(changes))
        at = np.empty(len(ends), dtype=np.int64)
        at[which] = receivers[known]
        degrees = scale[at] ** -2
        less = degrees + np.bincount(which, gained[known], len(ends))
        inside = known & (place[senders] >= 0)
        a, b = receivers[inside], senders[inside]
        return cls(
            place[a],
            place[b],
            columns[inside],
            (gained[inside] * scale[a] * scale[b]).astype(np.float32),
            (nodes, of_column),
            np.sqrt(degrees / np.maximum(less, 1)).astype(np.float32),
        )
