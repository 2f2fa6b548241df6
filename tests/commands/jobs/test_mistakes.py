"""What people get wrong: a line that says what and what to do, no traceback."""

import sys

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import DistilledStudentClassifier, save
from sklearn_tagkd.commands.cli import main
from tests.commands.jobs.conftest import QUICK, read_table, tables_of, write_table

SECRET = "SECRET-TEXT"


def train(folder, *options):
    return ["train", folder, "-o", folder / "m.safetensors", *QUICK, *options]


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ("id,words\na,b\n", ["'node'", "['id', 'words']", "--id"]),
        ("", ["no column 'node'"]),
        ("node,text\n", ["has no row"]),
        (f"node,text\na,{SECRET}\nb,{SECRET}\na,x\n", ["Rows 1 and 3", "'a'"]),
        (f"node,text\na,{SECRET}\n,{SECRET}\n", ["row 2", "missing"]),
        (f'node,text\na,"{SECRET}\n', ["cannot be read as CSV"]),
        (f"node,text\na,{SECRET},c\n", ["Line 2", "3 cells", "quotes"]),
        (f"node,text\na,{SECRET} caf\xe9\n".encode("cp1252"), ["Line 2", "UTF-8"]),
        (b"\x00\x01\x02\xff", ["UTF-8"]),
        (f"node,text,label\na,{SECRET},x\n", ["source in row 1", "n"]),
    ],
)
def test_nodes_that_will_not_do(folder, run, nodes, says):
    nodes = nodes.encode() if isinstance(nodes, str) else nodes
    (folder / "nodes.csv").write_bytes(nodes)
    status, told, err = run(*train(folder))
    assert status == 1
    for words in says:
        assert words in told["error"]
    assert SECRET not in told["error"] + err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("edges", "says"),
    [
        ("from,to\na,b\n", ["'source'", "['from', 'to']", "--source"]),
        ("source,target\nn1,nobody\n", ["target in row 1", "'nobody'", "--skip"]),
        ("source,target,weight\nn1,n2,heavy\n", ["'weight'", "no number"]),
        ("source,target,weight\nn1,n2,\n", ["'weight'", "no number"]),
        ("source,target,weight\nn1,n2,-1\n", ["'weight'", "from 0 on"]),
        ("source,target\nn1\n", ["Line 2", "1 cells"]),
    ],
)
def test_links_that_will_not_do(folder, run, edges, says):
    (folder / "edges.csv").write_text(edges)
    status, told, _ = run(*train(folder))
    assert status == 1
    for words in says:
        assert words in told["error"]


def test_links_to_unknown_ids_can_be_left_out(folder, run):
    with open(folder / "edges.csv", "a") as edges:
        edges.write("n1,nobody\nnobody,n2\n")
    status, told, err = run(*train(folder, "--skip-unknown-links"))
    assert (status, told["links"]) == (0, 120)
    assert "2 links" in err


def test_columns_by_other_names(toy, folder, models, run, tmp_path):
    nodes, edges = tables_of(toy)
    names = {"node": "doc id", "text": "abstract", "label": "kind"}
    ends = {"source": "from", "target": "to"}
    write_table(nodes.rename(columns=names), folder / "papers.jsonl")
    write_table(edges.rename(columns=ends), folder / "cites.parquet")
    options = ["--nodes", "papers.jsonl", "--edges", "cites.parquet"]
    options += ["--id", "doc id", "--text", "abstract", "--label", "kind"]
    options += ["--source", "from", "--target", "to"]
    status, told, _ = run(*train(folder, *options))
    assert (status, told["labels"], told["links"]) == (0, 60, 120)
    out = tmp_path / "labels.tsv"
    status, _, _ = run("predict", models["decoupled"], folder, "-o", out, *options)
    assert status == 0
    usual = tmp_path / "usual.tsv"
    run("predict", models["decoupled"], folder, "-o", usual)
    assert out.read_bytes() == usual.read_bytes()
    status, told, _ = run(*train(folder, "--nodes", "paper.jsonl"))
    assert status == 1
    assert "papers.jsonl" in told["error"]


@pytest.mark.parametrize(
    ("ids", "kind", "found"),
    [
        (["007", "008", "009"], ".csv", ["007", "008", "009"]),
        (["7", "8", "9"], ".csv", [7, 8, 9]),
        (["7", "8", "9"], ".parquet", ["7", "8", "9"]),
        ([7, 8, 9], ".jsonl", [7, 8, 9]),
        (["7", "7.0", "07"], ".csv", ["7", "7.0", "07"]),
        (["a,b", 'c"d', "e\nf"], ".csv", ["a,b", 'c"d', "e\nf"]),
        (["\u00e9", "e\u0301", "\U0001f600"], ".jsonl", None),
        ([2**62, 2**62 + 1, 2**62 + 2], ".parquet", None),
        ([7.0, 8.0, 9.0], ".parquet", [7, 8, 9]),
    ],
)
@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
def test_ids_stay_what_they_are(tmp_path, models, ids, kind, found, backbone, run):
    texts = ["soup, \n butter", "violin", ""]
    nodes = pd.DataFrame({"node": pd.Series(ids), "text": texts})
    write_table(nodes, tmp_path / f"nodes{kind}")
    edges = pd.DataFrame({"source": pd.Series(ids[:2]), "target": pd.Series(ids[1:])})
    write_table(edges, tmp_path / f"edges{kind}")
    out = tmp_path / "out.parquet"
    status, _, _ = run("predict", models[backbone], tmp_path, "-o", out)
    assert status == 0
    assert read_table(out)["node"].tolist() == (found or ids)


def test_ids_of_both_kinds(tmp_path, models, run):
    (tmp_path / "nodes.jsonl").write_text(
        '{"node": 1, "text": "soup"}\n{"node": "1", "text": "violin"}\n'
    )
    (tmp_path / "edges.jsonl").write_text('{"source": 1, "target": "1"}\n')
    command = ["predict", models["decoupled"], tmp_path, "-o"]
    status, told, _ = run(*command, tmp_path / "out.parquet")
    assert status == 2
    assert ".jsonl" in told["error"]
    assert run(*command, tmp_path / "out.jsonl")[0] == 0
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert lines[0].startswith('{"node": 1,')
    assert lines[1].startswith('{"node": "1",')
    # A link by the wrong kind of id says so.
    (tmp_path / "nodes.jsonl").write_text('{"node": 1, "text": "soup"}\n')
    (tmp_path / "edges.jsonl").write_text('{"source": 1, "target": "1"}\n')
    status, told, _ = run(*command, tmp_path / "out.jsonl")
    assert status == 1
    assert "a string, where the node's id is a number" in told["error"]


@pytest.mark.parametrize(
    "cell",
    ["null", '""', "true", "1.5", "[1]", "{}", '"half \\ud83d"', "NaN", "1e999"],
)
def test_ids_that_are_none(tmp_path, models, cell, run):
    (tmp_path / "nodes.jsonl").write_text(
        f'{{"node": "a", "text": "x"}}\n{{"node": {cell}, "text": "{SECRET}"}}\n'
    )
    for backbone in ("mlp", "decoupled"):
        out = tmp_path / "out.jsonl"
        status, told, _ = run("predict", models[backbone], tmp_path, "-o", out)
        assert status == 1
        assert "row 2 of nodes.jsonl" in told["error"]
        assert SECRET not in told["error"]


@pytest.mark.parametrize("cell", ["null", '""', '"half \\ud83d"', '"\\u0000"', "5"])
def test_texts_of_any_kind(tmp_path, models, cell, run):
    (tmp_path / "nodes.jsonl").write_text(f'{{"node": "a", "text": {cell}}}\n')
    for backbone in ("mlp", "decoupled"):
        out = tmp_path / "out.jsonl"
        status, told, _ = run("predict", models[backbone], tmp_path, "-o", out)
        assert status == (1 if cell == "5" else 0)
        if cell == "5":
            assert "row 1 of nodes.jsonl" in told["error"]


def test_huge_cells_line_breaks_and_marks(tmp_path, models, run):
    huge = "soup " * 100_000
    (tmp_path / "nodes.csv").write_text(
        f'\ufeffnode;text\r\n1;"two\r\nlines; ""quoted"""\r\n2;{huge}\r\n\r\n3;\r\n',
        encoding="utf-8",
        newline="",
    )
    out = tmp_path / "out.csv"
    status, told, _ = run("predict", models["mlp"], tmp_path, "-o", out)
    assert (status, told["nodes"]) == (0, 3)
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == [
        *("node", "1", "2", "3")
    ]


def test_an_output_that_will_not_do(folder, models, tmp_path, run):
    command = ["predict", models["mlp"], folder, "-o"]
    for path, says in (
        (tmp_path / "labels.xlsx", ".parquet"),
        (tmp_path / "nowhere" / "labels.csv", "no folder"),
        (folder / "nodes.csv", "is an input"),
        (tmp_path, "no format"),
    ):
        status, told, _ = run(*command, path)
        assert status == 2
        assert says in told["error"]
    assert "soup" in (folder / "nodes.csv").read_text()
    status, told, _ = run("train", folder, "-o", folder / "edges.csv", *QUICK)
    assert (status, "is an input" in told["error"]) == (2, True)


def test_a_model_that_will_not_do(toy, folder, tmp_path, run):
    out = ["-o", tmp_path / "labels.csv"]
    assert run("predict", tmp_path / "none", folder, *out)[0] == 1
    (tmp_path / "bad").write_bytes(b"\x10" * 100)
    assert run("predict", tmp_path / "bad", folder, *out)[0] == 1
    numbers = np.random.default_rng(0).standard_normal((60, 4))
    of_array = DistilledStudentClassifier("mlp", max_iter=2, random_state=0)
    save(of_array.fit(numbers, toy.target), tmp_path / "array")
    status, told, _ = run("predict", tmp_path / "array", folder, *out)
    assert status == 1
    assert "fitted on an array" in told["error"]


def test_a_folder_that_is_none(tmp_path, models, run):
    out = ["-o", tmp_path / "labels.csv"]
    for folder, says in (
        (tmp_path / "nowhere", "is not there"),
        (models["mlp"], "is a file"),
        (tmp_path, "It has no table"),
    ):
        status, told, _ = run("predict", models["mlp"], folder, *out)
        assert status == 1
        assert says in told["error"]


def test_nothing_to_learn_from(folder, run):
    nodes = pd.read_csv(folder / "nodes.csv").drop(columns="label")
    nodes.to_csv(folder / "nodes.csv", index=False)
    status, told, _ = run(*train(folder))
    assert status == 2
    assert "nothing to learn from" in told["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--max-cost", "nan"],
        ["--max-cost", "-1"],
        ["--price", "1", "inf"],
        ["--deadline", "x"],
        ["--stop", "never"],
        ["--max-nodes", "1.5"],
        ["--max-nodes", "-1"],
        ["--model", ""],
        ["--selection", "best"],
        ["--supervision", "y"],
    ],
)
def test_numbers_that_are_none(folder, capsys, wrong):
    with pytest.raises(SystemExit) as ended:
        main(["plan", str(folder), *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_folder_of_somebody_elses_is_left_alone(folder, models, tmp_path, run):
    mine = tmp_path / "labels.csv.parts" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("dear")
    command = ["predict", models["mlp"], folder, "-o", tmp_path / "labels.csv"]
    status, told, _ = run(*command)
    assert status == 1
    assert "mine.txt" in told["error"]
    assert mine.read_text() == "dear"


def test_labels_of_any_kind_do_not_keep_a_model_from_predicting(
    folder, models, tmp_path, run
):
    (folder / "nodes.jsonl").write_text(
        '{"node": "a", "text": "soup", "label": ["x"]}\n'
        '{"node": "b", "text": "violin", "label": "-1"}\n'
    )
    (folder / "edges.jsonl").write_text("")
    options = ["--nodes", "nodes.jsonl", "--edges", "edges.jsonl"]
    for backbone in ("mlp", "decoupled", "gcn"):
        out = tmp_path / f"{backbone}.csv"
        assert run("predict", models[backbone], folder, "-o", out, *options)[0] == 0
    status, told, _ = run(*train(folder, *options))
    assert (status, "row 0" in told["error"]) == (1, True)


def test_a_plan_of_profiles_alone(folder, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    alone = ["--max-nodes", "0", "--class-profiles", "ask"]
    status, told, _ = run("plan", folder, *alone)
    assert (status, told["questions"], told["texts_sent"]) == (0, 3, 0)
    assert not (tmp_path / "cache").exists()


def test_wrong_options_with_json_are_an_object_too(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["plan", "--json"])
    assert ended.value.code == 2
    assert '"status": "usage"' in capsys.readouterr().out


def test_a_class_that_is_called_as_a_column(tmp_path, run):
    (tmp_path / "nodes.csv").write_text(
        "node,text,label\n1,soup,label\n2,violin,node\n3,orbit,x y\n4,soup,label\n"
    )
    model = ["-o", tmp_path / "m.safetensors", *QUICK]
    assert run("train", tmp_path, *model)[0] == 0
    for end in ("csv", "parquet", "jsonl"):
        out = tmp_path / f"out.{end}"
        predict = ["predict", model[1], tmp_path, "--probabilities", "-o", out]
        assert run(*predict)[0] == 0
        names = ["node", "label", "confidence", "class:label", "class:node", "x y"]
        assert list(read_table(out).columns) == names


def test_numbers_beside_and_in_place_of_texts(tmp_path, run):
    random = np.random.default_rng(0)
    classes = random.integers(2, size=40)
    numbers = classes[:, None] + 0.1 * random.standard_normal((40, 3))
    table = pd.DataFrame(
        {"node": range(40), "label": classes, "v": numbers.tolist(), "w": classes}
    )
    for kind in (".parquet", ".jsonl"):
        write_table(table, tmp_path / f"nodes{kind}")
        options = ["--nodes", f"nodes{kind}", "--features", "v", "w"]
        model = tmp_path / "m.safetensors"
        assert run("train", tmp_path, "-o", model, *QUICK, *options)[0] == 0
        out = tmp_path / "out.csv"
        assert run("predict", model, tmp_path, "-o", out, *options)[0] == 0
        assert read_table(out)["label"].astype(int).tolist() == classes.tolist()
    ragged = table.assign(v=[[1.0]] * 39 + [[1.0, 2.0]])
    write_table(ragged, tmp_path / "nodes.jsonl")
    options = ["--nodes", "nodes.jsonl", "--features", "v"]
    status, told, _ = run("train", tmp_path, "-o", model, *options)
    assert status == 1
    assert "'v' of nodes.jsonl" in told["error"]


def test_parquet_without_pyarrow_names_the_remedy(
    folder, models, tmp_path, run, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    command = ["predict", models["mlp"], folder, "-o"]
    status, told, err = run(*command, tmp_path / "labels.parquet")
    assert status == 1
    assert "pip install pyarrow" in told["error"]
    assert err.count("\n") == 1
    assert run(*command, tmp_path / "labels.csv")[0] == 0
    (folder / "nodes.parquet").write_bytes(b"")
    assert run(*command, tmp_path / "labels.csv")[0] == 1


def test_a_folder_that_an_option_took_for_itself_is_asked_for(folder, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["plan", "--classes", "a", "b", str(folder)])
    assert "before options that take several values" in capsys.readouterr().err


def test_every_option_says_what_it_is(capsys):
    for command in ("plan", "annotate", "train", "predict"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        told = capsys.readouterr().out.partition("options:")[2].splitlines()
        for line, after in zip(told, [*told[1:], ""], strict=True):
            if line.startswith("  -"):  # with words behind it, or in the next line
                assert line[24:].strip() or after.startswith(" " * 20), line
