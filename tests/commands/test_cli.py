import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import LLMRationaleTransformer
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.llm import RecordedAnswers
from tests.conftest import VOCABULARY, write_folder

FAST = ["--encoder", "hashing", "--seeds", "1", "--no-progress"]


@pytest.fixture
def folder(toy, tmp_path):
    return write_folder(toy, tmp_path)


def test_evaluate_shows_table_examples_and_picture(toy, folder, capsys):
    out = folder / "out"
    assert main(["evaluate", str(folder), "--output", str(out), *FAST]) == 0
    printed = capsys.readouterr().out
    asked = LLMRationaleTransformer(RecordedAnswers(toy.answers)).questions(toy.graph)
    texts = {text for one in asked for text in (one.text, *one.neighbor_texts)}
    forecast = printed.index("4 models to be fitted, a picture and a report")
    assert forecast < printed.index("| MLP")
    for name in ("MLP", "GCN", "interpreter", "student"):
        (line,) = (row for row in printed.splitlines() if row.startswith(f"| {name} "))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1:3] == [str(len(asked)), str(len(texts))]
        mean, spread = map(float, cells[3].split("±"))
        assert 0.8 < mean <= 1
        assert 0 <= spread < 0.2
        assert cells[5] == "0"
    assert "class names alone" not in printed  # nobody knows anything of them
    assert printed.count("because: It says so.") == 3
    for label in VOCABULARY:  # one example of each class
        assert f"LLM: {label} (0.90)" in printed
    assert any(word in printed for words in VOCABULARY.values() for word in words)
    page, picture = sorted(out.iterdir(), key=lambda path: path.suffix)
    assert str(picture) in printed
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000
    for name in ("MLP", "GCN", "interpreter", "student"):  # a sentence each
        (told,) = (row for row in printed.splitlines() if row.startswith(f"{name}: "))
        assert len(told) > 40
    # It ends with the report, and with what to do next.
    assert printed.index(str(page)) > printed.index("because: ")
    assert printed.rstrip().endswith("sklearn-tagkd report FOLDER -o before.html")
    shown = page.read_text()
    assert "nodes asked about</dt><dd>30<" in shown
    assert "answer that taught it" in shown


def test_demo_runs_the_docs_graph(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path), *FAST]) == 0
    printed = capsys.readouterr().out
    assert "docs: TextGraph(nodes=" in printed
    assert "6 models to be fitted" in printed
    cells = {
        row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]]
        for row in printed.splitlines()
        if row.startswith("| ")
    }
    assert float(cells["student"][2].split("±")[0]) > 0.9
    asked, sent = map(int, cells["student"][:2])
    assert asked == 320
    assert 320 < sent <= 1494  # linked texts too
    alone = cells["class names alone"]
    assert alone[:2] == ["16", "0"]
    assert float(alone[2].split("±")[0]) > 0.8
    assert alone[4] == "0"
    assert (tmp_path / "docs.png").exists()


@pytest.mark.parametrize("missing", ["nodes.parquet", "answers.jsonl"])
def test_a_folder_that_will_not_do_is_one_line(folder, missing, capsys):
    (folder / missing).unlink()
    assert main(["evaluate", str(folder), *FAST]) == 1
    error = capsys.readouterr().err
    assert error.startswith("sklearn-tagkd: There is no ")
    assert missing in error
    assert error.count("\n") == 1


def test_a_folder_without_labels_cannot_be_scored(folder, capsys):
    path = folder / "nodes.parquet"
    pd.read_parquet(path).assign(label="").to_parquet(path)
    assert main(["evaluate", str(folder), *FAST]) == 1
    assert "has no label" in capsys.readouterr().err


def test_module_and_usage():
    run = subprocess.run(
        [sys.executable, "-m", "sklearn_tagkd", "demo", "--seeds", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "must be at least 1" in run.stderr
    assert np.all([word in run.stderr for word in ("--encoder", "--device")])
