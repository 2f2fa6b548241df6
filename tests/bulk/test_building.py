"""A graph that is built in a folder is the one that is built in memory."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.exceptions import GraphFormatError
from tests.bulk.folders import write_graph


def assert_same(stored, memory):
    assert stored.report == memory.report
    assert stored.texts == memory.texts
    assert list(stored.node_ids) == list(memory.node_ids)
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(
            getattr(stored.adjacency, name), getattr(memory.adjacency, name)
        )


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 30))
    kind = draw(st.sampled_from(["str", "int", "position"]))
    ids = list(range(n))
    if kind == "int":
        ids = draw(
            st.lists(st.integers(-(2**62), 2**62), min_size=n, max_size=n, unique=True)
        )
    elif kind == "str":
        letters = st.text(
            st.characters(codec="utf-8", exclude_characters="\x00"), max_size=9
        )
        ids = draw(st.lists(letters, min_size=n, max_size=n, unique=True))
    end = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(end, end), max_size=120))
    weights = None
    if draw(st.booleans()):
        weights = [draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])) for _ in edges]
    return ids, edges, weights, draw(st.booleans())


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_a_graph_is_the_same_on_disk_and_in_memory(graph):
    ids, edges, weights, directed = graph
    with TemporaryDirectory() as name:
        folder = Path(name)
        texts, links = write_graph(folder, ids, edges, weights=weights, rows=7)
        report = build_links(folder, directed=directed, max_memory="4KiB")
        stored = TextGraph.open(folder)
        memory = TextGraph(
            texts, links, node_ids=ids, directed=directed, weights=weights
        )
        assert report == stored.report
        assert_same(stored, memory)
        asked = [*ids[:5], "no such id", 2**62 + 1, None, 0.5]
        np.testing.assert_array_equal(stored.positions(asked), memory.positions(asked))


def test_many_pieces_make_the_same_bytes_as_few(tmp_path):
    random = np.random.default_rng(0)
    edges = random.integers(3000, size=(30_000, 2))
    built = []
    for name, memory, n_jobs in (("few", "1GiB", 1), ("many", "1MiB", 2)):
        folder = tmp_path / name
        folder.mkdir()
        write_graph(folder, [f"n{i}" for i in range(3000)], edges, rows=1000)
        build_links(folder, max_memory=memory, n_jobs=n_jobs)
        files = sorted((folder / "built").glob("*.npy"))
        built.append({path.name: path.read_bytes() for path in files})
        assert not list((folder / "built").glob("pieces-*"))
    assert built[0] == built[1]


def test_csv_is_read_as_it_is_in_memory(tmp_path):
    write_graph(
        tmp_path, [7, 9, 11], [(0, 1), (1, 2)], texts=['a, "b"\nc', "", "ü"], kind="csv"
    )
    build_links(tmp_path)
    graph = TextGraph.open(tmp_path)
    assert graph.texts == ['a, "b"\nc', "", "ü"]
    assert graph.node_ids.tolist() == [7, 9, 11]
    assert graph.report.n_links == 2


def test_ids_of_csv_that_are_no_integers_stay_strings(tmp_path):
    write_graph(tmp_path, ["007", "7", "8"], [(0, 1), (1, 2)], kind="csv")
    build_links(tmp_path)
    assert TextGraph.open(tmp_path).node_ids.tolist() == ["007", "7", "8"]


def test_tables_may_lie_in_folders_of_files(tmp_path):
    (tmp_path / "nodes").mkdir()
    (tmp_path / "edges").mkdir()
    for part in range(3):
        ids = [f"{part}-{i}" for i in range(4)]
        nodes = pd.DataFrame({"node": ids, "text": ids})
        nodes.to_parquet(tmp_path / "nodes" / f"{part}.parquet")
        edges = pd.DataFrame({"source": ids[:1], "target": ids[1:2]})
        edges.to_parquet(tmp_path / "edges" / f"{part}.parquet")
    build_links(tmp_path)
    graph = TextGraph.open(tmp_path)
    assert graph.report.n_links == 3
    assert graph.texts[5] == "1-1"


def test_a_pickle_holds_the_folder_and_no_more(tmp_path):
    write_graph(tmp_path, list(range(500)), [(0, 1)])
    build_links(tmp_path)
    pickled = pickle.dumps(TextGraph.open(tmp_path)[[3, 1]])
    assert len(pickled) < 1000
    assert pickle.loads(pickled).texts == ["tëxt of 3", "tëxt of 1"]


def test_another_table_is_built_anew(tmp_path):
    write_graph(tmp_path, [0, 1, 2], [(0, 1)])
    assert build_links(tmp_path).n_links == 1
    write_graph(tmp_path, [0, 1, 2], [(0, 1), (1, 2)])
    assert build_links(tmp_path).n_links == 2
    assert TextGraph.open(tmp_path).report.n_links == 2


def test_killed_and_run_again_it_goes_on_to_the_same_bytes(tmp_path):
    random = np.random.default_rng(0)
    edges = random.integers(2000, size=(60_000, 2))
    folders = [tmp_path / name for name in ("whole", "killed")]
    for folder in folders:
        folder.mkdir()
        write_graph(folder, [f"n{i}" for i in range(2000)], edges, rows=2000)
    code = (
        "import sys; from sklearn_tagkd.bulk import build_links;"
        "build_links(sys.argv[1], max_memory='1MiB')"
    )
    build_links(folders[0], max_memory="1MiB")
    for wait in (0.0, 0.01, 0.05):
        # As soon as a few pieces are there, it is killed, whatever it is at.
        job = subprocess.Popen([sys.executable, "-c", code, str(folders[1])])
        pieces = folders[1] / "built"
        while job.poll() is None and len(list(pieces.glob("pieces-*/*.npy"))) < 3:
            time.sleep(0.005)
        time.sleep(wait)
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
    build_links(folders[1], max_memory="1MiB")
    whole, killed = (
        {path.name: path.read_bytes() for path in (folder / "built").glob("*.npy")}
        for folder in folders
    )
    assert whole == killed
    assert not list((folders[1] / "built").glob(".*"))


FAULTS = {
    "unknown end": (
        {"node": ["a"], "text": ["t"]},
        {"source": ["a"], "target": ["b"]},
        "'b' for its target",
    ),
    "id twice": (
        {"node": ["a", "b", "a"], "text": ["", "", ""]},
        {"source": ["a"], "target": ["b"]},
        "Rows 0 and 2 of the nodes bear the same id",
    ),
    "number twice": (
        {"node": [4, 5, 4], "text": ["", "", ""]},
        {"source": [4], "target": [5]},
        "Rows 0 and 2 of the nodes bear the same id, 4",
    ),
    "no text": (
        {"node": ["a"]},
        {"source": ["a"], "target": ["a"]},
        "no column 'text'",
    ),
    "ids of another kind": (
        {"node": [0.5, 1.5], "text": ["", ""]},
        {"source": [0.5], "target": [1.5]},
        "Ids are strings or integers",
    ),
    "ends of another kind": (
        {"node": ["1", "2"], "text": ["", ""]},
        {"source": [1], "target": [2]},
        "ends of the edges numbers",
    ),
    "no number": (
        {"node": ["a", "b"], "text": ["", ""]},
        {"source": ["a"], "target": ["b"], "weight": ["secret"]},
        "no number",
    ),
    "a negative weight": (
        {"node": ["a", "b"], "text": ["", ""]},
        {"source": ["a"], "target": ["b"], "weight": [-1.0]},
        "-1",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_tables_that_make_no_graph_are_refused(tmp_path, fault):
    nodes, edges, message = FAULTS[fault]
    pd.DataFrame(nodes).to_parquet(tmp_path / "nodes.parquet")
    pd.DataFrame(edges).to_parquet(tmp_path / "edges.parquet")
    with pytest.raises(GraphFormatError, match=message):
        build_links(tmp_path)
    with pytest.raises(FileNotFoundError, match="No graph was built"):
        TextGraph.open(tmp_path)


def test_a_damaged_file_is_refused_and_nothing_follows_it(tmp_path):
    write_graph(tmp_path, ["a", "b", "c"], [(0, 1), (1, 2)])
    build_links(tmp_path)
    built = tmp_path / "built"
    for path in sorted(built.glob("*.npy")):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(GraphFormatError, match="damaged"):
            TextGraph.open(tmp_path)
        path.write_bytes(whole)
    neighbors = built / "neighbors.npy"
    whole = neighbors.read_bytes()
    neighbors.write_bytes(whole[:-4] + np.int32(9).tobytes())
    with pytest.raises(GraphFormatError, match="does not exist"):
        TextGraph.open(tmp_path)
    neighbors.write_bytes(whole)
    weights = built / "weights.npy"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"\x02")
    with pytest.raises(GraphFormatError, match="links that have no weights"):
        TextGraph.open(tmp_path)
    weights.write_bytes(whole)
    said = json.loads((built / "graph.json").read_text())
    for name, value in (("format", 9), ("n_nodes", -1), ("ids", "x"), ("directed", 1)):
        (built / "graph.json").write_text(json.dumps(said | {name: value}))
        with pytest.raises(GraphFormatError):
            TextGraph.open(tmp_path)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_flipped_bits_give_a_graph_or_our_own_error(data):
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_graph(folder, ["a", "b", "c"], [(0, 1), (1, 2)])
        build_links(folder)
        path = data.draw(st.sampled_from(sorted((folder / "built").iterdir())))
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(bytes(content))
        try:
            graph = TextGraph.open(folder)
        except GraphFormatError:
            return
        assert graph.adjacency.sum() >= 0
        graph.positions(["a"])


def test_a_missing_column_is_told_of_the_file_that_was_given(tmp_path):
    pd.DataFrame({"name": ["a"], "text": ["t"]}).to_csv(tmp_path / "nodes.csv")
    pd.DataFrame({"source": [], "target": []}).to_csv(tmp_path / "edges.csv")
    with pytest.raises(
        GraphFormatError, match=r"nodes.csv has no column .node.; .*Rename"
    ):
        build_links(tmp_path)
