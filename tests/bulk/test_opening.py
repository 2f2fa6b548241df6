"""Folders of somebody else: what no graph has is refused before it is believed."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph import verifying
from tests.bulk.folders import write_graph

EDGES = [(0, 1), (0, 2), (1, 3), (3, 2)]
IDS = {"str": ["a", "b", "c", "d"], "int": [7, -2, 9, 4], "positions": [0, 1, 2, 3]}


def build(folder, ids="str", **options):
    write_graph(folder, IDS[ids], EDGES)
    build_links(folder, **options)
    return folder / "built"


def change(path, row, value):
    array = np.load(path)
    array[row] = value
    np.save(path, array)


def swap(path, one=0, other=1):
    array = np.load(path)
    array[[one, other]] = array[[other, one]]
    np.save(path, array)


@pytest.mark.parametrize(
    ("name", "row", "value", "message"),
    [
        ("received_neighbors.npy", 0, 99, "received_neighbors.npy names a node"),
        ("received_neighbors.npy", 0, -1, "received_neighbors.npy names a node"),
        ("received_starts.npy", 1, 99, "received_starts.npy leads back"),
        ("received_weights.npy", 0, 2, "received_weights.npy weighs links"),
        ("starts.npy", 1, -3, "starts.npy leads back"),
        ("neighbors.npy", 1, 1, "neighbors.npy does not rise"),
    ],
)
def test_links_of_both_ways_are_looked_at(tmp_path, name, row, value, message):
    built = build(tmp_path, directed=True)
    TextGraph.open(tmp_path)
    change(built / name, row, value)
    with pytest.raises(GraphFormatError, match=message):
        TextGraph.open(tmp_path)


@pytest.mark.parametrize("ids", IDS)
def test_ids_are_found_where_they_stand(tmp_path, ids, monkeypatch):
    built = build(tmp_path, ids)
    monkeypatch.setattr(verifying, "_CHUNK", 3)
    TextGraph.open(tmp_path)
    swap(built / ("ids.npy" if ids == "positions" else "id_order.npy"))
    with pytest.raises(GraphFormatError, match="not found where it stands"):
        TextGraph.open(tmp_path)


def test_neighbors_are_looked_at_across_chunks(tmp_path, monkeypatch):
    built = build(tmp_path)
    for chunk in range(1, 9):
        monkeypatch.setattr(verifying, "_CHUNK", chunk)
        assert TextGraph.open(tmp_path).report.n_links == len(EDGES)
    whole = np.load(built / "neighbors.npy")
    starts = np.load(built / "starts.npy")
    for chunk in range(1, 9):
        monkeypatch.setattr(verifying, "_CHUNK", chunk)
        for row in range(len(whole) - 1):
            if row + 1 in starts:
                continue
            swap(built / "neighbors.npy", row, row + 1)
            with pytest.raises(GraphFormatError, match="does not rise"):
                TextGraph.open(tmp_path)
            np.save(built / "neighbors.npy", whole)


def test_a_number_of_links_that_is_none_is_refused(tmp_path):
    path = build(tmp_path) / "graph.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"n_links": 3}))
    with pytest.raises(GraphFormatError, match="another number of links"):
        TextGraph.open(tmp_path)


def test_texts_that_are_no_utf_8_are_refused_without_quoting_them(tmp_path):
    built = build(tmp_path)
    change(built / "texts.npy", 0, 255)
    graph = TextGraph.open(tmp_path)
    with pytest.raises(GraphFormatError, match="String 0 is no UTF-8"):
        graph.texts  # noqa: B018


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([[0, 1], [2, np.nan], [0, 0], [0, 0]], r"features\[1, 1\] is nan"),
        ([[0, 1], [2, 3], [np.inf, 0], [0, 0]], r"features\[2, 0\] is inf"),
        (np.asfortranarray(np.ones((4, 2))), "ascontiguousarray"),
        (np.ones((4, 0)), "holds no column"),
        (np.ones((4, 2), int), "must hold float16"),
        (np.ones((3, 2)), "one row for each of the 4 nodes"),
    ],
)
def test_features_that_no_graph_can_have_are_not_built(tmp_path, features, message):
    write_graph(tmp_path, IDS["str"], EDGES)
    np.save(tmp_path / "features.npy", features)
    with pytest.raises(GraphFormatError, match=message) as told:
        build_links(tmp_path)
    assert "damaged" not in str(told.value)
    np.save(tmp_path / "features.npy", np.ones((4, 2), np.float16))
    assert build_links(tmp_path).n_links == len(EDGES)


def test_features_that_changed_to_no_number_are_told(tmp_path):
    write_graph(tmp_path, IDS["str"], EDGES)
    np.save(tmp_path / "features.npy", np.ones((4, 2)))
    build_links(tmp_path)
    change(tmp_path / "features.npy", 3, np.nan)
    for call in (TextGraph.open, build_links):
        with pytest.raises(GraphFormatError, match=r"^features\[3, 0\] is nan"):
            call(tmp_path)


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
def test_a_graph_that_was_built_anew_is_not_taken_for_the_one_that_was_opened(
    tmp_path, backbone
):
    build(tmp_path)
    graph = TextGraph.open(tmp_path, max_memory="1GiB")
    pickled = pickle.dumps(graph)
    nodes = pd.read_parquet(tmp_path / "nodes.parquet")
    nodes.assign(text=["of", "four", "other", "words"]).to_parquet(
        tmp_path / "nodes.parquet"
    )
    build_links(tmp_path)
    student = DistilledStudentClassifier(backbone, encoder="hashing", max_iter=2)
    with pytest.raises(GraphFormatError, match="built anew after it was opened"):
        student.fit(graph, ["x", "y", "x", "y"])
    with pytest.raises(GraphFormatError, match="built anew after it was opened"):
        pickle.loads(pickled)
    again = TextGraph.open(tmp_path, max_memory="1GiB")
    assert len(student.fit(again, ["x", "y", "x", "y"]).predict(again)) == 4
    assert pickle.loads(pickle.dumps(again)).texts == again.texts
