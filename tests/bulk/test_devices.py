"""Stages told where to compute: the same files, under a name that says what rounded."""

import numpy as np
import pandas as pd
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import (
    build_links,
    embed_folder,
    heard_rows,
    predict_folder,
    predicting,
    propagate_folder,
    propagation,
)
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from tests.bulk.folders import write_graph

N = 120


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    texts = [
        " ".join(random.choice(["goal", "cup", "vote", "law"], 4)) for _ in range(N)
    ]
    write_graph(
        tmp_path, list(range(N)), random.integers(N, size=(500, 2)), texts=texts
    )
    np.save(tmp_path / "rows.npy", random.standard_normal((N, 9)).astype(np.float32))
    build_links(tmp_path)
    return tmp_path


@pytest.fixture
def gpu(monkeypatch):
    """Let 'cuda' go the way of a GPU, on a CPU."""

    def place(device):
        return "cpu:0" if device == "cuda" else "cpu"

    for module in (propagation, predicting, heard_rows):
        monkeypatch.setattr(module, "place_of_columns", place)
        monkeypatch.setattr(
            module, "mark_of", lambda place: ["cuda"] if place == "cpu:0" else []
        )


def test_what_a_gpu_propagated_is_what_a_cpu_does(folder, gpu):
    memory = PROCESS_BYTES + 8 * N + 4 * 8 * N  # blocks of four columns and less
    how = {"max_memory": memory, "n_hops": 5}
    here = propagate_folder(folder, folder / "rows.npy", device="cpu", **how)
    there = propagate_folder(folder, folder / "rows.npy", device="cuda", **how)
    np.testing.assert_allclose(here[:], there[:], atol=1e-5)
    works = sorted((folder / "built").glob("propagated-*"))
    assert len(works) == 2
    files = [{path.name: path.stat().st_size for path in w.iterdir()} for w in works]
    assert files[0] == files[1]
    assert len(files[0]) > 4  # blocks, how they are cut, and degrees


def test_links_that_are_weighed_are_so_on_either(folder, gpu):
    labels = np.where(np.arange(N) % 3, "", np.array(["a", "b"])[np.arange(N) % 2])
    opened = TextGraph.open(folder, max_memory="1GiB")
    student = DistilledStudentClassifier(
        encoder="hashing", max_iter=20, random_state=0, device="cpu"
    )
    student.fit(opened, labels)
    model = folder / "model.safetensors"
    sklearn_tagkd.save(student, model)
    shares = [
        pd.read_parquet(
            predict_folder(
                model,
                folder,
                folder / f"on-{device}",
                probabilities=True,
                device=device,
            )
        )
        for device in ("cpu", "cuda")
    ]
    columns = [name for name in shares[0] if name not in ("node", "label")]
    np.testing.assert_allclose(shares[0][columns], shares[1][columns], atol=1e-4)
    assert len(list((folder / "built").glob("predicted-*"))) == 2


def test_a_fit_finds_no_rows_that_another_kind_of_device_rounded(folder, gpu):
    store = TextGraph.open(folder, max_memory="1GiB").by_parts
    heard = [
        heard_rows.HeardRows(store, folder / "rows.npy", None, None, device)(3, 0.1)
        for device in ("cpu", "cuda", "cpu")
    ]
    np.testing.assert_array_equal(heard[0], heard[2])
    np.testing.assert_allclose(heard[0], heard[1], atol=1e-5)
    assert len(list(folder.glob("heard-*.npy"))) == 2


def test_a_device_that_is_not_here_is_refused_before_anything(folder):
    with pytest.raises(ValueError, match="device='cuda:9' cannot be used here"):
        propagate_folder(folder, folder / "rows.npy", device="cuda:9")
    assert not list((folder / "built").glob("propagated-*"))


def test_an_encoder_is_told_where_to_run(folder, monkeypatch):
    from sklearn_tagkd.nn import sentence_encoder

    told = []

    def load(name, device):
        told.append(device)
        return HashingEncoder(8)

    monkeypatch.setattr(sentence_encoder, "load_model", load)
    embed_folder(folder, "all-MiniLM-L6-v2", device="cpu")
    assert set(told) == {"cpu"}


def test_names_of_devices_of_a_kind_are_one():
    assert propagation.mark_of("cpu") == []
    assert propagation.mark_of("cuda:1") == propagation.mark_of("cuda") == ["cuda"]
    assert propagation.place_of_columns("cpu") == "cpu"
