"""Tables as people have them: names of columns, kinds of files, what is missing."""

import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sklearn_tagkd import TextGraph
from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.exceptions import GraphFormatError

NODES = {"node": ["a", "b", "c"], "text": ["goal", "vote", "late goal"]}
EDGES = {"source": ["a", "b"], "target": ["b", "c"]}


def write(folder, name, table, kind="parquet"):
    frame = pd.DataFrame(table)
    path = folder / f"{name}.{kind}"
    path.parent.mkdir(exist_ok=True)
    if kind == "jsonl":
        lines = [
            json.dumps(dict(zip(table, row, strict=True)))
            for row in zip(*table.values(), strict=True)
        ]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    elif kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep={"csv": ",", "tsv": "\t"}[kind])


def opened(folder, **options):
    report = build_links(folder, **options)
    graph = TextGraph.open(folder)
    assert graph.report == report
    return graph


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_columns_may_have_other_names(tmp_path, kind):
    nodes = {"year": [1, 2, 3], "paper": NODES["node"], "abstract": NODES["text"]}
    edges = {"citing": ["a", "b", "a"], "cited": ["b", "c", "b"], "times": [1.0, 2, 3]}
    write(tmp_path, "nodes", nodes, kind)
    write(tmp_path, "edges", edges, kind)
    names = {"node": "paper", "text": "abstract", "source": "citing", "target": "cited"}
    plain = opened(tmp_path, **names)
    assert (plain.texts, plain.node_ids.tolist()) == (NODES["text"], NODES["node"])
    assert (plain.report.n_links, plain.report.duplicate_links) == (2, 1)
    weighed = opened(tmp_path, **names, weight="times", directed=True)
    assert weighed.adjacency[[0], [1]] == 3  # the greatest counts
    assert opened(tmp_path, **names, directed=True).adjacency[[0], [1]] == 1
    with pytest.raises(
        GraphFormatError, match=r"without 'node'|no column 'node'; .*node='...'"
    ):
        build_links(tmp_path)
    with pytest.raises(GraphFormatError, match=r"edges.* (has no column|without) 'w'"):
        build_links(tmp_path, **names, weight="w")


@pytest.mark.parametrize("kind", ["parquet", "csv", "tsv", "jsonl"])
def test_tables_may_have_other_names_and_lie_in_folders(tmp_path, kind):
    for part in range(3):
        one = {name: cells[part : part + 1] for name, cells in NODES.items()}
        write(tmp_path, f"papers/{part}", one, kind)
    (tmp_path / "papers" / "_SUCCESS").touch()
    (tmp_path / "papers" / f".0.{kind}").write_text("not a table")
    write(tmp_path, "cites", EDGES, kind)
    graph = opened(tmp_path, nodes="papers", edges=f"cites.{kind}")
    assert (graph.texts, graph.n_links) == (NODES["text"], 2)


def test_a_folder_of_a_files_name_is_one_of_files(tmp_path):
    for name, table in (("nodes", NODES), ("edges", EDGES)):
        (tmp_path / f"{name}.parquet").mkdir()
        pd.DataFrame(table).to_parquet(tmp_path / f"{name}.parquet" / "part-0.parquet")
    assert opened(tmp_path).n_links == 2


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("missing", [[1], [0, 1, 2]])
def test_missing_texts_count_as_none_and_are_told(tmp_path, kind, missing):
    texts = [None if i in missing else text for i, text in enumerate(NODES["text"])]
    write(tmp_path, "nodes", NODES | {"text": texts}, kind)
    write(tmp_path, "edges", EDGES, kind)
    with pytest.warns(UserWarning, match=f"{len(missing)} of 3 texts are missing"):
        build_links(tmp_path)
    assert TextGraph.open(tmp_path).texts == [text or "" for text in texts]
    build_links(tmp_path)  # told once


def test_without_a_table_of_edges_there_are_no_links(tmp_path):
    write(tmp_path, "nodes", NODES)
    with pytest.warns(UserWarning, match="no table of edges .*edges='...'"):
        report = build_links(tmp_path)
    assert (report.n_links, report.isolated_nodes) == (0, 3)
    assert TextGraph.open(tmp_path).adjacency.nnz == 0
    with pytest.raises(FileNotFoundError, match=r"There is no cites.csv"):
        build_links(tmp_path, edges="cites.csv")
    write(tmp_path, "edges", EDGES)
    assert build_links(tmp_path).n_links == 2


LONG = "x" * 70_000
IDS = {
    "negative": [-5, 0, 2**63 - 1],
    "small and large": [0, 2**40, -(2**63)],
    "unsigned": np.array([1, 2, 3], dtype=np.uint64),
    "small unsigned": np.array([1, 2, 3], dtype=np.uint8),
    "whole floats": [1.0, 2.0, -7.0],
    "strings of all lengths": ["", "a", LONG],
    "one letter in two ways": ["é", "e\u0301", "\u212b"],
    "look like numbers": ["1", "01", "1.0"],
    "null letter": ["a", "a\x00", "a\x00b"],
    "categories": pd.Categorical(["u", "v", "w"]),
}


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("name", IDS)
def test_ids_of_any_kind(tmp_path, name, kind):
    ids = list(IDS[name]) if kind == "jsonl" else IDS[name]
    if kind == "jsonl" and isinstance(ids[0], np.generic):
        ids = [i.item() for i in ids]
    if kind == "jsonl" and "" in ids:
        ids[0] = " "
    nodes = pd.DataFrame({"node": ids, "text": NODES["text"]})
    write(tmp_path, "nodes", nodes.to_dict("list") if kind == "jsonl" else nodes, kind)
    ends = nodes["node"].iloc[[0, 1]].reset_index(drop=True)
    others = nodes["node"].iloc[[1, 2]].reset_index(drop=True)
    edges = pd.DataFrame({"source": ends, "target": others})
    write(tmp_path, "edges", edges.to_dict("list") if kind == "jsonl" else edges, kind)
    graph = opened(tmp_path)
    wanted = [int(i) if isinstance(i, float) else i for i in nodes["node"].tolist()]
    assert graph.node_ids.tolist() == wanted
    assert graph.positions(wanted).tolist() == [0, 1, 2]
    assert graph.adjacency.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(tmp_path, delimiter):
    text = f'"a ""quoted""{delimiter} text\r\nof two lines"'
    rows = [["note", " node", "text "], ["", "1", text], ["", "2", ""], ["", "3", "é"]]
    content = "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    (tmp_path / "nodes.csv").write_bytes(content.encode())
    (tmp_path / "edges.csv").write_text(f"target{delimiter}source\n2{delimiter}1\n")
    graph = opened(tmp_path, directed=True)
    expected = f'a "quoted"{delimiter} text\r\nof two lines'
    assert graph.texts == [expected, "", "é"]
    assert graph.node_ids.tolist() == [1, 2, 3]
    assert graph.adjacency.toarray()[0].tolist() == [0, 1, 0]


def test_a_cell_of_csv_may_be_longer_than_what_is_read_at_a_time(tmp_path):
    long = "word " * 4_000_000
    write(tmp_path, "nodes", NODES | {"text": ["", long, ""]}, "csv")
    write(tmp_path, "edges", EDGES, "csv")
    assert opened(tmp_path).texts[1] == long


def test_a_table_that_changed_is_read_anew_whatever_its_clock_says(tmp_path):
    write(tmp_path, "nodes", NODES, "csv")
    write(tmp_path, "edges", EDGES, "csv")
    build_links(tmp_path)
    write(tmp_path, "nodes", NODES | {"text": ["other", "texts", "now"]}, "csv")
    os.utime(tmp_path / "nodes.csv", (0, 0))  # as of a copy that keeps times
    assert opened(tmp_path).texts == ["other", "texts", "now"]
    assert len(list((tmp_path / "built" / "tables").iterdir())) == 2


def parquet(folder, name, **columns):
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def raw(name, content):
    return lambda folder: (folder / name).write_bytes(content)


FAULTS = {
    "no folder": (lambda f: (f / "nodes.parquet").unlink(), FileNotFoundError, "nodes"),
    "no table": (raw("nodes.parquet", b"PAR1"), None, "cannot be read as Parquet"),
    "empty file": (raw("edges.parquet", b""), None, "cannot be read as Parquet"),
    "empty CSV": (raw("edges.csv", b""), None, "has no column 'source'"),
    "ragged CSV": (
        raw("edges.csv", b"source,target\na,b\na,b,c\n"),
        None,
        "Line 3 of edges.csv has 3 cells",
    ),
    "no UTF-8": (raw("edges.csv", b"source,target\na,\xff\n"), None, "not UTF-8"),
    "an open quote": (
        raw("edges.csv", b'source,target\na,"b\n'),
        None,
        "edges.csv cannot be read as CSV",
    ),
    "two columns": (
        raw("edges.csv", b"source,target,source\na,b,c\n"),
        None,
        "two columns 'source'",
    ),
    "an empty end": (raw("edges.csv", b"source,target\na,\n"), None, "Row 0 of edges"),
    "no JSON": (raw("edges.jsonl", b'{"source": "a"\n'), None, "Line 1 of edges.jsonl"),
    "no object": (raw("edges.jsonl", b"[1, 2]\n"), None, "no JSON object"),
    "half of a letter": (
        raw("edges.jsonl", b'{"source": "a", "target": "\\ud800"}\n'),
        None,
        "Row 0 of edges.jsonl",
    ),
    "both kinds": (
        raw(
            "edges.jsonl",
            b'{"source": "a", "target": "b"}\n{"source": 1, "target": "b"}\n',
        ),
        None,
        "numbers in some rows",
    ),
    "true": (
        raw("edges.jsonl", b'{"source": true, "target": "b"}\n'),
        None,
        "a bool in the column 'source'",
    ),
    "too large": (
        raw("edges.jsonl", b'{"source": 9223372036854775808, "target": "b"}\n'),
        None,
        "integers of 64 bits",
    ),
    "no weight": (
        raw(
            "edges.jsonl",
            b'{"source": "a", "target": "b", "weight": 1}\n'
            b'{"source": "a", "target": "c"}\n',
        ),
        None,
        "weight",
    ),
    "numbers for strings": (
        lambda f: parquet(f, "edges", source=[1], target=[2]),
        None,
        "nodes are strings, and the ends of the edges numbers",
    ),
    "broken numbers": (
        lambda f: parquet(f, "edges", source=[1.5], target=[2.0]),
        None,
        "strings, and the ends",
    ),
    "lists": (
        lambda f: parquet(f, "edges", source=[["a"]], target=["b"]),
        None,
        "is of type list.*Ids are strings or integers",
    ),
    "nothing": (
        lambda f: parquet(f, "edges", source=pa.nulls(1), target=["b"]),
        None,
        "'source' of edges.parquet has empty cells",
    ),
    "an empty cell": (
        lambda f: parquet(f, "edges", source=["a", None], target=["b", "b"]),
        None,
        "'source' of the edges has empty cells",
    ),
    "a weight that is none": (
        lambda f: parquet(f, "edges", source=["a"], target=["b"], weight=[np.nan]),
        None,
        "weight",
    ),
    "bytes that are no text": (
        lambda f: parquet(
            f,
            "nodes",
            node=["a", "b"],
            text=pa.array([b"ok", b"\xff"]).view(pa.string()),
        ),
        None,
        "a string that is no UTF-8",
    ),
    "numbers for texts": (
        lambda f: parquet(f, "nodes", node=["a", "b", "c"], text=[1, 2, 3]),
        None,
        "'text' of nodes is of type int64, not of strings",
    ),
    "a number too large": (
        lambda f: parquet(f, "nodes", node=pa.array([2**63], pa.uint64()), text=[""]),
        None,
        "no integers of 64 bits",
    ),
    "broken floats": (
        lambda f: parquet(f, "nodes", node=[0.5, 1.0], text=["", ""]),
        None,
        "no integers of 64 bits",
    ),
    "no row": (
        lambda f: parquet(f, "nodes", node=pa.array([], pa.string()), text=[]),
        None,
        "the table of nodes is empty",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told_and_nothing_is_built(tmp_path, fault):
    spoil, kind, message = FAULTS[fault]
    write(tmp_path, "nodes", NODES)
    write(tmp_path, "edges", EDGES)
    before = set(tmp_path.iterdir())
    spoil(tmp_path)
    if set(tmp_path.iterdir()) > before:  # a table of another kind, in its place
        (tmp_path / "edges.parquet").unlink()
    with pytest.raises(kind or GraphFormatError, match=message) as told:
        build_links(tmp_path)
    assert "vote" not in str(told.value)
    with pytest.raises(FileNotFoundError, match="No graph was built"):
        TextGraph.open(tmp_path)


def test_files_that_differ_are_told_before_anything_is_read(tmp_path):
    write(tmp_path, "nodes/0", NODES)
    write(tmp_path, "nodes/1", {"node": [4, 5], "text": ["", ""]})
    with pytest.raises(GraphFormatError, match="integers in one file and strings"):
        build_links(tmp_path)
    (tmp_path / "nodes" / "1.parquet").write_bytes(b"PAR1 not at all PAR1")
    with pytest.raises(GraphFormatError, match=r"1.parquet cannot be read"):
        build_links(tmp_path)


def test_long_ids_are_not_quoted_whole(tmp_path):
    write(tmp_path, "nodes", NODES)
    write(tmp_path, "edges", {"source": ["a"], "target": [LONG]})
    with pytest.raises(GraphFormatError, match="no node's id") as told:
        build_links(tmp_path)
    assert len(str(told.value)) < 400


def test_a_file_where_a_folder_is_expected(tmp_path):
    write(tmp_path, "nodes", NODES)
    with pytest.raises(FileNotFoundError, match="is a file, not a folder"):
        build_links(tmp_path / "nodes.parquet")
    with pytest.raises(FileNotFoundError, match="is not there"):
        build_links(tmp_path / "nothing")


LARGE = [2**53, 2**53 + 1, -(2**63)]


def test_large_integers_of_csv_are_integers(tmp_path):
    write(tmp_path, "nodes", {"node": LARGE, "text": ["a", "b", "c"]}, "csv")
    edges = {"source": LARGE[:2], "target": LARGE[1:]}
    write(tmp_path, "edges", edges, "parquet")
    graph = opened(tmp_path)
    assert graph.node_ids.tolist() == LARGE
    assert graph.adjacency.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_that_stand_for_several_integers_are_no_ids(tmp_path, kind, dtype):
    last = 2**24 if dtype is np.float32 and kind == "parquet" else 2**53
    ids = [last - 1, last, last + 1]
    write(tmp_path, "nodes", {"node": ids, "text": ["a", "b", "c"]}, "parquet")
    for end, is_exact in ((last - 1, True), (last + 2, False)):
        ends = {"source": [float(end)], "target": [float(last - 2 + is_exact)]}
        if kind == "parquet":
            ends = {name: np.array(column, dtype) for name, column in ends.items()}
        write(tmp_path, "edges", ends, kind)
        if is_exact:
            assert build_links(tmp_path).self_loops == 1
        else:
            with pytest.raises(GraphFormatError, match=r"as floats|holds a float"):
                build_links(tmp_path)


def test_an_empty_table_of_nodes_is_called_so(tmp_path):
    (tmp_path / "nodes.jsonl").write_text("")
    write(tmp_path, "edges", EDGES)
    with pytest.raises(GraphFormatError, match="no node: the table of nodes is empty"):
        build_links(tmp_path)


def test_files_of_two_formats_are_not_half_read(tmp_path):
    (tmp_path / "nodes").mkdir()
    write(tmp_path / "nodes", "first", NODES, "parquet")
    write(tmp_path / "nodes", "second", NODES, "csv")
    with pytest.raises(GraphFormatError, match=r"first.parquet and second.csv"):
        build_links(tmp_path)
