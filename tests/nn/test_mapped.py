"""Propagation that finds the weights of links as it reads them: to the bit the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sklearn_tagkd.nn.inputs import Messages, NetworkInputs
from sklearn_tagkd.nn.links import weighted_sums
from sklearn_tagkd.nn.links.mapped import propagate_mapped
from sklearn_tagkd.nn.links.propagation import propagate


def mapped(links, scale, rows, n_hops, teleport, messages):
    parts = []
    propagate_mapped(
        links, scale, rows, n_hops, teleport, lambda r: parts.append(r.copy()), messages
    )
    return np.concatenate(parts)


def draw(seed, n_nodes, n_columns, kind, n_messages):
    random = np.random.default_rng(seed)
    pattern = random.random((n_nodes, n_nodes)) < 0.2
    np.fill_diagonal(pattern, False)
    weights = pattern * random.uniform(0.1, 3, pattern.shape).astype(np.float32)
    links = csr_array(pattern.astype(np.float32) if kind == "ones" else weights)
    rows = random.standard_normal((n_nodes, n_columns)).astype(np.float32)
    cells = np.sort(random.permutation(links.nnz)[:n_messages])
    receiver = np.searchsorted(links.indptr, cells, side="right") - 1
    said = random.standard_normal((len(cells), n_columns)).astype(np.float32)
    return links, rows, Messages(receiver, links.indices[cells].astype(np.int64), said)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_nodes=st.integers(1, 40),
    n_columns=st.integers(1, 40),
    kind=st.sampled_from(["ones", "float32", "float64"]),
    n_messages=st.integers(0, 9),
    n_hops=st.integers(0, 4),
    width=st.integers(1, 40),
)
def test_it_is_to_the_bit_what_memory_gives(
    seed, n_nodes, n_columns, kind, n_messages, n_hops, width
):
    links, rows, messages = draw(seed, n_nodes, n_columns, kind, n_messages)
    inputs = NetworkInputs(
        np.concatenate([rows, messages.rows]), links, messages.receiver, messages.sender
    )
    expected = propagate(inputs, n_hops, 0.1).numpy()
    stored = links.astype({"ones": np.int8}.get(kind, kind))
    scale = (1 / np.sqrt(1 + inputs.received_sums())).astype(np.float32)
    found = np.empty_like(rows)
    for start in range(0, n_columns, width):
        columns = slice(start, start + width)
        said = Messages(
            messages.receiver, messages.sender, messages.rows[:, columns].copy()
        )
        block = np.ascontiguousarray(rows[:, columns])
        found[:, columns] = mapped(stored, scale, block, n_hops, 0.1, said)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("group", [7, 4096])
def test_groups_of_receivers_are_of_no_consequence(monkeypatch, group):
    monkeypatch.setattr(weighted_sums, "_RECEIVERS", group)
    links, rows, messages = draw(1, 50, 12, "float32", 30)
    embeddings = np.concatenate([rows, messages.rows])
    inputs = NetworkInputs(embeddings, links, messages.receiver, messages.sender)
    scale = (1 / np.sqrt(1 + inputs.received_sums())).astype(np.float32)
    expected = propagate(inputs, 3, 0.2).numpy()
    found = mapped(links, scale, rows, 3, 0.2, messages)
    np.testing.assert_array_equal(found, expected)
    alone = propagate(NetworkInputs(rows, links), 3, 0.2).numpy()
    assert np.abs(expected - alone).max() > 1e-3  # messages are heard
