"""The torch side, held against formulas written out in numpy."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from sklearn_tagkd.nn.config import BACKBONES, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.layers.dropout import dropout
from sklearn_tagkd.nn.links.neighborhood import mean_neighborhoods, symmetric
from sklearn_tagkd.nn.links.propagation import personalised_pagerank
from sklearn_tagkd.nn.networks.build import build_network
from sklearn_tagkd.nn.training.loop import train_network
from sklearn_tagkd.nn.training.terms import LossTerm
from sklearn_tagkd.utils.progress import progress_bar

N, D, C = 12, 5, 3


def some_links(seed=0, n=N):
    random = np.random.default_rng(seed)
    half = random_array((n, n), density=0.2, rng=random, dtype=np.float32)
    dense = np.triu((half.toarray() > 0).astype(np.float32), 1)
    return dense + dense.T


def some_inputs(messages=True, seed=0):
    random = np.random.default_rng(seed)
    dense = some_links(seed)
    receiver, sender = np.argwhere(dense)[[0, 3]].T if messages else ([], [])
    return NetworkInputs(
        random.normal(size=(N + len(receiver), D)).astype(np.float32),
        csr_array(dense),
        np.array(receiver, dtype=np.int64),
        np.array(sender, dtype=np.int64),
    )


def some_config(backbone, **options):
    options = {"hidden_dim": 8, "n_layers": 2, "n_hops": 3, "dropout": 0.5, **options}
    return NetworkConfig(
        backbone=backbone, input_dim=D, n_classes=C, teleport=0.1, **options
    )


def train(backbone, inputs, *, steps=25, seed=3, held_out=None, terms=None, **options):
    random = np.random.default_rng(0)
    labels = LossTerm(
        "labels",
        "logits",
        np.arange(N),
        np.eye(C, dtype=np.float32)[random.integers(C, size=N)],
        np.ones(N, np.float32),
    )
    training = TrainingConfig(
        max_iter=steps,
        batch_size=5,
        learning_rate=0.01,
        weight_decay=0.0,
        consistency=options.pop("consistency", 0.0),
        n_iter_no_change=options.pop("patience", 20),
        seed=seed,
        device="cpu",
        fan_outs=options.pop("fan_outs", None),
    )
    config = some_config(backbone, **options)
    with progress_bar(steps, "", "", False) as bar:
        return train_network(
            config, inputs, [labels, *(terms or [])], held_out, training, bar
        )


def dense_weights(neighborhoods):
    """Both layers' weights as dense matrices, a node's own among them."""
    return [
        hood.links.toarray() + np.eye(*hood.links.shape) * hood.loops[:, None]
        for hood in neighborhoods
    ]


def outputs(network, inputs, kind):
    everyone = np.arange(inputs.n_nodes)
    return network.apply(inputs, "cpu", **{kind: everyone})[kind]


def test_gcn_weights_are_the_formula():
    dense = some_links()
    first, later = dense_weights(symmetric(some_inputs(messages=False)))
    degree = 1 + dense.sum(axis=1)
    expected = (dense + np.eye(N)) / np.sqrt(np.outer(degree, degree))
    assert np.allclose(later, expected, atol=1e-6)
    assert np.allclose(first, expected, atol=1e-6)


def test_mean_weights_sum_to_one_or_nothing():
    first, later = dense_weights(mean_neighborhoods(some_inputs()))
    linked = some_links().sum(axis=1) > 0
    assert np.allclose(first.sum(axis=1), linked)
    assert np.allclose(later.sum(axis=1), linked)


def by_hand(inputs, dense_first, dense_later, n_hops, teleport):
    own = inputs.embeddings[:N]
    state = (1 - teleport) * dense_first @ inputs.embeddings + teleport * own
    for _ in range(n_hops - 1):
        state = (1 - teleport) * dense_later @ state + teleport * own
    return state / np.linalg.norm(state, axis=1, keepdims=True)


@pytest.mark.parametrize("messages", [True, False])
def test_propagation_is_the_formula_with_messages_in_the_first_step(messages):
    inputs = some_inputs(messages)
    first, later = dense_weights(symmetric(inputs))
    for j, (v, u) in enumerate(
        zip(inputs.message_receiver, inputs.message_sender, strict=True)
    ):
        assert first[v, u] == 0
        assert first[v, N + j] == pytest.approx(later[v, u])
    expected = by_hand(inputs, first, later, 4, 0.2)
    assert np.allclose(personalised_pagerank(inputs, 4, 0.2), expected, atol=1e-5)


def messages_that_say_the_same():
    """Inputs whose messages equal their senders' texts, and those without any."""
    silent = some_inputs(messages=False)
    told = some_inputs()
    same = np.concatenate([silent.embeddings, silent.embeddings[told.message_sender]])
    return silent, NetworkInputs(
        same, told.links, told.message_receiver, told.message_sender
    )


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_message_that_repeats_its_sender_changes_nothing(backbone):
    outputs = []
    for inputs in messages_that_say_the_same():
        torch.manual_seed(0)
        network = build_network(some_config(backbone)).eval()
        network.load_inputs(inputs, torch.device("cpu"))
        outputs.append(network(logits=torch.arange(N))["logits"].detach().numpy())
    assert np.allclose(*outputs, atol=1e-5)


@pytest.mark.parametrize("backbone", sorted(set(BACKBONES) - {"mlp"}))
def test_a_message_of_its_own_is_heard_by_its_receiver(backbone):
    silent, told = messages_that_say_the_same()
    changed = told.embeddings.copy()
    changed[N:] += 5
    loud = NetworkInputs(
        changed, told.links, told.message_receiver, told.message_sender
    )
    outputs = []
    for inputs in (silent, loud):
        torch.manual_seed(0)
        network = build_network(some_config(backbone, n_layers=1, n_hops=1)).eval()
        network.load_inputs(inputs, torch.device("cpu"))
        outputs.append(network(logits=torch.arange(N))["logits"].detach().numpy())
    moved = np.abs(outputs[0] - outputs[1]).max(axis=1) > 1e-4
    assert set(np.flatnonzero(moved)) == set(told.message_receiver)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_training_learns_and_repeats_bit_by_bit(backbone):
    inputs = some_inputs()
    before = torch.random.get_rng_state()
    options = {"steps": 120, "dropout": 0.0, "hidden_dim": 16}
    network, history = train(backbone, inputs, **options)
    again, _ = train(backbone, inputs, **options)
    assert torch.equal(before, torch.random.get_rng_state())
    assert history[-1]["labels"] < 0.7 * history[0]["labels"]
    assert [look["step"] for look in history] == list(range(10, 121, 10))
    for name, weight in network.weights.items():
        assert (weight == again.weights[name]).all()
    other, _ = train(backbone, inputs, seed=4, **options)
    assert any((w != other.weights[n]).any() for n, w in network.weights.items())


@pytest.mark.parametrize("backbone", BACKBONES)
def test_rows_are_predicted_the_same_alone_and_among_all(backbone):
    inputs = some_inputs()
    network, _ = train(backbone, inputs)
    kinds = ["probabilities", "text", "hidden"]
    kinds += ["neighborhood"] * (backbone != "mlp")
    for kind in kinds:
        whole = outputs(network, inputs, kind)
        part = network.apply(inputs, "cpu", **{kind: np.array([7])})[kind]
        twice = network.apply(inputs, "cpu", **{kind: np.array([7, 2, 2])})[kind]
        assert np.allclose(whole[[7]], part, atol=1e-5)
        assert np.allclose(whole[[7, 2, 2]], twice, atol=1e-5)
        if kind == "probabilities":
            assert np.allclose(whole.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_what_several_ask_for_is_what_each_gets_alone(backbone):
    network = build_network(some_config(backbone, dropout=0.0)).train()
    network.load_inputs(some_inputs(), torch.device("cpu"))
    asked = {"logits": [7, 2, 2, 0], "text": [2, 9], "neighborhood": [9, 9, 7]}
    if backbone == "mlp":
        del asked["neighborhood"]
    asked = {kind: torch.tensor(nodes) for kind, nodes in asked.items()}
    together = network(**asked)
    for kind, nodes in asked.items():
        alone = network(**{kind: nodes})[kind]
        assert torch.allclose(together[kind], alone, atol=1e-6)


def test_held_out_rows_stop_training_and_restore_the_best():
    inputs = some_inputs()
    # Held-out rows ask for the opposite of what is learnt: every step is worse.
    network, _ = train("mlp", inputs)
    wrong = 1 - outputs(network, inputs, "probabilities").round()
    held = LossTerm(
        "held", "logits", np.arange(N), wrong.astype(np.float32), np.ones(N, np.float32)
    )
    stopped, history = train("mlp", inputs, steps=500, held_out=held, patience=30)
    looks = [look["held_out"] for look in history]
    best = int(np.argmin(looks))
    assert len(history) == best + 4  # three looks without an improvement
    restored = outputs(stopped, inputs, "probabilities")
    loss = -(wrong * np.log(restored)).sum(axis=1).mean()
    assert loss == pytest.approx(min(looks), rel=1e-4)
    assert looks[-1] > min(looks)


@pytest.mark.parametrize("output", ["text", "neighborhood"])
def test_every_kind_of_term_is_matched(output):
    inputs = some_inputs()
    teacher, _ = train("decoupled", inputs, seed=9)
    goal = outputs(teacher, inputs, output)
    term = LossTerm("match", output, np.arange(N), goal, np.ones(N, np.float32), 10.0)
    with_term, history = train("decoupled", inputs, steps=200, terms=[term])
    without, _ = train("decoupled", inputs, steps=200)
    near, far = (
        np.square(outputs(net, inputs, output) - goal).sum()
        for net in (with_term, without)
    )
    assert near < 0.5 * far
    assert history[-1]["match"] < history[0]["match"]


def test_consistency_makes_sure_of_nodes_nobody_labelled():
    random = np.random.default_rng(1)
    group = np.arange(60) % 3
    centers = 2 * np.eye(3, D)[group]
    embeddings = (centers + random.normal(size=(60, D))).astype(np.float32)
    dense = np.triu((group[:, None] == group) & (random.random((60, 60)) < 0.1), 1)
    links = csr_array((dense + dense.T).astype(np.float32))
    inputs = NetworkInputs(embeddings, links)
    labels = LossTerm(
        "labels",
        "logits",
        np.arange(6),
        np.eye(C, dtype=np.float32)[group[:6]],
        np.ones(6, np.float32),
    )
    sure, right = {}, {}
    for weight in (0.0, 2.0):
        training = TrainingConfig(300, 40, 0.01, 0.0005, weight, 300, 0, "cpu")
        with progress_bar(300, "", "", False) as bar:
            network, history = train_network(
                some_config("decoupled"), inputs, [labels], None, training, bar
            )
        predicted = outputs(network, inputs, "probabilities")
        sure[weight] = predicted.max(axis=1).mean()
        right[weight] = (predicted.argmax(axis=1) == group).mean()
        assert ("consistency" in history[-1]) == (weight > 0)
        assert "consistency" not in history[0]  # warm-up: labels alone
    assert sure[2.0] > sure[0.0]
    assert right[2.0] >= right[0.0] > 0.7


@given(st.floats(0, 0.99), st.integers(1, 50))
def test_dropout_drops_its_share_and_keeps_the_mean(rate, width):
    torch.manual_seed(0)
    values = torch.ones(4000, width)
    dropped = dropout(values, rate, True)
    share = float((dropped == 0).float().mean())
    assert abs(share - rate) < 0.05
    assert set(dropped.unique().tolist()) <= {0.0, float(dropped.max())}
    if float(dropped.max()):
        assert abs(float(dropped.mean()) - 1) < 10 * (1 / (4000 * width * 0.01)) ** 0.5
    assert dropout(values, rate, False) is values


def test_columns_are_dropped_independently():
    torch.manual_seed(0)
    dropped = dropout(torch.ones(20_000, 16), 0.5, True) == 0
    correlation = torch.corrcoef(dropped.float().T)
    off_diagonal = correlation - torch.eye(16)
    assert float(off_diagonal.abs().max()) < 0.04


def test_a_device_that_is_not_there_is_named():
    assert pick_device("cpu").type == "cpu"
    for device in ("quantum", "cuda:99"):
        with pytest.raises(ValueError, match=f"device='{device}' cannot be used here"):
            pick_device(device)


def test_a_mac_passes_messages_on_its_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device("auto").type == "mps"
    assert pick_device("auto", sparse=True).type == "cpu"
    sparse = [name for name in BACKBONES if some_config(name).passes_messages]
    assert sparse == ["gat", "gcn", "sage"]


def test_read_only_arrays_of_a_worker_are_taken_without_a_warning():
    inputs = some_inputs(messages=False)
    inputs.embeddings.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train("mlp", inputs, steps=2)


def test_two_views_are_halves_of_the_whole():
    """What half of the nodes say and what the others say add up, for 'decoupled'."""
    inputs = some_inputs()
    torch.manual_seed(0)
    network = build_network(some_config("decoupled", dropout=0.0)).train()
    network.load_inputs(inputs, torch.device("cpu"), n_views=6, seed=0)
    assert len(network._views) == 3 * N
    everyone = torch.arange(N)
    seen = {tuple(network._see(everyone).ravel().tolist()) for _ in range(200)}
    assert len(seen) == 6
    total = np.sum([np.reshape(view, (N, D)) for view in seen], axis=0)
    assert np.allclose(total, 6 * network._propagated.numpy(), atol=1e-4)


@pytest.mark.parametrize("backbone", ["gcn", "sage", "gat"])
def test_training_on_samples_learns(backbone):
    inputs = some_inputs()
    with_samples, history = train(
        backbone, inputs, steps=300, dropout=0.0, hidden_dim=16, fan_outs=(3, 3)
    )
    assert history[-1]["labels"] < 0.7 * history[0]["labels"]
    again, _ = train(
        backbone, inputs, steps=300, dropout=0.0, hidden_dim=16, fan_outs=(3, 3)
    )
    for name, weight in with_samples.weights.items():
        assert (weight == again.weights[name]).all()
