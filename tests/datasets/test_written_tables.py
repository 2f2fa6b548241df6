"""Tables that are written, joined, and read again: the same values in every format."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.datasets.node_index import NodeIndex
from sklearn_tagkd.datasets.parts import PartFolder
from sklearn_tagkd.datasets.tables import read_parts
from sklearn_tagkd.datasets.writing import join_tables, write_table
from sklearn_tagkd.exceptions import GraphFormatError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = TEXTS.filter(str.strip)
SUFFIXES = ["csv", "tsv", "parquet", "jsonl"]


@settings(max_examples=25)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, st.integers(-9, 9)), min_size=1, max_size=9),
    names=st.lists(
        TEXTS.filter(str.strip), min_size=3, max_size=3, unique_by=str.strip
    ),
    n_rows=st.integers(1, 4),
    suffix=st.sampled_from(SUFFIXES),
)
def test_parts_that_are_joined_are_the_table(
    tmp_path_factory, rows, names, n_rows, suffix
):
    folder = tmp_path_factory.mktemp("tables")
    names = [name.strip() for name in names]  # as the header of CSV is read
    starts = range(0, len(rows), n_rows)
    paths = [folder / f"{start}.{suffix}" for start in starts]
    for start, path in zip(starts, paths, strict=True):
        columns = zip(*rows[start : start + n_rows], strict=True)
        write_table(path, dict(zip(names, map(list, columns), strict=True)))
    whole = folder / f"whole.{suffix}"
    join_tables(paths, whole)
    parts = list(read_parts(whole, set(names), set(), n_rows))
    assert len(parts) == math.ceil(len(rows) / n_rows)
    assert all(len(part[names[0]]) == n_rows for part in parts[:-1])
    found = [
        (*texts, int(number))
        for part in parts
        for *texts, number in zip(*(part[name] for name in names), strict=True)
    ]
    assert found == rows


@pytest.mark.parametrize("ending", ["csv", "tsv"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_header_in_quotes_is_read_whatever_stands_between(tmp_path, ending, between):
    path = tmp_path / f"t.{ending}"
    path.write_bytes(between.join(['"a"', '"b"']).encode() + b"\n")
    (part,) = read_parts(path, {"a", "b"})
    assert part == {"a": [], "b": []}
    path.write_bytes(b'"a"b\n')
    with pytest.raises(GraphFormatError, match="cannot be read as CSV"):
        list(read_parts(path, {"a"}))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_parts_are_of_the_size_that_was_asked_for(tmp_path, suffix):
    if suffix == "parquet":  # whose groups of rows end elsewhere
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"a": list(range(100))})
        pq.write_table(table, tmp_path / "t.parquet", row_group_size=7)
    else:
        write_table(tmp_path / f"t.{suffix}", {"a": list(range(100))})
    parts = list(read_parts(tmp_path / f"t.{suffix}", {"a"}, n_rows=30))
    assert [len(part["a"]) for part in parts] == [30, 30, 30, 10]
    assert [int(a) for part in parts for a in part["a"]] == list(range(100))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_whole_or_not_there(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"t.{suffix}"
    write_table(path, {"a": [1, 2]})
    before = path.read_bytes()

    def broken(*_):
        raise OSError("full")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="full"):
        write_table(path, {"a": [3]})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_what_parquet_has_no_place_for(tmp_path):
    for values in ([1, "1"], [2**70]):
        with pytest.raises(GraphFormatError, match=r"Write \.jsonl"):
            write_table(tmp_path / "t.parquet", {"a": values})
    write_table(tmp_path / "0.parquet", {"a": [1]})
    write_table(tmp_path / "1.parquet", {"a": ["1"]})
    paths = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    with pytest.raises(GraphFormatError, match=r"Write \.jsonl"):
        join_tables(paths, tmp_path / "t.parquet")


def test_a_manifest_that_is_something_else_begins_anew(tmp_path):
    target = tmp_path / "t.csv"
    PartFolder(target, {"a": 1}).write(0, {"x": [1]})
    assert PartFolder(target, {"a": 1}).has(0)
    assert not PartFolder(target, {"a": 2}).has(0)
    PartFolder(target, {"a": 2}).write(0, {"x": [1]})
    (target.with_name("t.csv.parts") / "manifest.json").unlink()
    assert not PartFolder(target, {"a": 2}).has(0)


@given(st.lists(st.one_of(st.integers(), TEXTS.filter(bool)), unique=True))
def test_ids_are_found_where_they_stand(ids):
    typed = NodeIndex(False, "nodes.jsonl", "node")
    typed.add(ids)
    assert typed.ids() == ids
    assert typed.find(ids, False) == list(range(len(ids)))
    cells = list(dict.fromkeys(map(str, ids)))
    text = NodeIndex(True, "nodes.csv", "node")
    text.add(cells)
    assert text.find(cells, True) == list(range(len(cells)))
    assert list(map(str, text.ids())) == cells


def test_what_a_folder_holds_is_named(tmp_path):
    (tmp_path / "papers.csv").write_text("a")
    with pytest.raises(FileNotFoundError, match=r"papers\.csv.*--nodes"):
        Layout().nodes_path(tmp_path)
    (tmp_path / "notes.txt").write_text("a")
    with pytest.raises(GraphFormatError, match="no format"):
        Layout(nodes="notes.txt").nodes_path(tmp_path)
    assert Layout().edges_path(tmp_path) is None
