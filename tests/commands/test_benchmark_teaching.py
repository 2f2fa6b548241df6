"""What a student is taught by: profiles, chosen nodes, own labels, a cascade."""

import json
import re

import numpy as np
import pytest

from sklearn_tagkd.commands.benchmark.methods.lessons import LESSONS
from sklearn_tagkd.commands.benchmark.options import _PARTS
from sklearn_tagkd.commands.benchmark.plan import PARTS, make_plan
from sklearn_tagkd.commands.benchmark.problem import load_problem
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.rationales import ClassProfile, write_profiles
from tests.conftest import VOCABULARY, SmallEncoder, write_folder

TEACHING = ["profiles", "selection", "teacher", "cascade"]


@pytest.fixture(scope="module")
def folder(toy, tmp_path_factory):
    path = write_folder(toy, tmp_path_factory.mktemp("teaching"))
    profiles = [
        ClassProfile(name, f"All of {name}.", tuple(words[:4]), (" ".join(words),))
        for name, words in VOCABULARY.items()
    ]
    write_profiles(profiles, path / "class_profiles.jsonl")
    lines = [
        {"node": str(node), "ranked": [label if place % 4 else "music"]}
        for place, (node, label) in enumerate(
            zip(toy.graph.node_ids, toy.target, strict=True)
        )
    ]
    text = "\n".join(map(json.dumps, lines))
    (path / "labels_gpt35.jsonl").write_text(text + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def problem(folder):
    return load_problem(str(folder), SmallEncoder())


def _charge(problem, sample):
    return problem.charge(sample, LESSONS["rationale"])


def test_the_command_knows_all_parts():
    assert tuple(_PARTS) == PARTS


def test_profiles_stand_beside_the_same_answers(problem):
    source, bare = problem.sources["class profiles"], problem.sources["recorded"]
    alone = source.draw(0, 0)
    assert (len(alone.table), len(alone.profiles), alone.labels) == (0, 3, None)
    assert _charge(problem, alone).requests == 3
    for n_answers in (10, 30):
        with_them, without = source.draw(n_answers, 1), bare.draw(n_answers, 1)
        positions = with_them.table.positions
        np.testing.assert_array_equal(positions, without.table.positions)
        np.testing.assert_array_equal(with_them.test_rows, without.test_rows)
        charges = _charge(problem, with_them), _charge(problem, without)
        assert charges[0].requests == charges[1].requests + 3 == n_answers + 3
        assert charges[0].dollars > charges[1].dollars > 0


@pytest.mark.parametrize(
    "name",
    ["auto", "auto, class profiles", "pagerank", "featprop", "typical", "uncertainty"],
)
def test_chosen_answers_are_the_recorded_ones(problem, name):
    source, recorded = problem.sources[name], problem.sources["recorded"]
    sample = source.draw(12, 0)
    assert len(sample.table) == 12
    np.testing.assert_array_equal(sample.test_rows, recorded.test_rows)
    places = np.searchsorted(recorded.table.positions, sample.table.positions)
    np.testing.assert_array_equal(
        sample.table.probabilities, recorded.table.probabilities[places]
    )
    assert (sample.profiles is not None) == ("profiles" in name)
    again = source.draw(12, 0).table.positions
    np.testing.assert_array_equal(again, sample.table.positions)


def test_labels_are_the_same_beside_every_teacher(problem):
    names = [name for name, s in problem.sources.items() if s.part == "teacher"]
    assert names == [
        "labels alone",
        "labels, recorded answers",
        "labels, guesses",
        "labels, GPT-3.5",
    ]
    alone = problem.sources["labels alone"].draw(0, 2)
    mine = np.flatnonzero(alone.labels != "")
    assert len(mine) == 10  # a third of the thirty unanswered nodes
    np.testing.assert_array_equal(
        alone.labels[mine], problem.classes[problem.true[mine]].astype(object)
    )
    assert _charge(problem, alone).requests == 0
    for name in names[1:]:
        sample = problem.sources[name].draw(12, 2)
        np.testing.assert_array_equal(sample.labels, alone.labels)
        known = np.concatenate([mine, sample.table.positions])
        assert len(np.unique(known)) == 10 + 12
        assert not np.isin(sample.test_rows, known).any()
        assert len(sample.test_rows)
        assert _charge(problem, sample).requests == 12
        most = problem.sources[name].draw(problem.sources[name].n_most, 2)
        assert len(most.test_rows)


def test_a_cascade_counts_both_models(problem):
    sample = problem.sources["cascade"].draw(8, 0)
    assert [len(sample.asked[who]) for who in ("recorded", "GPT-3.5")] == [8, 60]
    assert np.isin(sample.asked["recorded"], sample.table.positions).all()
    strong = problem.sources["auto"].draw(8, 0)
    both = _charge(problem, sample)
    assert both.requests == 68
    assert both.dollars > _charge(problem, strong).dollars


def test_what_a_graph_has_no_data_for_is_left_out(toy, tmp_path):
    problem = load_problem(str(write_folder(toy, tmp_path)), SmallEncoder())
    plan = make_plan(problem, parts=TEACHING, answers=[10], n_subsets=1)
    assert set(plan.sources) == {"main", "selection", "teacher"}
    with pytest.raises(ValueError, match=r"class_profiles\.jsonl"):
        make_plan(problem, parts=["profiles"], answers=[10])


def test_the_report_says_what_each_teacher_is_worth(folder, capsys):
    out = folder / "out"
    arguments = ["benchmark", str(folder), "--parts", *TEACHING, "--answers", "12"]
    arguments += ["--rows", "student:rationale", "--encoder", "hashing"]
    arguments += ["--subsets", "1", "--no-progress", "--output", str(out)]
    assert main(arguments) == 0
    out = out / folder.name
    report = (out / "report.md").read_text(encoding="utf-8")
    for title in (
        "## Class profiles",
        "## Whom to ask",
        "## Own labels, and a teacher beside them",
        "## A cheap model and a strong one",
    ):
        assert title in report
    assert "## All rows" not in report
    assert report.count("### Requests and dollars") == 4
    rows = json.loads((out / "report.json").read_text(encoding="utf-8"))["rows"]
    accuracy = {
        (row["source"], row["answers"]): row["accuracy"]["mean"] for row in rows
    }
    alone = accuracy["class profiles", 0]
    assert alone > 0.6  # of three classes whose words the profiles name
    requests, *_, shown = _line(report, r"class profiles \| 0")
    assert (requests, shown) == ("3", f"{alone:.3f}")
    gain = 100 * (accuracy["class profiles", 12] - accuracy["recorded", 12])
    assert f"| class profiles |  | {gain:+.2f} (one pair) |" in report
    gap = 100 * (accuracy["labels, GPT-3.5", 12] - accuracy["labels alone", 0])
    assert f"| labels, GPT-3.5 |  | {gap:+.2f} (one pair) |" in report
    (cascade,) = (r for r in rows if (r["source"], r["answers"]) == ("cascade", 12))
    assert cascade["requests"]["mean"] == 72
    for part in TEACHING:
        assert (out / f"{part}.png").stat().st_size > 10_000


def _line(report, start):
    (found,) = re.findall(rf"^\| {start} \| (.*) \|$", report, re.MULTILINE)
    return found.split(" | ")
