"""A class keeps its name, whatever type its column has and whatever is missing."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import datasets
from sklearn_tagkd.exceptions import GraphFormatError

EDGES = pd.DataFrame({"source": [0], "target": [1]})


def folder_of(tmp_path, labels, kind="parquet"):
    nodes = pd.DataFrame({"node": range(len(labels)), "text": "a text"})
    nodes["label"] = labels
    if kind == "parquet":
        nodes.to_parquet(tmp_path / "nodes.parquet")
        EDGES.to_parquet(tmp_path / "edges.parquet")
    elif kind == "csv":
        nodes.to_csv(tmp_path / "nodes.csv", index=False)
        EDGES.to_csv(tmp_path / "edges.csv", index=False)
    else:
        for name, table in (("nodes", nodes), ("edges", EDGES)):
            table.to_json(tmp_path / f"{name}.jsonl", orient="records", lines=True)
    return tmp_path


LABELS = {
    "int": ([0, 1, 2], ["0", "1", "2"]),
    "int with -1": ([0, 1, -1], ["0", "1", ""]),
    "bool": ([False, True, False], ["False", "True", "False"]),
    "float": ([0.0, 1.0, 2.0], ["0", "1", "2"]),
    "float with NaN": ([0.0, np.nan, 1.0], ["0", "", "1"]),
    "float with -1": ([0.0, -1.0, 1.0], ["0", "", "1"]),
    "halves": ([0.5, np.nan, 1.0], ["0.5", "", "1.0"]),
    "Int64 with NA": (pd.array([0, None, 2], dtype="Int64"), ["0", "", "2"]),
    "boolean with NA": (
        pd.array([False, None, True], "boolean"),
        ["False", "", "True"],
    ),
    "str": (["x", "", "0"], ["x", "", "0"]),
    "str with None": (["x", None, "y"], ["x", "", "y"]),
    "category": (pd.Categorical(["x", "y", None]), ["x", "y", ""]),
    "string with NA": (pd.array(["x", pd.NA, "y"], dtype="string"), ["x", "", "y"]),
    "nothing": ([None, None, None], ["", "", ""]),
}


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(("labels", "names"), LABELS.values(), ids=LABELS)
def test_names_of_classes(tmp_path, labels, names, kind):
    bunch = datasets.read_graph(folder_of(tmp_path, labels, kind))
    assert bunch.target.tolist() == names
    assert bunch.target_names == sorted(set(names) - {""})
    assert bunch.graph.node_ids.tolist() == [0, 1, 2]


def test_no_time_is_no_label(tmp_path):
    dates = pd.to_datetime(["2020-01-01", None, "2021-01-01"])
    names = datasets.read_graph(folder_of(tmp_path, dates)).target
    assert names.tolist() == ["2020-01-01 00:00:00", "", "2021-01-01 00:00:00"]


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["x", "-1", "y"], r"label in row 1 of nodes.parquet is the string '-1'"),
        ([["x"], ["y"], ["z"]], "is a list"),
        ([b"x", b"y", b"z"], "is a bytes"),
    ],
)
def test_labels_that_are_no_names(tmp_path, labels, says):
    with pytest.raises(GraphFormatError, match=says):
        datasets.read_graph(folder_of(tmp_path, labels))


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["007", "1", ""], ["007", "1", ""]),
        (["1.50", "NA", "1"], ["1.50", "", "1"]),
        (["0.0", "nan", "1.0"], ["0", "", "1"]),
        (["NA", "None", "DE"], ["NA", "None", "DE"]),  # names of classes among names
        (["x", "NaN", "-1"], ["x", "", ""]),
        (["x", "<NA>", " "], ["x", "", " "]),
        (["1e3", "2", "-1"], ["1e3", "2", ""]),
    ],
)
def test_cells_of_csv_are_taken_at_their_word(tmp_path, cells, names):
    folder = folder_of(tmp_path, ["x"] * 3, "csv")
    rows = [f"{node},a text,{cell}" for node, cell in enumerate(cells)]
    (folder / "nodes.csv").write_text("node,text,label\n" + "\n".join(rows))
    assert datasets.read_graph(folder).target.tolist() == names


def test_evaluate_scores_the_class_0(tmp_path):
    n = 45
    words = ["goal", "vote", "rain"]
    nodes = pd.DataFrame(
        {
            "node": range(n),
            "text": [f"{words[i % 3]} text {i}" for i in range(n)],
            "label": [i % 3 for i in range(n)],
        }
    )
    nodes.to_parquet(tmp_path / "nodes.parquet")
    edges = pd.DataFrame({"source": range(n - 3), "target": range(3, n)})
    edges.to_parquet(tmp_path / "edges.parquet")
    answers = [{"node": i, "probabilities": {str(i % 3): 1.0}} for i in range(20)]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    run = subprocess.run(
        [sys.executable, "-m", "sklearn_tagkd", "evaluate", str(tmp_path),
         "--encoder", "hashing", "--seeds", "1", "--output", str(tmp_path / "out")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-800:]
    assert "25" in run.stdout  # nodes without an answer, of all three classes
