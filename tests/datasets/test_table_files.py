"""A table is a file, or a folder of files; where there are two, nobody guesses."""

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import TextGraph, datasets
from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.datasets.documents import read_documents
from sklearn_tagkd.datasets.folder_tables import read_folder
from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.table_files import find_table, table_files
from sklearn_tagkd.exceptions import GraphFormatError

NODES = pd.DataFrame({"node": range(7), "text": [*"tuvwxyz"], "label": [*"abababa"]})
EDGES = pd.DataFrame({"source": [0, 2, 4, 1], "target": [1, 3, 5, 3]})
EDGES["weight"] = [0.5, 1.0, 1.5, 2.0]
WRITERS = {
    "parquet": pd.DataFrame.to_parquet,
    "csv": lambda table, path: table.to_csv(path, index=False),
    "jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
}


def write(table, path):
    path.parent.mkdir(exist_ok=True, parents=True)
    WRITERS[path.suffix[1:]](table, path)


def write_parts(table, folder, kind="parquet"):
    """In parts of other sizes than anything is read in, beside files of an engine."""
    for number, rows in enumerate((slice(3), slice(3, 3), slice(3, 4), slice(4, None))):
        write(table[rows], folder / f"part-{number}.{kind}")
    (folder / "_SUCCESS").touch()
    (folder / f".part-0.{kind}.crc").write_bytes(b"crc")
    (folder / f"_metadata.{kind}").write_bytes(b"no table")


@pytest.fixture(params=list(WRITERS))
def kind(request):
    return request.param


@pytest.fixture
def whole(tmp_path):
    write(NODES, tmp_path / "whole" / "nodes.parquet")
    write(EDGES, tmp_path / "whole" / "edges.parquet")
    return datasets.read_graph(tmp_path / "whole")


@pytest.mark.parametrize("called", ["{}", "{}.parquet"])
def test_folders_of_files_are_tables(tmp_path, whole, kind, called):
    """Spark calls folders as files."""
    for name, table in (("nodes", NODES), ("edges", EDGES)):
        write_parts(table, tmp_path / called.format(name), kind)
    bunch = datasets.read_graph(tmp_path)
    assert bunch.target.tolist() == whole.target.tolist()
    assert bunch.graph.node_ids.tolist() == list(range(7))
    assert bunch.graph.texts == whole.graph.texts
    assert (bunch.graph.adjacency != whole.graph.adjacency).nnz == 0
    tables = read_folder(tmp_path, Layout())
    assert (tables.ids, tables.texts) == (list(range(7)), NODES["text"].tolist())
    assert tables.links.tolist() == EDGES[["source", "target"]].to_numpy().tolist()
    assert tables.weights.tolist() == EDGES["weight"].tolist()
    assert build_links(tmp_path).n_links == 4
    built = TextGraph.open(tmp_path)
    assert built.texts == whole.graph.texts
    assert (built.adjacency != whole.graph.adjacency).nnz == 0


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 6, 7, 100])
def test_parts_have_as_many_nodes_wherever_files_end(tmp_path, kind, n_rows):
    numbers = NODES.assign(v=np.arange(7.0), text=NODES["text"].where(NODES.node != 3))
    write_parts(numbers, tmp_path / "nodes", kind)
    layout = Layout(features=("v",))
    parts = list(read_documents(tmp_path / "nodes", layout, None, n_rows))
    assert [len(part) for part in parts[:-1]] == [n_rows] * ((7 - 1) // n_rows)
    assert sum(map(len, parts)) == 7
    features = np.concatenate([part.features for part in parts])
    assert features.ravel().tolist() == list(range(7))
    assert [label for part in parts for label in part.labels] == list("abababa")
    texts = [text for part in parts for text in part.texts]
    assert texts == numbers["text"].fillna("").tolist()
    n_missing = 0 if kind == "csv" else 1  # which writes nothing as ''
    assert sum(part.n_missing for part in parts) == n_missing


def test_a_folder_without_a_row_is_a_table_without_one(tmp_path):
    write(NODES[:0], tmp_path / "nodes" / "part-0.parquet")
    (part,) = read_documents(tmp_path / "nodes", Layout(), None)
    assert len(part) == 0
    with pytest.raises(GraphFormatError, match="nodes has no row"):
        read_folder(tmp_path, Layout())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nodes.parquet", "nodes.csv"),
        ("nodes.csv", "nodes.jsonl"),
        ("nodes.parquet", "nodes/part-0.parquet"),
        ("nodes.csv", "nodes.parquet/part-0.parquet"),
        ("edges.parquet", "edges.jsonl"),
        ("edges.csv", "edges/part-0.csv"),
    ],
)
def test_two_places_of_a_table_are_refused(tmp_path, one, other):
    name = one[:5]
    table, left, beside = (
        (NODES, EDGES, "edges.csv") if name == "nodes" else (EDGES, NODES, "nodes.csv")
    )
    write(left, tmp_path / beside)
    write(table, tmp_path / one)
    write(table, tmp_path / other)
    first, second = sorted([one, other.partition("/")[0]])
    for read in (
        datasets.read_graph,
        build_links,
        lambda folder: read_folder(folder, Layout()),
    ):
        with pytest.raises(GraphFormatError, match=f"table of {name}") as error:
            read(tmp_path)
        assert first in str(error.value)
        assert second in str(error.value)
    named = {name: other.partition("/")[0]}
    assert len(read_folder(tmp_path, Layout(**named)).links) == 4
    assert build_links(tmp_path, **named).n_links == 4


def test_what_is_no_table_is_in_nobodys_way(tmp_path):
    write(NODES, tmp_path / "nodes.csv")
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "notes.txt").touch()
    (tmp_path / "nodes" / "old.csv").mkdir()
    (tmp_path / "nodes.parquet").mkdir()
    assert find_table(tmp_path, "nodes") == tmp_path / "nodes.csv"
    assert table_files(tmp_path / "nodes") == []
    with pytest.raises(GraphFormatError, match="nodes holds no file of a format"):
        Layout(nodes="nodes").nodes_path(tmp_path)


def test_files_of_a_folder_are_of_one_format(tmp_path):
    write_parts(NODES, tmp_path / "nodes")
    write(NODES, tmp_path / "nodes" / "more.csv")
    with pytest.raises(GraphFormatError, match=r"more\.csv and part-3\.parquet"):
        datasets.read_graph(tmp_path)


def test_errors_name_the_file_and_its_row(tmp_path):
    write(NODES[:3], tmp_path / "nodes" / "a.jsonl")
    (tmp_path / "nodes" / "b.jsonl").write_text('{"node": 9, "text": 5}\n')
    with pytest.raises(GraphFormatError, match=r"row 1 of b\.jsonl"):
        read_folder(tmp_path, Layout())
    write(NODES[3:], tmp_path / "nodes" / "b.jsonl")
    write(EDGES, tmp_path / "edges" / "a.jsonl")
    lines = [{"source": 0, "target": 6}, {"source": 0, "target": 77}]
    (tmp_path / "edges" / "b.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(GraphFormatError, match=r"target in row 2 of b\.jsonl is 77"):
        read_folder(tmp_path, Layout())


def test_features_are_as_many_in_every_file(tmp_path):
    for name, width in (("a", 2), ("b", 3)):
        rows = [{"node": f"{name}{i}", "text": "t", "v": [0.5] * width} for i in (0, 1)]
        path = tmp_path / "nodes" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(
        GraphFormatError, match=r"row 1 of b\.jsonl on .* 3 .* before 2"
    ):
        read_folder(tmp_path, Layout(features=("v",)))
