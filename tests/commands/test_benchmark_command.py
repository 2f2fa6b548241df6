"""The command as a user runs it: report, resuming, several processes."""

import json
import shutil

import pytest

from sklearn_tagkd.commands.benchmark.cells import Cell, CellStore, Result
from sklearn_tagkd.commands.benchmark.fingerprint import describe_setup
from sklearn_tagkd.commands.benchmark.methods.ablations import list_ablations
from sklearn_tagkd.commands.benchmark.methods.rows import choose_rows
from sklearn_tagkd.commands.benchmark.plan import make_plan
from sklearn_tagkd.commands.benchmark.problem import load_problem
from sklearn_tagkd.commands.benchmark.reporting.figures import report_as_json
from sklearn_tagkd.commands.benchmark.reporting.picture import (
    draw_ablations,
    draw_curves,
)
from sklearn_tagkd.commands.benchmark.reporting.report import report_as_markdown
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.benchmark.runner import Training, run_cells
from sklearn_tagkd.commands.cli import main
from tests.conftest import SmallEncoder, write_folder

FAST = ["--encoder", "hashing", "--no-progress", "--subsets", "2"]
ROWS = ["--rows", "softmax:soft", "label-propagation:hard", "--reference", "tfidf:hard"]


@pytest.fixture(scope="module")
def folder(toy, tmp_path_factory):
    return write_folder(toy, tmp_path_factory.mktemp("command") / "")


@pytest.fixture(scope="module")
def finished(folder):
    """A finished run of two rows, beside their reference."""
    out = folder / "out"
    arguments = ["benchmark", str(folder), *FAST, *ROWS, "--answers", "10", "30"]
    arguments += ["--parts", "main", "noise", "--output", str(out)]
    assert main(arguments) == 0
    return arguments, out / folder.name


def test_report_in_words_figures_and_pictures(finished):
    _, out = finished
    report = (out / "report.md").read_text(encoding="utf-8")
    figures = json.loads((out / "report.json").read_text(encoding="utf-8"))
    for said in (
        'Protocol "unanswered"',
        "True labels are used for scoring",
        "There are 2 random subsets",
        "paired t-test",
        "LLM tokens are an estimate",
        f"scikit-learn {figures['setup']['versions']['scikit-learn']}",
        figures["setup"]["code"],
        "--reference tfidf:hard",
        "|  | 10 | 30, all |",
    ):
        assert said in report
    names = {row["row"] for row in figures["rows"]}
    assert names == {"softmax:soft", "label-propagation:hard", "tfidf:hard"}
    assert {row["source"] for row in figures["rows"]} == {"recorded", "20% wrong"}
    (row,) = (
        row
        for row in figures["rows"]
        if (row["row"], row["source"], row["answers"])
        == ("softmax:soft", "recorded", 10)
    )
    mean, deviation = row["accuracy"]["mean"], row["accuracy"]["deviation"]
    assert 0.5 < mean <= 1
    assert (
        f"| softmax regression, soft labels | {mean:.3f} ± {deviation:.3f} |" in report
    )
    assert row["minus_reference"]["n"] == 2
    assert row["tokens"]["mean"] > 0
    for name in ("curves.png", "noise.png"):
        picture = (out / name).read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 20_000
    assert not (out / "ablations.png").exists()


def _lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_a_killed_run_resumes_and_comes_to_the_same(finished, tmp_path, capsys):
    arguments, out = finished
    cells, report = _lines(out / "cells.jsonl"), (out / "report.json").read_text()
    assert len(cells) == 3 * 2 * 2 * 2  # rows, budgets, subsets, sources
    again = tmp_path / out.name
    shutil.copytree(out, again)
    kept = cells[:-5]
    torn = "\n".join(kept) + "\n" + cells[-1][:40]
    (again / "cells.jsonl").write_text(torn, encoding="utf-8")
    capsys.readouterr()
    assert main([*arguments[:-1], str(tmp_path)]) == 0
    assert f"24 cells, {len(kept)} of them known" in capsys.readouterr().out
    resumed = _lines(again / "cells.jsonl")
    assert resumed[: len(kept)] == kept
    assert len(resumed) == len(kept) + 1 + 5
    without_seconds = [
        [
            {k: v for k, v in row.items() if k != "seconds"}
            for row in json.loads(text)["rows"]
        ]
        for text in (report, (again / "report.json").read_text())
    ]
    assert without_seconds[0] == without_seconds[1]


def test_cells_of_another_setup_are_not_believed(finished, tmp_path, capsys):
    arguments, out = finished
    (tmp_path / out.name).mkdir()
    cells = [json.loads(line) for line in _lines(out / "cells.jsonl")]
    for cell in cells:
        cell["setup"], cell["scores"]["accuracy"] = "another", 0.0
    stale = "".join(json.dumps(cell) + "\n" for cell in cells)
    (tmp_path / out.name / "cells.jsonl").write_text(stale, encoding="utf-8")
    short = [a for a in arguments[:-1] if a != "noise"]
    assert main([*short, str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "12 cells, 0 of them known" in printed
    assert "24 cells there are of other code, data or versions" in printed
    figures = json.loads((tmp_path / out.name / "report.json").read_text())
    assert min(row["accuracy"]["mean"] for row in figures["rows"]) > 0.3


def test_processes_change_nothing(finished, tmp_path, fresh_workers):
    arguments, out = finished
    assert main([*arguments[:-1], str(tmp_path), "--jobs", "2"]) == 0
    alone, together = (
        {
            tuple(cell["cell"].values()): cell["scores"]
            for cell in map(json.loads, _lines(folder / out.name / "cells.jsonl"))
        }
        for folder in (out.parent, tmp_path)
    )
    assert alone == together


def test_ablations_are_reported_as_they_came_out(folder, tmp_path):
    encoder = SmallEncoder()
    problem = load_problem(str(folder), encoder)
    plan = make_plan(problem, parts=["ablations"], answers=[12], n_subsets=1)
    store = CellStore(tmp_path / "cells.jsonl", "setup")
    training = Training(encoder, "cpu")
    found = run_cells(problem, plan.rows, plan.cells, store, training, progress=False)
    assert store.read() == found
    results = Results(found, {"recorded": 30})
    setup = describe_setup(problem, "small")
    report = report_as_markdown(setup, plan, results, "a command")
    figures = report_as_json(setup, plan, results, "a command")
    accuracy = {cell.row: result.scores["accuracy"] for cell, result in found.items()}
    assert len(figures["ablations"]) == 2 * 10 + 2 * 6  # students, interpreters
    for entry in figures["ablations"]:
        gap = accuracy[entry["with"]] - accuracy[entry["without"]]
        assert entry["adds"]["mean"] == pytest.approx(gap)
        assert entry["verdict"] == "no difference shown"  # of a single pair
        assert f"{100 * gap:+.2f} (one pair)" in report
    assert report.count("| teacher signals on all nodes | student | 12 |") == 2
    picture = draw_ablations(results, list_ablations(), tmp_path / "ablations.png")
    assert picture.stat().st_size > 20_000


def test_every_row_has_its_curve(tmp_path):
    rows = [row.name for row in choose_rows()]
    cells = [Cell("recorded", row, n, 0) for row in rows for n in (10, 30)]
    found = {cell: Result(cell, {"accuracy": 0.5}, 1.0, 1) for cell in cells}
    results = Results(found, {"recorded": 30})
    picture = draw_curves(results, {"all": ("recorded", rows)}, tmp_path / "curves.png")
    assert picture.stat().st_size > 20_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no graph 'nowhere'"),
        (["docs", "--rows", "bert"], "There is no row 'bert'"),
        (["docs", "--answers", "100000"], "Ask for fewer"),
    ],
)
def test_what_will_not_do_is_one_line(arguments, said, capsys):
    assert main(["benchmark", *arguments, *FAST]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
