"""Sums over senders and whole propagations, against scipy's plain products."""

from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links import weighted_sums
from sklearn_tagkd.nn.links.propagation import aggregate, propagate
from sklearn_tagkd.nn.scaled_rows import ScaledRows
from sklearn_tagkd.utils import large_arrays


def cut(n_receivers, most_columns):
    """Cut even a small graph into pieces."""
    small = {"_RECEIVERS": n_receivers, "_NARROW": most_columns, "_LINE": 1}
    return mock.patch.multiple(weighted_sums, **small)


@st.composite
def pieces(draw):
    return cut(draw(st.integers(1, 50)), draw(st.integers(1, 8)))


@st.composite
def any_links(draw, square=False):
    n_receivers = draw(st.integers(1, 40))
    n_senders = n_receivers if square else draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0, 0.05, 0.3, 1]))
    links = random_array(
        (n_receivers, n_senders), density=density, rng=random, dtype=np.float32
    ).tocsr()
    if square:
        links.setdiag(0)
        links.eliminate_zeros()
    index = draw(st.sampled_from([np.int32, np.int64]))
    cells = (links.data, links.indices.astype(index), links.indptr.astype(index))
    return csr_array(cells, shape=links.shape), random


@st.composite
def any_inputs(draw):
    links, random = draw(any_links(square=True))
    receiver, sender = (ends.astype(np.int64) for ends in links.nonzero())
    kept = random.random(len(receiver)) < draw(st.sampled_from([0, 0.3, 1]))
    shape = (links.shape[0] + kept.sum(), draw(st.integers(1, 9)))
    rows = random.standard_normal(shape).astype(np.float32)
    return NetworkInputs(rows, links, receiver[kept], sender[kept])


def plainly(inputs, n_hops, teleport):
    """Propagate in double precision, with whole matrices."""
    n_nodes, links = inputs.n_nodes, inputs.links.astype(np.float64)
    scale = 1 / np.sqrt(1 + links.sum(axis=1))
    senders = np.concatenate([scale, scale[inputs.message_sender]])
    first = inputs.first_layer_links().astype(np.float64)
    rows = inputs.embeddings.astype(np.float64)
    own, state = rows[:n_nodes], rows
    for hop in range(n_hops):
        step = first if hop == 0 else links
        sent = senders[: len(state), None] * state
        heard = scale[:, None] * (step @ sent + sent[:n_nodes])
        state = (1 - teleport) * heard + teleport * own
    return state[:n_nodes]


@given(any_links(), st.integers(1, 9), pieces())
def test_any_sums_are_those_of_a_product(some, n_columns, pieces):
    links, random = some
    rows = random.standard_normal((links.shape[1], n_columns)).astype(np.float32)
    with pieces:
        sums = aggregate(links, torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(sums, links @ rows, atol=1e-5)


@given(any_inputs(), st.integers(0, 6), st.floats(0, 1), pieces())
def test_any_propagation_is_that_of_plain_products(inputs, n_hops, teleport, pieces):
    before = inputs.embeddings.copy()
    with pieces:
        found = propagate(inputs, n_hops, teleport).numpy()
    np.testing.assert_allclose(found, plainly(inputs, n_hops, teleport), atol=1e-4)
    assert (inputs.embeddings == before).all()


@given(any_inputs(), st.integers(0, 6), pieces(), st.sampled_from([None, 0.5]))
def test_what_is_read_anew_changes_no_bit(inputs, n_hops, pieces, scale):
    before = inputs.embeddings.copy()
    rows = inputs.embeddings
    if scale is not None:  # a power of two: dividing by it loses nothing
        rows = ScaledRows(rows / np.float32(scale), scale)
    ends = inputs.message_receiver, inputs.message_sender
    large = NetworkInputs(rows, inputs.links, *ends)
    factor = np.linspace(0, 2, len(before), dtype=np.float32)[:, None]
    for each in (None, factor):
        with pieces, mock.patch.object(large_arrays, "_LARGE", 0):
            found = propagate(large, n_hops, 0.2, factor=each)
        with pieces:
            assert torch.equal(found, propagate(inputs, n_hops, 0.2, factor=each))
    assert (inputs.embeddings == before).all()


def test_no_step_leaves_a_copy_and_fewer_are_refused():
    links, rows = csr_array((3, 3), dtype=np.float32), np.eye(3, dtype=np.float32)
    found = propagate(NetworkInputs(rows, links), 0, 0.1)
    found[0] = 5.0
    assert (rows == np.eye(3)).all()
    with pytest.raises(ValueError, match="n_hops=-1 must be 0 or more"):
        propagate(NetworkInputs(rows, links), -1, 0.1)


@given(any_inputs(), pieces())
def test_a_factor_is_heard_as_if_embeddings_were_multiplied(inputs, pieces):
    factor = np.linspace(0, 2, len(inputs.embeddings), dtype=np.float32)[:, None]
    ends = inputs.message_receiver, inputs.message_sender
    multiplied = NetworkInputs(inputs.embeddings * factor, inputs.links, *ends)
    with pieces:
        found = propagate(inputs, 3, 0.2, factor=factor)
    assert torch.equal(found, propagate(multiplied, 3, 0.2))


@given(any_inputs(), st.randoms(use_true_random=False))
def test_the_order_of_the_nodes_changes_nothing(inputs, random):
    n_nodes, ends = inputs.n_nodes, (inputs.message_receiver, inputs.message_sender)
    order = np.array(random.sample(range(n_nodes), n_nodes))
    place = np.argsort(order)
    rows = np.concatenate([order, np.arange(n_nodes, len(inputs.embeddings))])
    links = inputs.links[order][:, order]
    links.sort_indices()
    renumbered = NetworkInputs(
        inputs.embeddings[rows], links, *(place[end] for end in ends)
    )
    found, expected = (propagate(each, 4, 0.1) for each in (renumbered, inputs))
    np.testing.assert_allclose(found, expected[order], atol=1e-4)


@given(
    st.integers(0, 5_000_000),
    st.integers(1, 1000),
    st.sampled_from(["cpu", "cuda"]),
)
def test_a_block_is_of_whole_lines_and_about_as_wide_as_another(n_nodes, n_columns, on):
    width = weighted_sums._width(n_nodes, n_columns, torch.device(on))
    assert width % 16 == 0
    assert width - 16 < n_columns
    if on == "cpu":
        assert width <= (32 if n_nodes <= 2**17 else 128)
    else:
        assert width * n_nodes <= 160 * 2**20 or width <= 128


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_no_bit(threads):
    links = random_array((500, 500), density=0.1, rng=0, dtype=np.float32).tocsr()
    rows = torch.from_numpy(np.random.default_rng(0).random((500, 40), np.float32))
    expected = aggregate(links, rows)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        assert torch.equal(aggregate(links, rows), expected)
    finally:
        torch.set_num_threads(before)
