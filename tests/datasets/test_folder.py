import json

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import datasets
from sklearn_tagkd.exceptions import GraphFormatError


@pytest.fixture
def folder(tmp_path):
    nodes = pd.DataFrame(
        {"node": list("abc"), "text": ["x", "y", ""], "label": ["p", "", "q"]}
    )
    nodes.to_parquet(tmp_path / "nodes.parquet")
    edges = pd.DataFrame({"source": ["a"], "target": ["b"]})
    edges.to_parquet(tmp_path / "edges.parquet")
    return tmp_path


def test_read_graph(folder):
    bunch = datasets.read_graph(folder)
    assert bunch.graph.node_ids.tolist() == ["a", "b", "c"]
    assert bunch.target.tolist() == ["p", "", "q"]
    assert bunch.target_names == ["p", "q"]
    assert "answers" not in bunch
    assert "splits" not in bunch
    (folder / "answers.jsonl").write_text("")
    splits = {"one": {"train": [0, 2], "test": [1]}}
    (folder / "splits.json").write_text(json.dumps(splits))
    bunch = datasets.read_graph(str(folder))
    assert bunch.answers == folder / "answers.jsonl"
    assert bunch.splits["one"]["train"].tolist() == [0, 2]


def test_labels_may_be_missing_or_null(folder):
    nodes = pd.DataFrame({"node": ["a", "b"], "text": ["x", "y"]})
    nodes.to_parquet(folder / "nodes.parquet")
    assert datasets.read_graph(folder).target.tolist() == ["", ""]
    nodes.assign(label=["p", None]).to_parquet(folder / "nodes.parquet")
    assert datasets.read_graph(folder).target.tolist() == ["p", ""]


def test_what_is_missing_is_named(folder):
    pd.DataFrame({"from": ["a"]}).to_parquet(folder / "edges.parquet")
    with pytest.raises(GraphFormatError, match=r"edges.parquet has no column 'source'"):
        datasets.read_graph(folder)
    (folder / "edges.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"There is no edges.parquet in"):
        datasets.read_graph(folder)


@pytest.mark.parametrize(
    ("name", "nodes", "links", "classes", "unlabelled"),
    [
        ("cora", 2708, 5278, 7, 0),
        ("wikispeedia", 4598, 106534, 15, 1),
        ("products_sample", 969, 911, 22, 14),
        ("dblp_titles", 14376, 215663, 4, 0),
        ("arxiv2023_titles", 33868, 303379, 39, 0),
    ],
)
def test_real_folders(shared_data, name, nodes, links, classes, unlabelled):
    bunch = datasets.read_graph(shared_data / name)
    assert len(bunch.graph) == nodes
    assert bunch.graph.report.n_links == links
    assert len(bunch.target_names) == classes
    assert (bunch.target == "").sum() == unlabelled
    for parts in bunch.get("splits", {}).values():
        assert all(np.issubdtype(rows.dtype, np.integer) for rows in parts.values())


def test_columns_of_other_names_are_told_with_the_remedy(tmp_path):
    (tmp_path / "nodes.csv").write_text("id,body\n1,a goal\n")
    (tmp_path / "edges.csv").write_text("source,target\n")
    with pytest.raises(GraphFormatError, match=r"it has \['body', 'id'\].*from_pandas"):
        datasets.read_graph(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "nodes.csv").write_text("node,text\n1,a goal\n")
    with pytest.raises(FileNotFoundError, match="is a file: give the folder"):
        datasets.read_graph(tmp_path / "nodes.csv")
