"""What a GPU computes is what a CPU computes. Skipped where there is none."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from sklearn_tagkd import DistilledStudentClassifier, InterpreterGNNClassifier
from sklearn_tagkd.nn.config import BACKBONES, NetworkConfig, TrainingConfig
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.propagation import propagate
from sklearn_tagkd.nn.training import steps
from sklearn_tagkd.nn.training.loop import train_network
from sklearn_tagkd.nn.training.terms import LossTerm
from sklearn_tagkd.utils.progress import progress_bar
from tests.conftest import fast

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
