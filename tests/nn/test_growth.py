"""Around a few nodes of a graph that has grown: as if all were computed anew."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.growth import field
from sklearn_tagkd.nn.growth.inputs import GrownInputs
from sklearn_tagkd.nn.growth.push import push
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.levels import propagated_levels
from sklearn_tagkd.nn.links.propagation import propagate
from sklearn_tagkd.nn.networks.build import build_network
from sklearn_tagkd.nn.plain.outputs import propagated_levels as levels_by_numpy

WIDTH, HIDDEN, CLASSES = 5, 8, 3


def grow(seed, n_base=30, n_new=6, *, directed=False, weighted=False, messages=0):
    """Return the inputs of a base, what was added, and the inputs of the whole."""
    random = np.random.default_rng(seed)
    n = n_base + n_new
    dense = random.random((n, n)) < 3 / n
    weights = np.where(dense, random.choice([0.25, 1.0, 2.0], (n, n)), 0.0)
    weights = weights if weighted else (weights > 0).astype(float)
    np.fill_diagonal(weights, 0)
    if not directed:
        weights = np.maximum(weights, weights.T)
    before = weights.copy()
    before[n_base:] = before[:, n_base:] = 0
    # Some old links are heavier now, where no message could be said on them.
    some = [] if messages else np.argwhere(np.triu(before) > 0)[:2]
    for u, v in some:
        before[u, v] *= 0.5
        before[v, u] *= 0.5
    ends = np.argwhere(before > 0)
    ends = ends[random.permutation(len(ends))[:messages]]
    rows = random.standard_normal((n + len(ends), WIDTH)).astype(np.float32)

    def inputs(matrix, which):
        links = csr_array(matrix.astype(np.float32))
        return NetworkInputs(rows[which], links, *ends.T.copy())

    spoken = np.arange(n, n + len(ends))
    base = inputs(before[:n_base, :n_base], np.r_[:n_base, spoken])
    whole = inputs(weights, np.arange(len(rows)))
    receivers, senders = np.nonzero(weights > before)
    added = (weights - before)[receivers, senders].astype(np.float32)
    grown = GrownInputs(
        base, n, receivers, senders, added.__getitem__, rows.__getitem__
    )
    return grown, whole


kinds = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "n_base": st.integers(1, 40),
        "n_new": st.integers(0, 8),
        "directed": st.booleans(),
        "weighted": st.booleans(),
        "messages": st.integers(0, 6),
    }
)


@given(kinds, st.integers(0, 6), st.sampled_from([0.0, 0.1, 0.5]))
@settings(deadline=None, max_examples=60)
def test_without_tolerance_walks_are_exact(kind, n_hops, teleport):
    grown, whole = grow(**kind)
    levels = propagated_levels(grown.base, n_hops, teleport, "cpu")
    nodes = np.arange(grown.n_nodes)[::-1].copy()
    states, ended = push(grown, nodes, n_hops, teleport, 0.0, levels)
    expected = propagate(whole, n_hops, teleport).numpy()[nodes]
    np.testing.assert_allclose(states, expected, atol=2e-5)
    assert not ended.any()


@given(kinds, st.integers(1, 8), st.sampled_from([1e-3, 1e-2, 0.1, 1.0]))
@settings(deadline=None, max_examples=60)
def test_a_row_is_wrong_by_no_more_than_the_walk_that_was_not_followed(
    kind, n_hops, tolerance
):
    kind["messages"] = 0
    grown, whole = grow(**kind)
    levels = propagated_levels(grown.base, n_hops, 0.1, "cpu")
    nodes = np.arange(grown.n_nodes)
    states, ended = push(grown, nodes, n_hops, 0.1, tolerance, levels)
    expected = propagate(whole, n_hops, 0.1).numpy()
    degree = 1 + whole.received_sums()
    longest = np.linalg.norm(whole.embeddings, axis=1) / np.sqrt(degree)
    before = 1 + grown.base.received_sums()
    longest_before = np.linalg.norm(grown.base.embeddings, axis=1) / np.sqrt(before)
    bound = np.sqrt(degree) * ended * (longest.max() + longest_before.max())
    assert (np.linalg.norm(states - expected, axis=1) <= bound + 1e-4).all()
    assert (ended <= 1 + 1e-6).all()


def test_what_was_kept_is_read_some_steps_before_the_last():
    grown, _ = grow(0)
    base, everyone = grown.base, np.arange(grown.base.n_nodes)
    for levels in (
        propagated_levels(base, 4, 0.1, "cpu"),
        levels_by_numpy(base, 4, 0.1),
    ):
        for steps_left in range(3):
            expected = propagate(base, 4 - steps_left, 0.1).numpy()
            found = levels(everyone, steps_left)
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_where_memory_is_short_half_precision_is_kept_unless_numbers_are_too_large(
    monkeypatch,
):
    monkeypatch.setattr("sklearn_tagkd.nn.links.levels._BYTES", 0)
    grown, _ = grow(1)
    base = grown.base
    levels = propagated_levels(base, 5, 0.1, "cpu")
    kinds = [level.dtype for level in levels.by_steps_left]
    assert kinds == [torch.float32, torch.float16, torch.float16]
    large = NetworkInputs(base.embeddings * np.float32(1e6), base.links)
    levels = propagated_levels(large, 5, 0.1, "cpu")
    assert {level.dtype for level in levels.by_steps_left} == {torch.float32}


def fitted(backbone, n_layers=2):
    config = NetworkConfig(
        backbone=backbone,
        input_dim=WIDTH,
        hidden_dim=HIDDEN,
        n_classes=CLASSES,
        n_layers=n_layers,
        n_hops=4,
        teleport=0.1,
        dropout=0.0,
    )
    torch.manual_seed(0)
    network = build_network(config)
    weights = {name: w.numpy() for name, w in network.state_dict().items()}
    return FittedNetwork(config, weights)


@given(
    kinds,
    st.sampled_from(["mlp", "decoupled", "gcn", "sage", "gat"]),
    st.integers(1, 3),
    st.sampled_from(["probabilities", "hidden", "text"]),
)
@settings(deadline=None, max_examples=80)
def test_every_backbone_says_what_it_would_of_the_whole_graph(
    kind, backbone, n_layers, wanted
):
    grown, whole = grow(**kind)
    network = fitted(backbone, n_layers)
    nodes = np.unique(np.array([0, grown.n_nodes // 2, grown.n_nodes - 1]))
    inputs = network.around(grown, nodes, "cpu")
    found = network.apply(inputs, "cpu", **{wanted: np.arange(len(nodes))})[wanted]
    expected = network.apply(whole, "cpu", **{wanted: nodes})[wanted]
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("backbone", ["gcn", "sage", "gat"])
def test_of_a_hub_among_the_neighbours_some_links_are_heard(monkeypatch, backbone):
    n = 400
    ends = np.arange(1, n)
    matrix = np.zeros((n, n), dtype=np.float32)
    matrix[0, ends] = matrix[ends, 0] = 1
    rows = np.random.default_rng(0).normal(1, 0.01, (n + 1, WIDTH)).astype(np.float32)
    base = NetworkInputs(rows[:n], csr_array(matrix))
    pair = np.array([0, n]), np.array([n, 0])
    grown = GrownInputs(
        base,
        n + 1,
        *pair,
        lambda cells: np.ones(len(cells), np.float32),
        rows.__getitem__,
    )
    network, node = fitted(backbone), np.array([n])
    exact = network.apply(network.around(grown, node, "cpu"), "cpu", hidden=node * 0)
    monkeypatch.setattr(field, "_MOST", 50)
    inputs = network.around(grown, node, "cpu")
    assert len(inputs.embeddings) == 52
    found = network.apply(inputs, "cpu", hidden=node * 0)
    np.testing.assert_allclose(found["hidden"], exact["hidden"], rtol=0.05, atol=0.01)


def test_without_torch_numpy_finds_the_same(monkeypatch):
    grown, whole = grow(3)
    network, nodes = fitted("decoupled"), np.array([2, 33, 35])
    expected = network.apply(whole, "cpu", probabilities=nodes)["probabilities"]
    monkeypatch.setattr("sklearn_tagkd.nn.fitted.is_installed", lambda name: False)
    inputs = network.around(grown, nodes, "cpu", 0.0)
    found = network.apply(inputs, "cpu", probabilities=np.arange(3))["probabilities"]
    np.testing.assert_allclose(found, expected, atol=2e-5)
