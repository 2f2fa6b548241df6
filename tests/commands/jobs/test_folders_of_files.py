"""Commands on tables that are folders of files, as engines write them."""

import shutil

import pandas as pd
import pytest

from tests.commands.jobs.conftest import QUICK, read_table, tables_of, write_table


@pytest.fixture
def parts(toy, tmp_path, suffix):
    """The folder of the other tests, each table in files of 7 rows."""
    folder = tmp_path / "parts"
    for name, table in zip(("nodes", "edges"), tables_of(toy), strict=True):
        (folder / name).mkdir(parents=True)
        for start in range(0, len(table), 7):
            rows = table[start : start + 7]
            write_table(rows, folder / name / f"part-{start:03d}{suffix}")
    return folder


@pytest.mark.parametrize("backbone", ["mlp", "decoupled", "gcn"])
def test_predictions_are_those_of_one_file(
    parts, folder, models, tmp_path, run, backbone
):
    command = ["predict", models[backbone], "--part-rows", "25", "--probabilities"]
    assert run(*command, folder, "-o", tmp_path / "one.csv")[0] == 0
    status, told, _ = run(*command, parts, "-o", tmp_path / "other.csv")
    assert (status, told["nodes"], told["parts"]) == (0, 60, 3)
    one, other = read_table(tmp_path / "one.csv"), read_table(tmp_path / "other.csv")
    pd.testing.assert_frame_equal(one, other)


def test_the_whole_way(parts, toy, tmp_path, run):
    shutil.copy(toy.answers, parts / "answers.jsonl")
    assert run("plan", parts)[0] == 0
    model = tmp_path / "m.safetensors"
    assert run("train", parts, "-o", model, *QUICK)[0] == 0
    named = ["--nodes", "nodes", "--edges", "edges"]
    status, told, _ = run("predict", model, parts, "-o", tmp_path / "l.csv", *named)
    assert (status, told["nodes"]) == (0, 60)


def test_a_changed_file_makes_parts_anew(parts, models, tmp_path, run, monkeypatch):
    from sklearn_tagkd.datasets.parts import PartFolder

    command = ["predict", models["mlp"], parts, "-o", tmp_path / "l.csv"]

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PartFolder, "join", die)
        assert run(*command)[0] == 130
    first = sorted((parts / "nodes").iterdir())[0]
    shutil.copy(first, first.with_name(f"z{first.suffix}"))  # 7 ids twice
    assert run(*command)[0] == 1
    first.with_name(f"z{first.suffix}").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(PartFolder, "join", die)
        assert run(*command)[0] == 130
    status, told, _ = run(*command)
    assert (status, told["parts_written_before"]) == (0, 1)


def test_no_output_among_the_files_of_a_table(parts, models, suffix, run):
    for target, says in (
        (parts / "nodes" / f"labels{suffix}", "among the files of a table"),
        (parts / "nodes" / f"part-000{suffix}", "among the files of a table"),
        (parts / "nodes", "no format"),
    ):
        status, told, _ = run("predict", models["mlp"], parts, "-o", target)
        assert (status, says in told["error"]) == (2, True)


def test_two_tables_of_nodes_are_no_choice(folder, toy, models, tmp_path, run):
    write_table(tables_of(toy)[0], folder / "nodes.parquet")
    command = ["predict", models["mlp"], folder, "-o", tmp_path / "l.csv"]
    status, told, _ = run(*command)
    assert status == 1
    assert "nodes.parquet and nodes.csv" in told["error"]
    assert "--nodes nodes.parquet" in told["error"]
    assert run(*command, "--nodes", "nodes.csv")[0] == 0
