"""Rows computed by numpy are those that torch computes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

from sklearn_tagkd.exceptions import MissingExtraError
from sklearn_tagkd.nn.config import NetworkConfig, weight_shapes
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.plain.outputs import outputs_of_inputs
from sklearn_tagkd.nn.plain.propagation import ReceivedLinks, propagate


def made_up(backbone, n_nodes=40, seed=0, messages=False):
    random = np.random.default_rng(seed)
    config = NetworkConfig(backbone, 70, 12, 3, 2, 7, 0.15, 0.5)
    weights = {
        name: random.normal(size=shape).astype(np.float32)
        for name, shape in weight_shapes(config).items()
    }
    links = random_array(
        (n_nodes, n_nodes), density=0.1, format="csr", dtype=np.float32, rng=random
    )
    links.setdiag(0)
    links.eliminate_zeros()
    links.sort_indices()
    rows = random.normal(size=(n_nodes + messages, 70)).astype(np.float32)
    ends = np.argwhere(links.toarray())[:1] if messages else np.empty((0, 2), int)
    inputs = NetworkInputs(rows, links, ends[:, 0], ends[:, 1])
    return FittedNetwork(config, weights), inputs


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
@pytest.mark.parametrize("messages", [False, True])
def test_every_output(backbone, messages):
    network, inputs = made_up(backbone, messages=messages)
    kinds = ["text", "hidden", "probabilities"]
    kinds += ["neighborhood"] if backbone == "decoupled" else []
    asked = {kind: np.array([3, 3, 0, 39]) for kind in kinds}
    by_torch = network.apply(inputs, "cpu", **asked)
    by_numpy = outputs_of_inputs(network.config, network.weights, inputs, asked)
    for kind in kinds:
        np.testing.assert_allclose(by_numpy[kind], by_torch[kind], atol=1e-5, rtol=1e-5)
        assert by_numpy[kind].dtype == np.float32


@settings(max_examples=30, deadline=None)
@given(n_nodes=st.integers(1, 30), seed=st.integers(0, 99))
def test_any_graph(n_nodes, seed):
    network, inputs = made_up("decoupled", n_nodes, seed)
    asked = {"probabilities": np.arange(n_nodes)}
    by_torch = network.apply(inputs, "cpu", **asked)["probabilities"]
    weights = network.weights
    by_numpy = outputs_of_inputs(network.config, weights, inputs, asked)
    np.testing.assert_allclose(by_numpy["probabilities"], by_torch, atol=1e-5)


def test_blocks_do_not_show(monkeypatch):
    _, inputs = made_up("decoupled")
    links = inputs.links
    received = ReceivedLinks(links.indptr, links.indices, links.data)
    whole = propagate(inputs.embeddings, received, 5, 0.1)
    monkeypatch.setattr("sklearn_tagkd.nn.plain.propagation._RECEIVERS", 3)
    monkeypatch.setattr("sklearn_tagkd.nn.plain.propagation._COLUMNS", 9)
    np.testing.assert_array_equal(whole, propagate(inputs.embeddings, received, 5, 0.1))


def test_no_step_leaves_what_nodes_have_and_messages_aside():
    links = ReceivedLinks(np.array([0, 1, 1]), np.array([1]), np.ones(1, np.float32))
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)  # two nodes, and a message
    np.testing.assert_array_equal(propagate(rows, links, 0, 0.1), rows[:2])


def test_without_torch_rows_are_computed_and_messages_are_not(monkeypatch):
    network, inputs = made_up("decoupled")
    asked = {"probabilities": np.arange(40)}
    expected = network.apply(inputs, "cpu", **asked)
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    monkeypatch.delitem(__import__("sys").modules, "sklearn_tagkd.nn.computing")
    found = network.apply(inputs, "cpu", **asked)
    np.testing.assert_allclose(
        found["probabilities"], expected["probabilities"], atol=1e-5
    )
    network, inputs = made_up("gcn")
    with pytest.raises(MissingExtraError, match=r"'gcn' needs torch.*\[train\]"):
        network.apply(inputs, "cpu", **asked)
