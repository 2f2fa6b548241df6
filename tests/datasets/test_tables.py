"""Tables in CSV and JSON lines; damaged and hostile files."""

import json
import os

import pandas as pd
import pytest

from sklearn_tagkd import datasets
from sklearn_tagkd.exceptions import GraphFormatError

NODES = 'node,text,label\na,"a goal, late",x\nb,"two\nlines",y\nc,,\n'
EDGES = "source,target\na,b\nb,c\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "nodes.csv").write_text(NODES)
    (tmp_path / "edges.csv").write_text(EDGES)
    return tmp_path


def test_a_folder_of_csv(folder):
    bunch = datasets.read_graph(folder)
    assert bunch.graph.texts == ["a goal, late", "two\nlines", ""]
    assert bunch.graph.node_ids.tolist() == ["a", "b", "c"]
    assert bunch.graph.report.n_links == 2
    assert bunch.target.tolist() == ["x", "y", ""]


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_of_spreadsheets(folder, delimiter, encoding):
    for name in ("nodes.csv", "edges.csv"):
        table = pd.read_csv(folder / name)
        table.to_csv(folder / name, sep=delimiter, index=False, encoding=encoding)
    assert datasets.read_graph(folder).target_names == ["x", "y"]


def test_other_letters_that_end_a_line_elsewhere(folder):
    (folder / "nodes.csv").write_text(
        "node,text\na,one\u2028two\x85three\x0bfour\nb,\nc,\n"
    )
    assert datasets.read_graph(folder).graph.texts[0] == "one\u2028two\x85three\x0bfour"


def test_a_long_text_in_csv(folder):
    long = "word " * 100_000
    (folder / "nodes.csv").write_text(f"node,text\na,{long}\nb,\nc,\n")
    assert datasets.read_graph(folder).graph.texts[0] == long


@pytest.mark.parametrize(
    ("nodes", "edges", "ids"),
    [
        ([0, 1, 2], "csv", [0, 1, 2]),
        (["00", "01", "02"], "csv", ["00", "01", "02"]),
        ([0, 1, 2], "parquet of integers", [0, 1, 2]),
        ([0, 1, 2], "parquet of strings", ["0", "1", "2"]),
        (["0", "1", "b"], "csv", ["0", "1", "b"]),
    ],
)
def test_ids_are_integers_where_all_are(folder, nodes, edges, ids):
    pd.DataFrame({"node": nodes, "text": "t"}).to_csv(folder / "nodes.csv", index=False)
    links = pd.DataFrame({"source": nodes[:2], "target": nodes[1:]})
    if edges == "csv":
        links.to_csv(folder / "edges.csv", index=False)
    else:
        (folder / "edges.csv").unlink()
        kind = str if "strings" in edges else int
        links.astype(kind).to_parquet(folder / "edges.parquet")
    graph = datasets.read_graph(folder).graph
    assert graph.node_ids.tolist() == ids
    assert graph.report.n_links == 2


def test_a_folder_of_json_lines(tmp_path):
    entries = [{"node": "a", "text": "x", "label": 0}, {"node": "b", "text": "y"}]
    lines = "\n".join(map(json.dumps, entries))
    (tmp_path / "nodes.jsonl").write_text("\ufeff" + lines, encoding="utf-8")
    (tmp_path / "edges.jsonl").write_text('{"source": "a", "target": "b"}\n')
    bunch = datasets.read_graph(tmp_path)
    assert bunch.target.tolist() == ["0", ""]
    assert bunch.graph.report.n_links == 1
    (tmp_path / "edges.jsonl").write_text("")
    assert datasets.read_graph(tmp_path).graph.report.n_links == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "nodes.csv",
            "node,text\na,b,c\n",
            "Line 2 of nodes.csv has 3 cells.*2 columns",
        ),
        ("nodes.csv", 'node,text\na,"b\n', "nodes.csv cannot be read as CSV"),
        ("nodes.csv", "id,words\na,b\n", r"no column 'node'; it has \['id', 'words'\]"),
        ("nodes.csv", "node,text,text\na,b,c\n", "two columns 'text'"),
        ("nodes.csv", "", "no column 'node'"),
        ("nodes.csv", "node,text\na,caf\xe9\n".encode("cp1252"), "Line 2.*not UTF-8"),
        ("edges.jsonl", "{", "Line 1 of edges.jsonl is not JSON"),
        ("edges.jsonl", "[]", "is no JSON object"),
        ("edges.jsonl", '{"source": "a"}', "is an object without 'target'"),
        ("edges.jsonl", '{"source": "a", "source": "b", "target": "c"}', "a key twice"),
        ("edges.jsonl", "[" * 100_000, "nested too deeply"),
        (
            "edges.parquet",
            b"PAR1" + bytes(range(200)) + b"PAR1",
            "cannot be read as Parq",
        ),
        ("edges.parquet", b"", "cannot be read as Parquet"),
        ("edges.parquet", b"source,target\n", "cannot be read as Parquet"),
    ],
)
def test_damaged_tables_are_told(folder, name, content, says):
    if not name.endswith(".csv"):
        (folder / "edges.csv").unlink()
    content = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(content)
    with pytest.raises(GraphFormatError, match=says):
        datasets.read_graph(folder)


def test_a_parquet_that_is_cut_off(folder):
    (folder / "edges.csv").unlink()
    pd.DataFrame({"source": ["a"] * 1000, "target": ["b"] * 1000}).to_parquet(
        folder / "edges.parquet"
    )
    whole = (folder / "edges.parquet").read_bytes()
    for end in (10, len(whole) // 2, len(whole) - 1):
        (folder / "edges.parquet").write_bytes(whole[:end])
        with pytest.raises(GraphFormatError, match=r"edges\.parquet cannot be read"):
            datasets.read_graph(folder)


@pytest.mark.parametrize(
    "content",
    [
        "[]", "{", "null", '{"a": 5}', '{"a": {"b": "x"}}', '{"a": {"b": [1e99]}}',
        '{"a": {"b": [-1]}}', '{"a": {"b": [3]}}', '{"a": {"b": [0.0]}}',
        '{"a": {"b": [true]}}', '{"a": {"b": [[0]]}}', '{"a": {"b": ["0"]}}',
        "[" * 100_000, f'{{"a": {{"b": [1{"0" * 5000}]}}}}', '{"a": {"b": [NaN]}}', "",
    ],
)  # fmt: skip
def test_hostile_splits_are_told(folder, content):
    (folder / "splits.json").write_text(content)
    with pytest.raises(GraphFormatError, match=r"splits.json.*from 0 to 2"):
        datasets.read_graph(folder)


def test_splits_with_a_mark_and_an_empty_part(folder):
    (folder / "splits.json").write_text('\ufeff{"a": {"b": [0, 2], "c": []}}', "utf-8")
    parts = datasets.read_graph(folder).splits["a"]
    assert parts["b"].tolist() == [0, 2]
    assert parts["c"].dtype.kind == "i"
    (folder / "splits.json").write_bytes(b'{"\xe9": {}}')
    with pytest.raises(GraphFormatError, match="is no JSON in UTF-8"):
        datasets.read_graph(folder)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no nodes.parquet.*nodes.csv or nodes"
    ):
        datasets.read_graph(tmp_path / "nowhere")
    os.mkdir(tmp_path / "nodes.parquet")
    with pytest.raises(FileNotFoundError, match=r"There is no nodes.parquet"):
        datasets.read_graph(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_weights_of_links_are_numbers_in_every_format(folder, kind):
    links = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    links["weight"] = [0.5, 2.0]
    (folder / "edges.csv").unlink()
    if kind == "csv":
        links.to_csv(folder / "edges.csv", index=False)
    elif kind == "parquet":
        links.to_parquet(folder / "edges.parquet")
    else:
        links.to_json(folder / "edges.jsonl", orient="records", lines=True)
    assert "weight" in repr(datasets.read_graph(folder).graph)
    if kind == "csv":
        links.astype({"weight": object}).assign(weight="heavy").to_csv(
            folder / "edges.csv", index=False
        )
        with pytest.raises(GraphFormatError, match=r"'weight' of edges\.csv holds"):
            datasets.read_graph(folder)
