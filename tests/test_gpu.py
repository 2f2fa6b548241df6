"""What a GPU computes is what a CPU computes. Skipped where there is none."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.bulk import build_links, embed_folder, propagate_folder
from sklearn_tagkd.nn import device as devices
from sklearn_tagkd.nn.config import BACKBONES, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links import on_device
from sklearn_tagkd.nn.links.propagation import propagate
from sklearn_tagkd.nn.training import steps
from sklearn_tagkd.nn.training.loop import train_network
from sklearn_tagkd.nn.training.terms import LossTerm
from sklearn_tagkd.utils.progress import progress_bar
from tests.bulk.folders import write_graph
from tests.conftest import fast
from tests.nn.test_on_device import drawn, free_for

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="there is no CUDA device here"
)

N, D, C = 200, 24, 3
N_STEPS = 40


def make_inputs():
    random = np.random.default_rng(0)
    half = np.triu(random.random((N, N)) < 0.05, 1) * random.uniform(0.5, 1.5, (N, N))
    links = csr_array((half + half.T).astype(np.float32))
    rows = random.normal(size=(N + 2, D)).astype(np.float32)  # two are messages
    cells = links.tocoo()
    return NetworkInputs(
        rows, links, cells.row[[3, 8]].astype(int), cells.col[[3, 8]].astype(int)
    )


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_fitted_model_says_the_same_on_either(backbone, annotated, toy):
    """Trained on the GPU, saved, loaded and asked on the CPU."""
    options = fast(backbone=backbone, max_iter=N_STEPS, device="cuda")
    taught = InterpreterGNNClassifier(**options).fit_transform(annotated)
    student = DistilledStudentClassifier(consistency_weight=0.5, **options).fit(taught)
    there = student.predict_proba(toy.graph)
    loaded = pickle.loads(pickle.dumps(student)).set_params(device="cpu")
    here = loaded.predict_proba(toy.graph)
    assert np.abs(there - here).max() < 1e-4
    assert np.isfinite(here).all()
    assert there.std(axis=0).max() > 1e-3


def run(backbone, device, *, dropout=0.0, consistency=0.0, fan_outs=None):
    random = np.random.default_rng(0)
    targets = np.eye(C, dtype=np.float32)[random.integers(C, size=N)]
    labels = LossTerm("labels", "logits", np.arange(N), targets, np.ones(N, np.float32))
    shape = NetworkConfig(backbone, D, 16, C, 2, 3, 0.1, dropout)
    n_steps = 70  # consistency begins after 50
    training = TrainingConfig(
        n_steps, N, 0.01, 0.0, consistency, n_steps, 0, device, fan_outs
    )
    with progress_bar(n_steps, "", "", False) as bar:
        return train_network(shape, make_inputs(), [labels], labels, training, bar)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-2), (True, 0.2)])
def test_training_goes_the_same_way(backbone, half, tolerance, monkeypatch):
    """Initial weights are drawn on the CPU; without dropout nothing else is random."""
    monkeypatch.setattr(steps, "_has_bfloat16", lambda device: half)
    (_, here), (_, there) = run(backbone, "cpu"), run(backbone, "cuda")
    for look, other in zip(here, there, strict=True):
        assert look == pytest.approx(other, rel=tolerance)
    assert here[-1]["labels"] < 0.9 * here[0]["labels"]


@pytest.mark.parametrize("fan_outs", [None, (4, 4)])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_repeated_steps_are_launched_steps(backbone, fan_outs, monkeypatch):
    options = {"dropout": 0.5, "consistency": 1.0, "fan_outs": fan_outs}
    _, repeated = run(backbone, "cuda", **options)
    monkeypatch.setattr(steps, "Replay", lambda device: lambda step, kind: step(kind))
    _, launched = run(backbone, "cuda", **options)
    for look, other in zip(repeated, launched, strict=True):
        assert look.keys() == other.keys()
        assert look == pytest.approx(other, rel=0.2)  # other random numbers
    draws = [[look["labels"] for look in history] for history in (repeated, launched)]
    assert len(set(draws[0])) == len(draws[0]), "every repetition draws anew"


def test_propagation_is_the_same_on_either():
    inputs = make_inputs()
    here = propagate(inputs, 5, 0.1)
    there = propagate(inputs, 5, 0.1, device=torch.device("cuda"))
    assert torch.allclose(here, there.cpu(), atol=1e-5)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_same_seed_goes_the_same_way(backbone):
    """By and large: rounding differs from run to run, and Adam makes it grow."""
    histories = [
        run(backbone, "cuda", dropout=0.5, consistency=1.0)[1] for _ in range(5)
    ]
    for other in histories[1:]:
        for look, again in zip(histories[0][:2], other[:2], strict=True):
            assert look == pytest.approx(again, rel=1e-2)
        assert histories[0][-1] == pytest.approx(other[-1], rel=0.1)


def test_threads_train_side_by_side():
    with ThreadPoolExecutor(4) as pool:
        options = {"dropout": 0.5, "consistency": 1.0}
        runs = [pool.submit(run, "decoupled", "cuda", **options) for _ in range(8)]
        histories = [each.result()[1] for each in runs]
    for history in histories:
        assert history[-1]["labels"] < history[0]["labels"]


def test_random_numbers_of_the_caller_are_left_alone():
    torch.manual_seed(5)
    torch.cuda.manual_seed(5)
    before = torch.cuda.get_rng_state()
    run("decoupled", "cuda", dropout=0.5, consistency=1.0)
    assert torch.equal(before, torch.cuda.get_rng_state())


@pytest.mark.parametrize("kind", ["ones", "float32", "float64"])
@pytest.mark.parametrize("links_at_a_time", [30, 2**25])
@pytest.mark.parametrize("n_columns", [1, 11, 200])
def test_columns_propagated_on_either_are_the_same(
    kind, links_at_a_time, n_columns, monkeypatch
):
    given, messages, inputs = drawn(n_columns=n_columns, kind=kind)
    monkeypatch.setattr(on_device, "_LINKS", links_at_a_time)
    there = on_device.propagate_on_device(*given, 5, 0.1, messages, device="cuda")
    here = propagate(inputs, 5, 0.1).numpy()
    np.testing.assert_allclose(there, here, atol=1e-5)
    free = free_for(4, given[0], len(inputs.embeddings))
    monkeypatch.setattr(on_device, "free_bytes", lambda device: free)
    few = on_device.propagate_on_device(*given, 5, 0.1, messages, device="cuda")
    np.testing.assert_allclose(few, here, atol=1e-5)


def test_a_gpu_that_has_less_memory_than_it_said_takes_fewer_columns(monkeypatch):
    """What is free is made up, so that the first try asks for more than there is."""
    random = np.random.default_rng(0)
    total = torch.cuda.mem_get_info()[1]
    n_nodes, n_columns = 200_000, 64
    torch.cuda.set_per_process_memory_fraction(min(1.0, 120e6 / total))
    monkeypatch.setattr(on_device, "free_bytes", lambda device: 10**12)
    links = csr_array((n_nodes, n_nodes), dtype=np.float32)
    rows = random.standard_normal((n_nodes, n_columns)).astype(np.float32)
    alone = np.ones(n_nodes, np.float32)
    try:
        there = on_device.propagate_on_device(links, alone, rows, 2, 0.1, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    np.testing.assert_allclose(there, rows, atol=1e-5)


def test_stages_of_a_graph_in_a_folder_are_the_same_on_either(tmp_path):
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(["goal", "cup", "law"], 4)) for _ in range(N)]
    write_graph(
        tmp_path, list(range(N)), random.integers(N, size=(900, 2)), texts=texts
    )
    build_links(tmp_path)
    rows = embed_folder(tmp_path, "hashing")
    here, there = (
        propagate_folder(tmp_path, rows, device=device)[:] for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(here, there, atol=1e-5)
    assert len(list((tmp_path / "built").glob("propagated-*"))) == 2
    graph = TextGraph.open(tmp_path, max_memory="1GiB")
    labels = np.where(np.arange(N) % 3, "", np.array(["a", "b"])[np.arange(N) % 2])
    student = DistilledStudentClassifier(**fast(device="cuda")).fit(graph, labels)
    there = student.predict_proba(graph)
    here = student.set_params(device="cpu").predict_proba(graph)
    np.testing.assert_allclose(here, there, atol=1e-4)


@pytest.mark.parametrize("backbone", ["decoupled", "mlp"])
def test_rows_that_a_gpu_has_no_memory_for_are_read_from_the_cpus(
    backbone, monkeypatch
):
    options = {"consistency": 1.0}
    _, placed = run(backbone, "cuda", **options)
    monkeypatch.setattr(devices, "free_bytes", lambda device: 100)
    _, read = run(backbone, "cuda", **options)
    for look, other in zip(placed, read, strict=True):
        assert look == pytest.approx(other, rel=0.2)  # other batches are consistent
    assert read[-1]["labels"] < 0.9 * read[0]["labels"]
