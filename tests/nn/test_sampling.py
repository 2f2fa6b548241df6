"""The part of a graph that a few nodes hear: exact, or right on average."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from torch_geometric.nn import GATConv, GCNConv, SAGEConv

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.layers.attention import AttentionLayer
from sklearn_tagkd.nn.layers.convolutions import GCNLayer, SAGELayer
from sklearn_tagkd.nn.links.neighborhood import (
    Neighborhood,
    mean_neighborhoods,
    raw_neighborhoods,
    symmetric,
)
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood
from sklearn_tagkd.nn.links.products import csr_tensor
from sklearn_tagkd.nn.networks.message_passing import MessagePassingNetwork
from sklearn_tagkd.nn.sampling.compiled import CompiledNeighborSampler, neighbor_sampler
from sklearn_tagkd.nn.sampling.device import DeviceSampler, _subsets
from sklearn_tagkd.nn.sampling.host import NeighborSampler

MODULE = "sklearn_tagkd.nn.networks.message_passing."
FIELDS = "sklearn_tagkd.nn.sampling.fields."
N, D, H, C = 40, 6, 8, 3
CPU = torch.device("cpu")


def make_inputs(seed=0, density=0.3):
    random = np.random.default_rng(seed)
    dense = np.triu(random.random((N, N)) < density, 1)
    weights = np.triu(random.uniform(0.5, 1.5, (N, N)), 1) * dense
    links = csr_array((weights + weights.T).astype(np.float32))
    return NetworkInputs(random.normal(size=(N, D)).astype(np.float32), links)


def make_network(backbone, inputs, n_layers=3, dropout=0.0, **options):
    torch.manual_seed(0)
    config = NetworkConfig(backbone, D, H, C, n_layers, 3, 0.1, dropout)
    network = MessagePassingNetwork(config)
    network.load_inputs(inputs, CPU, **options)
    return network


@given(
    st.lists(st.integers(0, N - 1), min_size=1, max_size=N, unique=True),
    st.one_of(st.none(), st.integers(1, 12)),
    st.integers(0, 5),
)
def test_a_draw_is_a_part_of_the_graph(receivers, fan_out, seed):
    links = make_inputs(seed).links
    sampler = NeighborSampler(Neighborhood(links, np.ones(N, np.float32)))
    for _ in range(2):  # the second draw finds nothing of the first
        drawn = sampler.draw(np.array(receivers), fan_out, np.random.default_rng(seed))
        senders, part = drawn.senders, drawn.neighborhood.links
        assert senders[: len(receivers)].tolist() == receivers
        assert len(set(senders)) == len(senders)
        degree = np.diff(links.indptr)[receivers]
        taken = degree if fan_out is None else np.minimum(degree, fan_out)
        assert np.diff(part.indptr).tolist() == taken.tolist()
        for place, receiver in enumerate(receivers):
            cells = slice(part.indptr[place], part.indptr[place + 1])
            heard = senders[part.indices[cells]]
            assert len(set(heard)) == len(heard)
            grown = degree[place] / max(1, taken[place])
            expected = links[[receiver]].toarray()[0, heard] * grown
            assert (expected > 0).all()
            assert np.allclose(part.data[cells], expected)


@pytest.mark.parametrize("kind", ["ours", "compiled"])
def test_every_link_is_drawn_as_often(kind):
    links = csr_array(np.pad(np.ones((1, 7)), ((0, 6), (0, 0))).astype(np.float32))
    links.setdiag(0)
    links = csr_array(links.toarray())
    make = NeighborSampler if kind == "ours" else compiled
    sampler = make(Neighborhood(links, np.ones(7, np.float32)))
    random, n_draws = np.random.default_rng(0), 6000
    counts = np.zeros(7)
    for _ in range(n_draws):
        counts[sampler.draw(np.array([0]), 2, random).senders[1:]] += 1
    share = counts[1:] / n_draws  # 2 of 6: a third each
    assert np.abs(share - 1 / 3).max() < 5 * (2 / 9 / n_draws) ** 0.5


def test_the_gradient_of_a_product_is_that_of_a_dense_one():
    links = make_inputs().links[:5]
    rows = torch.randn(N, 4, dtype=torch.float32, requires_grad=True)
    weight = torch.randn(5, 4)
    (csr_tensor(links, CPU) @ rows * weight).sum().backward()
    expected = torch.from_numpy(links.toarray()).T @ weight
    assert torch.allclose(rows.grad, expected, atol=1e-5)


@pytest.mark.parametrize("ours", ["gcn", "sage"])
def test_a_layer_is_pygs(ours):
    inputs, sent = make_inputs(), torch.randn(N, H)
    cells = inputs.links.tocoo()
    edges = torch.tensor(np.stack([cells.col, cells.row]), dtype=torch.int64)
    if ours == "gcn":
        layer, hood = GCNLayer(H), symmetric(inputs)[1]
        theirs = GCNConv(H, H)
        theirs.lin.weight, theirs.bias = layer.of_heard.weight, layer.of_heard.bias
        expected = theirs(sent, edges, torch.from_numpy(cells.data))
    else:
        even = csr_array((inputs.links != 0).astype(np.float32))
        hood = mean_neighborhoods(NetworkInputs(inputs.embeddings, even))[1]
        layer, theirs = SAGELayer(H), SAGEConv(H, H, aggr="mean")
        theirs.lin_l.weight, theirs.lin_l.bias = (
            layer.of_heard.weight,
            layer.of_heard.bias,
        )
        theirs.lin_r.weight = layer.of_own.weight
        expected = theirs(sent, edges)
    placed = PlacedNeighborhood.place(hood, CPU)
    assert torch.allclose(layer(sent, sent, placed), expected, atol=1e-5)


@pytest.mark.parametrize("backbone", ["gcn", "sage", "gat"])
def test_layer_by_layer_and_node_by_node_agree(backbone, monkeypatch):
    """Every node's state from blocks of all nodes, and from what the node hears."""
    inputs = make_inputs(density=0.05)
    network = make_network(backbone, inputs).eval()
    monkeypatch.setattr(MODULE + "_ROWS", 7)
    monkeypatch.setattr(MODULE + "_RECEIVERS", 7)
    with torch.inference_mode():
        alone = torch.cat(
            [network(hidden=torch.tensor([n]))["hidden"] for n in range(N)]
        )
        network.settle(N)
        assert network._settled is not None
        settled = network(hidden=torch.arange(N))["hidden"]
    assert torch.allclose(alone, settled, atol=1e-5)
    assert alone.abs().sum() > 0


def gradient(network, rows, weight):
    network.zero_grad()
    (network(hidden=rows)["hidden"] * weight).sum().backward()
    return torch.cat(
        [p.grad.ravel() for p in network.parameters() if p.grad is not None]
    )


@pytest.mark.parametrize("backbone", ["gcn", "sage", "gat"])
def test_all_nodes_at_once_as_on_a_gpu_are_the_few_that_are_needed(
    backbone, monkeypatch
):
    inputs, rows = make_inputs(density=0.05), torch.tensor([3, 8, 21, 8])
    weight = torch.randn(4, H, generator=torch.Generator().manual_seed(0))
    few = make_network(backbone, inputs).train()
    monkeypatch.setattr(MODULE + "_works_alone", lambda device: True)
    whole = make_network(backbone, inputs).train()
    monkeypatch.setattr(NeighborSampler, "draw", None)  # nobody is looked for
    kinds = {"logits": rows, "neighborhood": rows[1:], "text": rows[:2]}
    answers = whole(**kinds)
    expected = gradient(whole, rows, weight)
    monkeypatch.undo()
    for kind, answer in few(**kinds).items():
        assert torch.allclose(answers[kind], answer, atol=1e-5)
    assert torch.allclose(gradient(few, rows, weight), expected, atol=1e-4)


@pytest.mark.parametrize("hidden_dim", [8, 6])  # of four heads, and of one
def test_attention_and_its_gradients_are_pygs(hidden_dim):
    torch.manual_seed(0)
    links = 1.7 * make_inputs(density=0.1).links[:25]
    loops = np.linspace(0.5, 2, 25).astype(np.float32)
    hood = PlacedNeighborhood.place(Neighborhood(links, loops), CPU)
    ours = AttentionLayer(hidden_dim)
    heads, width = ours.of_sender.shape
    theirs = GATConv(hidden_dim, width, heads, edge_dim=1, add_self_loops=False)
    pairs = [
        (ours.values.weight, theirs.lin.weight),
        (ours.of_sender, theirs.att_src),
        (ours.of_receiver, theirs.att_dst),
        (ours.of_weight, theirs.att_edge),
        (ours.weight_scale, theirs.lin_edge.weight),
        (ours.bias, theirs.bias),
    ]
    for our, their in pairs:
        their.data.copy_(our.data.view_as(their))
    cells, nodes = links.tocoo(), np.arange(25)
    edges = np.stack([np.r_[cells.col, nodes], np.r_[cells.row, nodes]]).astype(int)
    weights = torch.from_numpy(np.r_[cells.data, loops]).log()[:, None]
    sent = 3 * torch.randn(N, hidden_dim)
    mine, yours = sent.clone().requires_grad_(), sent.clone().requires_grad_()
    found = ours(mine, mine[:25], hood)
    expected = theirs(yours, torch.from_numpy(edges), weights)[:25]
    assert torch.allclose(found, expected, atol=1e-5)
    for answer in (found, expected):
        (answer * torch.linspace(-1, 1, 25)[:, None]).sum().backward()
    assert torch.allclose(mine.grad, yours.grad, atol=1e-5)
    for our, their in pairs:
        assert torch.allclose(our.grad, their.grad.view_as(our), atol=1e-4)
        assert our.grad.abs().sum() > 0


def test_great_scores_do_not_overflow():
    links = make_inputs().links
    loops = np.ones(N, np.float32)
    hood = PlacedNeighborhood.place(Neighborhood(links, loops), CPU)
    layer = AttentionLayer(H)
    sent = (1e4 * torch.randn(N, H)).requires_grad_()
    layer(sent, sent, hood).sum().backward()
    assert torch.isfinite(sent.grad).all()
    assert sent.grad.abs().sum() > 0


def compiled(neighborhood):
    """Return PyG's own sampler."""
    if not pytest.importorskip("torch_geometric.typing").WITH_PYG_LIB:
        pytest.skip("pyg-lib is not installed")
    sampler = neighbor_sampler(neighborhood)
    assert isinstance(sampler, CompiledNeighborSampler)
    return sampler


def test_a_compiled_draw_is_a_part_of_the_graph():
    links = make_inputs().links
    loops = np.arange(N, dtype=np.float32)
    sampler = compiled(Neighborhood(links, loops))
    receivers, random = np.array([7, 0, 31]), np.random.default_rng(0)
    drawn = sampler.draw(receivers, 4, random)
    part = drawn.neighborhood.links
    assert drawn.senders[:3].tolist() == receivers.tolist()
    assert drawn.neighborhood.loops.tolist() == receivers.tolist()
    degree = np.diff(links.indptr)[receivers]
    assert np.diff(part.indptr).tolist() == np.minimum(degree, 4).tolist()
    for place, receiver in enumerate(receivers):
        cells = slice(part.indptr[place], part.indptr[place + 1])
        heard = drawn.senders[part.indices[cells]]
        grown = degree[place] / min(degree[place], 4)
        expected = links[[receiver]].toarray()[0, heard] * grown
        assert np.allclose(part.data[cells], expected)
    exact = sampler.draw(receivers, None, random).neighborhood.links
    assert np.diff(exact.indptr).tolist() == degree.tolist()


def test_what_is_not_installed_is_not_asked_for(monkeypatch):
    hood = Neighborhood(make_inputs().links, np.ones(N, np.float32))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert type(neighbor_sampler(hood)) is NeighborSampler


def by_the_device(monkeypatch):
    monkeypatch.setattr(MODULE + "_works_alone", lambda device: True)


def by_the_host(monkeypatch):
    monkeypatch.setattr(FIELDS + "neighbor_sampler", NeighborSampler)


def by_pyg(monkeypatch):
    monkeypatch.setattr(FIELDS + "neighbor_sampler", compiled)


@pytest.mark.parametrize("draw", [by_the_device, by_the_host, by_pyg])
@pytest.mark.parametrize("backbone", ["gcn", "sage"])
def test_the_gradient_of_samples_is_on_average_that_of_the_whole(
    backbone, draw, monkeypatch
):
    """Without non-linearities, where the expectation is exact."""
    draw(monkeypatch)
    monkeypatch.setattr(MODULE + "F.relu", lambda x: x)
    inputs, rows = make_inputs(), torch.tensor([3, 8, 21])
    weight = torch.randn(3, H, generator=torch.Generator().manual_seed(0))
    whole = gradient(make_network(backbone, inputs).train(), rows, weight)
    sampled = make_network(backbone, inputs, fan_outs=(4, 4, 4), seed=1).train()
    draws = torch.stack([gradient(sampled, rows, weight) for _ in range(1500)])
    error = draws.std(dim=0) / len(draws) ** 0.5
    assert (draws.std(dim=0) > 0).any()
    off = (draws.mean(dim=0) - whole).abs() / error.clamp(min=1e-4)
    assert float(off.max()) < 5
    # A fan-out beyond every degree is no sample.
    all_links = make_network(backbone, inputs, fan_outs=(N, N, N)).train()
    assert torch.allclose(gradient(all_links, rows, weight), whole, atol=1e-4)


@pytest.mark.parametrize("draw", [by_the_device, by_the_host])
def test_attention_over_samples_points_the_same_way(draw, monkeypatch):
    draw(monkeypatch)
    inputs, rows = make_inputs(), torch.tensor([3, 8, 21])
    weight = torch.randn(3, H, generator=torch.Generator().manual_seed(0))
    whole = gradient(make_network("gat", inputs).train(), rows, weight)
    sampled = make_network("gat", inputs, fan_outs=(8, 8, 8), seed=1).train()
    mean = sum(gradient(sampled, rows, weight) for _ in range(200)) / 200
    assert float(torch.cosine_similarity(mean, whole, dim=0)) > 0.95


@given(
    st.lists(st.integers(0, N - 1), min_size=1, max_size=N),
    st.integers(1, 12),
    st.integers(0, 5),
)
def test_a_draw_on_a_device_is_a_part_of_the_graph(receivers, fan_out, seed):
    links = make_inputs(seed, density=0.15).links
    loops = np.arange(N, dtype=np.float32)
    sampler = DeviceSampler(Neighborhood(links, loops), CPU)
    torch.manual_seed(seed)
    senders, hood = sampler.draw(torch.tensor(receivers), fan_out)
    assert senders[: len(receivers)].tolist() == receivers
    assert len(senders) == len(receivers) * (1 + fan_out)
    assert hood.loops[:, 0].tolist() == receivers
    part = hood.links.to_dense().numpy()
    for place, receiver in enumerate(receivers):
        degree = links.indptr[receiver + 1] - links.indptr[receiver]
        places = np.flatnonzero(part[place])
        heard = senders[places].tolist()
        assert len(set(heard)) == len(heard) == min(degree, fan_out)
        grown = degree / max(1, len(heard))
        expected = links[[receiver]].toarray()[0, heard] * grown
        assert (expected > 0).all()
        assert np.allclose(part[place, places], expected)


def test_every_subset_is_drawn_as_often_on_a_device():
    torch.manual_seed(0)
    n_draws = 30_000
    drawn = _subsets(torch.full((n_draws,), 5), 3).sort(dim=1).values
    _, counts = drawn.unique(dim=0, return_counts=True)
    assert len(counts) == 10
    share = counts / n_draws
    assert (share - 0.1).abs().max() < 5 * (0.09 / n_draws) ** 0.5


def test_the_same_seed_draws_the_same():
    inputs, rows = make_inputs(), torch.arange(5)
    weight = torch.ones(5, H)
    first, again, other = (
        gradient(make_network("sage", inputs, fan_outs=(2,) * 3, seed=s), rows, weight)
        for s in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_attention_hears_loops_of_weight_one():
    first, later = raw_neighborhoods(make_inputs())
    assert first is later
    assert (later.loops == 1).all()
