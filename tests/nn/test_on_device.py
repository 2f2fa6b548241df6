"""Propagation where a GPU computes, its code on a CPU: as a CPU, but rounded."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links import on_device
from sklearn_tagkd.nn.links.on_device import propagate_on_device
from sklearn_tagkd.nn.links.propagation import propagate
from tests.nn.test_mapped import draw

CPU = "cpu:0"  # goes the way of a GPU
FEW = 30  # links at a time


def drawn(seed=0, n_nodes=60, n_columns=11, kind="float32", n_messages=9):
    """Return what is given, and what memory makes of it."""
    links, rows, messages = draw(seed, n_nodes, n_columns, kind, n_messages)
    inputs = NetworkInputs(
        np.concatenate([rows, messages.rows]), links, messages.receiver, messages.sender
    )
    scale = (1 / np.sqrt(1 + inputs.received_sums())).astype(np.float32)
    stored = links.astype({"ones": np.int8}.get(kind, kind))
    for array in (stored.data, stored.indices, stored.indptr, rows, scale):
        array.flags.writeable = False  # as what is mapped
    return (stored, scale, rows), messages, inputs


def free_for(n_columns, links, n_states, held=False):
    """Return what leaves room for so many columns."""
    states = 4 * 3 * n_states * n_columns
    links_at_once = 32 * min(links.nnz, on_device._LINKS)
    return int((states + links_at_once + held * 12 * links.nnz) / 0.8) + 8


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_nodes=st.integers(1, 40),
    n_columns=st.integers(1, 20),
    kind=st.sampled_from(["ones", "float32", "float64"]),
    n_messages=st.integers(0, 9),
    n_hops=st.integers(0, 4),
    most=st.integers(1, 200),
    width=st.integers(1, 20),
)
def test_it_is_what_memory_gives(
    seed, n_nodes, n_columns, kind, n_messages, n_hops, most, width
):
    given_, messages, inputs = drawn(seed, n_nodes, n_columns, kind, n_messages)
    expected = propagate(inputs, n_hops, 0.1).numpy() if n_hops else given_[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_device, "_LINKS", most)
        free = free_for(width, given_[0], len(inputs.embeddings))
        patch.setattr(on_device, "free_bytes", lambda device: free)
        found = propagate_on_device(*given_, n_hops, 0.1, messages, device=CPU)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("holds", [False, True])
def test_links_are_read_once_where_they_fit(holds, monkeypatch):
    given_, _, inputs = drawn(n_messages=0)
    monkeypatch.setattr(on_device, "_LINKS", FEW)
    # Half of what is free has to be enough for all links that are held.
    free = 10**9 if holds else free_for(11, given_[0], 60)
    monkeypatch.setattr(on_device, "free_bytes", lambda device: free)
    assert holds == (12 * given_[0].nnz <= 0.8 * free / 2)
    placed, place = [], on_device._PlacedSums._place

    def counted(self, receivers, n_senders):
        placed.append(receivers.start)
        return place(self, receivers, n_senders)

    monkeypatch.setattr(on_device._PlacedSums, "_place", counted)
    found = propagate_on_device(*given_, 3, 0.1, device=CPU)
    assert len(placed) == len(set(placed)) * (1 if holds else 3)
    assert len(set(placed)) > 5
    expected = propagate(inputs, 3, 0.1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_columns_are_halved_where_memory_was_less_than_it_said(monkeypatch):
    given_, messages, inputs = drawn()
    take, widths = on_device._propagate, []

    def scarce(steps, rows, block, *rest):
        widths.append(block.stop - block.start)
        if widths[-1] > 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        take(steps, rows, block, *rest)

    monkeypatch.setattr(on_device, "_propagate", scarce)
    found = propagate_on_device(*given_, 2, 0.1, messages, device=CPU)
    assert widths == [11, 6, 3, 3, 3, 2]
    expected = propagate(inputs, 2, 0.1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_device_without_memory_for_one_column_is_told(monkeypatch):
    given_, *_ = drawn()

    def scarce(*_):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(on_device, "_propagate", scarce)
    with pytest.raises(ValueError, match=r"one column of 60 nodes.*device='cpu'"):
        propagate_on_device(*given_, 2, 0.1, device=CPU)


def test_a_device_that_is_not_here_is_told():
    given_, *_ = drawn()
    with pytest.raises(ValueError, match="cannot be used here"):
        propagate_on_device(*given_, 2, 0.1, device="cuda:7")
