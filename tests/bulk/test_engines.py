"""Every stage under Dask, with processes and TCP: the same bytes, whoever dies."""

import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, StratifiedKFold

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import (
    build_links,
    embed_folder,
    predict_folder,
    propagate_folder,
    tasks,
)
from sklearn_tagkd.encoding import HashingEncoder
from tests.bulk.folders import contents, write_graph

distributed = pytest.importorskip(
    "distributed", reason="Dask is not installed: pip install 'sklearn-tagkd[test]'"
)
pytestmark = [
    # Of what a library does with another one, and of what a dead worker leaves.
    pytest.mark.filterwarnings("ignore:::distributed"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
N_NODES = 240
PAGE = Path(__file__).parents[2] / "docs" / "clusters.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Slow(HashingEncoder):
    """Takes its time, and notes in a file what it was asked."""

    def __init__(self, journal, seconds):
        super().__init__(16)
        self.journal, self.seconds = journal, seconds

    def encode(self, texts):
        with open(self.journal, "a") as file:
            file.write(f"{sorted(texts)[0]}\n")
        time.sleep(self.seconds)
        return super().encode(texts)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("workers")),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def graph_folder(tmp_path):
    def write(name):
        folder = tmp_path / name
        folder.mkdir()
        edges = np.random.default_rng(0).integers(N_NODES, size=(1500, 2))
        write_graph(folder, [f"n{i}" for i in range(N_NODES)], edges)
        for table in folder.iterdir():  # that folders are named alike
            os.utime(table, (10**9, 10**9))
        return folder

    return write


def label(folder, model):
    """Run all stages with what joblib is told from outside."""
    build_links(folder, max_memory="1GiB")
    rows = embed_folder(folder, HashingEncoder(16), dtype="float32", texts_per_part=50)
    propagated = propagate_folder(folder, rows, n_hops=3)[:]
    predict_folder(
        model, folder, folder / "labels", encoder=HashingEncoder(16), n_jobs=None
    )
    return propagated


def test_the_bytes_are_those_of_one_process(client, graph_folder, tmp_path):
    one, other = graph_folder("one"), graph_folder("other")
    small = TextGraph(["a goal", "a vote", "a late goal"], [(0, 2)])
    student = DistilledStudentClassifier(
        encoder=HashingEncoder(16), max_iter=3, random_state=0
    ).fit(small, ["sport", "politics", ""])
    sklearn_tagkd.save(student, tmp_path / "model.safetensors")
    here = label(one, tmp_path / "model.safetensors")
    with parallel_config("dask"):
        there = label(other, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(here, there)
    assert contents(one) == contents(other)


def test_a_killed_worker_costs_its_task_only(client, graph_folder, tmp_path):
    folder = graph_folder("killed")
    build_links(folder)
    journal = tmp_path / "journal"
    pids = list(client.run(os.getpid).values())

    def kill():
        while not journal.exists() or len(journal.read_text().splitlines()) < 4:
            time.sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with parallel_config("dask"):
        rows = embed_folder(folder, Slow(journal, 0.05), texts_per_part=8)
    killer.join()
    asked = journal.read_text().splitlines()
    assert len(set(asked)) == N_NODES // 8
    assert len(asked) - len(set(asked)) <= 1
    whole = graph_folder("whole")
    build_links(whole)
    wanted = embed_folder(whole, Slow(journal, 0), texts_per_part=8)
    assert contents(rows) == contents(wanted)


def test_messages_hold_paths_and_ranges_and_no_texts(graph_folder, monkeypatch):
    import cloudpickle

    sent = []
    run = tasks._run

    def look(todo, *how):
        sent.extend(map(cloudpickle.dumps, todo))
        run(todo, *how)

    monkeypatch.setattr(tasks, "_run", look)
    folder = graph_folder("sent")
    build_links(folder)
    rows = embed_folder(folder, HashingEncoder(16), dtype="float32", texts_per_part=50)
    propagate_folder(folder, rows)
    assert len(sent) >= 7
    assert max(map(len, sent)) < 2000
    assert not any("tëxt".encode() in message for message in sent)


def test_a_search_sends_a_graph_once(client, graph_folder, monkeypatch):
    from joblib import _dask

    sent = []
    arguments = _dask.DaskDistributedBackend._to_func_args

    async def look(self, func):
        batch, todo = await arguments(self, func)
        sent.append([type(value) for _, given, _ in todo for value in given])
        return batch, todo

    monkeypatch.setattr(_dask.DaskDistributedBackend, "_to_func_args", look)
    texts = [f"{'a goal' if i % 2 else 'a vote'} number {i}" for i in range(60)]
    graph = TextGraph(texts, [(i, (i + 2) % 60) for i in range(60)])
    y = np.array(["sport" if i % 2 else "politics" for i in range(60)])
    student = DistilledStudentClassifier(encoder="hashing", max_iter=3, random_state=0)
    search = GridSearchCV(
        student, {"dropout": [0.1, 0.5]}, cv=StratifiedKFold(2), error_score="raise"
    )
    with parallel_config("dask"):
        there = search.fit(graph, y).cv_results_["mean_test_score"]
    assert len(sent) == 4
    assert all(TextGraph not in kinds for kinds in sent)
    here = search.set_params(n_jobs=1).fit(graph, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(there, here)


@pytest.mark.skipif(not PAGE.is_file(), reason="the documents are not at hand")
def test_the_page_says_what_works(client, graph_folder, tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    (dask,) = (block for block in blocks if "Client" in block)
    (copying,) = (block for block in blocks if "fsspec" in block)
    store = fsspec.filesystem("memory")
    store.put(f"{graph_folder('drawn')}/", "tables", recursive=True)
    monkeypatch.chdir(tmp_path)
    exec(compile(copying, str(PAGE), "exec"), {})
    dask = dask.replace("tcp://scheduler:8786", client.scheduler.address)
    names = {}
    exec(compile(dask, str(PAGE), "exec"), names)
    names["client"].close()
    assert list((tmp_path / "graph" / "built").glob("embeddings-*/parts.json"))
    store.rm("tables", recursive=True)


@pytest.mark.skipif(not PAGE.is_file(), reason="the documents are not at hand")
def test_workers_of_dask_keep_memory_as_the_page_says():
    import dask

    (block,) = (
        block for block in BLOCK.findall(PAGE.read_text()) if "dask.config" in block
    )
    environment = "distributed.nanny.pre-spawn-environ"
    before = dict(dask.config.get(environment))
    assert before["MALLOC_TRIM_THRESHOLD_"]  # or else the page says too much
    try:
        exec(compile(block, str(PAGE), "exec"), {})
        after = dask.config.get(environment)
        assert {key for key, value in after.items() if value is None} == {
            "MALLOC_TRIM_THRESHOLD_"
        }
    finally:
        dask.config.set({environment: before})


def test_engines_are_told_how_much_a_graph_sends(graph_folder):
    folder = graph_folder("size")
    build_links(folder)
    texts = [f"a text of some length, number {i}" for i in range(1000)]
    graph = TextGraph(texts, [(0, 1)])
    assert sys.getsizeof(graph) > sum(map(len, texts))
    assert sys.getsizeof(graph[:3]) > sum(map(len, texts))  # its parent travels
    assert sys.getsizeof(TextGraph.open(folder)) < 1000
