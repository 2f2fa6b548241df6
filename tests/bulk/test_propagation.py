"""Rows propagated by blocks of columns are those that networks hear."""

import shutil

import numpy as np
import pytest
from joblib import parallel_config

from sklearn_tagkd import TextGraph
from sklearn_tagkd.bulk import build_links, propagate_folder
from sklearn_tagkd.features.input_space import GraphEmbedder, InputSpace
from sklearn_tagkd.nn import threads
from sklearn_tagkd.nn.links import weighted_sums
from sklearn_tagkd.nn.links.propagation import propagate
from tests.bulk.folders import write_graph


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    edges = random.integers(900, size=(6000, 2))
    weights = random.integers(0, 4, size=6000) / 2
    write_graph(tmp_path, list(range(900)), edges, weights=weights)
    rows = random.standard_normal((900, 21)).astype(np.float32)
    np.save(tmp_path / "features.npy", rows)
    return tmp_path


@pytest.mark.parametrize("directed", [False, True])
def test_it_is_what_networks_hear(folder, directed):
    build_links(folder, directed=directed)
    graph = TextGraph.open(folder)
    embedder = GraphEmbedder("hashing", "cpu", False, space=InputSpace(None, 21, 1.0))
    wanted = propagate(embedder.raw_inputs(graph), 10, 0.1).numpy()
    found = propagate_folder(folder, folder / "features.npy")
    assert found.shape == (900, 21)
    np.testing.assert_allclose(found[:], wanted, atol=2e-6)


def test_blocks_do_not_change_a_bit(folder):
    build_links(folder)
    whole = propagate_folder(folder, folder / "features.npy", n_hops=4)[:]
    for path in (folder / "built").glob("propagated-*/columns-*.npy"):
        path.unlink()
    (work,) = (folder / "built").glob("propagated-*")
    (work / "blocks.json").unlink()
    with parallel_config("threading", n_jobs=3):  # processes are tested with links
        parts = propagate_folder(folder, folder / "features.npy", n_hops=4)
    assert len(list(work.glob("columns-*.npy"))) == 3
    np.testing.assert_array_equal(parts[:], whole)


def test_threads_do_not_change_a_bit(folder, monkeypatch):
    build_links(folder)
    monkeypatch.setattr(weighted_sums, "_RECEIVERS", 50)
    found = []
    for n_threads in (1, 3):
        monkeypatch.setattr(threads, "worthwhile_threads", lambda *_, n=n_threads: n)
        found.append(propagate_folder(folder, folder / "features.npy")[:])
        shutil.rmtree(*(folder / "built").glob("propagated-*"))
    np.testing.assert_array_equal(*found)


def test_what_is_there_is_not_propagated_again(folder):
    build_links(folder)
    with parallel_config("threading", n_jobs=2):
        first = propagate_folder(folder, folder / "features.npy")[:]
    (work,) = (folder / "built").glob("propagated-*")
    kept, lost = sorted(work.glob("columns-*.npy"))
    before = kept.stat().st_mtime_ns
    lost.unlink()
    again = propagate_folder(folder, folder / "features.npy", n_jobs=2)
    assert kept.stat().st_mtime_ns == before
    np.testing.assert_array_equal(again[:], first)
    assert not list(work.glob("own-*"))


def test_rows_in_parts_and_in_half_precision(folder):
    build_links(folder)
    rows = np.load(folder / "features.npy").astype(np.float16)
    (folder / "parts").mkdir()
    for number, part in enumerate(np.array_split(rows, 4)):
        np.save(folder / "parts" / f"{number}.npy", part)
    np.save(folder / "whole.npy", rows)
    of_parts = propagate_folder(folder, folder / "parts")
    of_whole = propagate_folder(folder, folder / "whole.npy")
    np.testing.assert_array_equal(of_parts[5:700], of_whole[5:700])


def test_too_little_memory_is_refused_with_what_it_takes(folder):
    build_links(folder)
    with pytest.raises(ValueError, match="does not hold one column of 900 nodes"):
        propagate_folder(folder, folder / "features.npy", max_memory="10MiB")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_hops": -1}, "n_hops=-1"),
        ({"n_hops": 1.5}, "n_hops=1.5"),
        ({"n_hops": "2"}, "n_hops='2'"),
        ({"teleport": 1.5}, "teleport=1.5"),
        ({"teleport": np.nan}, "teleport=nan"),
        ({"teleport": None}, "teleport=None"),
    ],
)
def test_steps_that_are_none_are_refused(folder, given, message):
    build_links(folder)
    with pytest.raises(ValueError, match=message):
        propagate_folder(folder, folder / "features.npy", **given)


def test_numbers_of_numpy_are_numbers(folder):
    build_links(folder)
    numbers = np.int64(2), np.float64(0.25), np.int64(2**30)
    options = dict(zip(("n_hops", "teleport", "max_memory"), numbers, strict=True))
    found = propagate_folder(folder, folder / "features.npy", **options)
    again = propagate_folder(
        folder, folder / "features.npy", n_hops=2, teleport=0.25, max_memory="1GiB"
    )
    np.testing.assert_array_equal(found[:], again[:])
    assert len(list((folder / "built").glob("propagated-*"))) == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_rows_that_are_no_numbers_reach_no_neighbour(folder, dtype):
    build_links(folder)
    rows = np.ones((900, 3), dtype)
    rows[700, 1] = np.inf
    np.save(folder / "rows.npy", rows)
    with pytest.raises(ValueError, match="Row 700 holds a number that is not finite"):
        propagate_folder(folder, folder / "rows.npy")
    np.save(folder / "rows.npy", np.asfortranarray(rows))
    with pytest.raises(ValueError, match="ascontiguousarray"):
        propagate_folder(folder, folder / "rows.npy")
    np.save(folder / "rows.npy", rows[:, :0])
    with pytest.raises(ValueError, match="no column"):
        propagate_folder(folder, folder / "rows.npy")


def test_rows_of_other_nodes_are_refused(folder):
    build_links(folder)
    np.save(folder / "few.npy", np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="3 rows"):
        propagate_folder(folder, folder / "few.npy")
    np.save(folder / "words.npy", np.array([["a"]]))
    with pytest.raises(ValueError, match="no array of numbers"):
        propagate_folder(folder, folder / "words.npy")
    np.save(folder / "words.npy", np.zeros((900, 2), dtype=np.int64))
    with pytest.raises(ValueError, match="Expected float16 or float32"):
        propagate_folder(folder, folder / "words.npy")
