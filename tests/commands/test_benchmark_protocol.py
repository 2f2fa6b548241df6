"""What each row may see: subsets, lessons, and that no true label leaks."""

import json

import numpy as np
import pytest

from sklearn_tagkd.commands.benchmark.methods.ablations import PARTS, list_ablations
from sklearn_tagkd.commands.benchmark.methods.lessons import (
    LESSONS,
    Lesson,
    prepare_lesson,
)
from sklearn_tagkd.commands.benchmark.methods.material import Material
from sklearn_tagkd.commands.benchmark.methods.rows import METHODS, choose_rows
from sklearn_tagkd.commands.benchmark.problem import (
    DATA_VARIABLE,
    find_graph,
    load_problem,
)
from sklearn_tagkd.commands.benchmark.runner import predict_group
from tests.conftest import SmallEncoder, write_folder


@pytest.fixture(scope="module")
def folder(toy, tmp_path_factory):
    path = write_folder(toy, tmp_path_factory.mktemp("benchmark"))
    ids, target = toy.graph.node_ids, toy.target
    lines = [
        {"node": str(node), "ranked": [label] if place % 7 else []}
        for place, (node, label) in enumerate(zip(ids, target, strict=True))
    ]
    lines[1]["ranked"] = ["no class of ours"]
    text = "\n".join(map(json.dumps, lines))
    (path / "labels_gpt35.jsonl").write_text(text + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def problem(folder):
    return load_problem(str(folder), SmallEncoder())


def test_subsets_are_nested_random_and_apart_from_the_test_nodes(problem):
    source = problem.sources["recorded"]
    answered = set(source.table.positions.tolist())
    small, large, other = source.draw(10, 0), source.draw(20, 0), source.draw(10, 1)
    drawn = [set(sample.table.positions.tolist()) for sample in (small, large, other)]
    assert [len(positions) for positions in drawn] == [10, 20, 10]
    assert drawn[0] < drawn[1] <= answered
    assert drawn[0] != drawn[2]
    everyone = set(np.flatnonzero(problem.true >= 0).tolist())
    assert set(small.test_rows.tolist()) == everyone - answered
    np.testing.assert_array_equal(small.test_rows, large.test_rows)


def test_a_fifth_of_the_answers_is_confidently_wrong(problem):
    clean, noisy = problem.sources["recorded"], problem.sources["20% wrong"]
    wrong_before = set()
    for n_answers in (10, 20, 30):
        before, after = (source.draw(n_answers, 3).table for source in (clean, noisy))
        np.testing.assert_array_equal(before.positions, after.positions)
        tops = [t.probabilities.argmax(axis=1) for t in (before, after)]
        changed = tops[0] != tops[1]
        assert changed.sum() == n_answers / 5
        np.testing.assert_allclose(after.probabilities[changed].max(axis=1), 0.97)
        np.testing.assert_allclose(after.probabilities.sum(axis=1), 1)
        np.testing.assert_array_equal(
            before.probabilities[~changed], after.probabilities[~changed]
        )
        assert before.keywords.joined() == after.keywords.joined()
        wrong = set(after.positions[changed].tolist())
        assert wrong_before < wrong  # the same ones at every budget
        wrong_before = wrong


@pytest.mark.parametrize(
    "name", [f"GPT-3.5, {how}" for how in ("random", "featprop", "uncertainty")]
)
def test_labels_for_nodes_of_our_choice(problem, name):
    source = problem.sources[name]
    assert len(source.table) == 60 - 9 - 1  # without a label, or with none of ours
    samples = [source.draw(12, subset) for subset in (0, 0, 1)]
    chosen = [sample.table.positions for sample in samples]
    np.testing.assert_array_equal(chosen[0], chosen[1])
    assert (chosen[0] != chosen[2]).any()
    for sample in samples:
        assert len(sample.table) == 12
        assert not np.isin(sample.test_rows, sample.table.positions).any()
        assert len(sample.test_rows) == 60 - 12


def test_lessons_leave_out_what_they_say(problem):
    table = problem.sources["recorded"].table
    lessons = {
        name: prepare_lesson(table, lesson, problem.true)
        for name, lesson in LESSONS.items()
    }
    for name in ("hard", "soft", "true"):
        assert not any(lessons[name].keywords.joined())
        assert not len(lessons[name].key_row) + len(lessons[name].shown_row)
    np.testing.assert_array_equal(lessons["soft"].probabilities, table.probabilities)
    assert lessons["rationale"] is table
    for name in ("hard", "true"):
        assert set(np.unique(lessons[name].probabilities)) == {0, 1}
    codes = lessons["true"].probabilities.argmax(axis=1)
    np.testing.assert_array_equal(codes, problem.true[table.positions])


def test_a_single_reason_can_be_left_out(problem):
    table = problem.sources["recorded"].table
    assert len(table.passed_over[0])
    unjudged = prepare_lesson(
        table, Lesson("soft", frozenset({"keywords", "messages"})), problem.true
    )
    assert not len(unjudged.passed_over[0])
    assert unjudged.messages.joined() == table.messages.joined()
    silent = prepare_lesson(
        table, Lesson("soft", frozenset({"keywords", "neighbors"})), problem.true
    )
    assert not any(silent.messages.joined())
    assert len(silent.passed_over[0]) == len(table.passed_over[0])
    np.testing.assert_array_equal(silent.key_node, table.key_node)


def test_a_node_without_a_true_label_is_no_ceiling(problem):
    table = problem.sources["recorded"].table
    true = problem.true.copy()
    true[table.positions[:4]] = -1
    assert len(prepare_lesson(table, LESSONS["true"], true)) == len(table) - 4
    assert len(prepare_lesson(table, LESSONS["hard"], true)) == len(table)


def _predict(problem, true, rows):
    sample = problem.sources["recorded"].draw(15, 0)
    groups = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    found = {}
    for group in groups.values():
        material = Material(
            graph=problem.graph,
            test_rows=sample.test_rows,
            classes=problem.classes,
            encoder=SmallEncoder(),
            device="cpu",
            seed=0,
        )
        for row, probabilities, _ in predict_group(material, sample, true, group):
            found[row.name] = probabilities
    return found


def test_true_labels_of_training_nodes_reach_the_ceiling_alone(problem):
    wanted = {m for m in METHODS if not m.startswith("student-")} - {"sage", "gat"}
    rows = [row for row in choose_rows(wanted) if row.name != "mlp:soft"]
    # The path of its own: teacher signals at answered nodes alone.
    (one,) = (a for a in list_ablations() if (a.part, a.kind) == ("output", "put in"))
    rows.append(one.with_it)
    rolled = problem.true.copy()
    trained = problem.sources["recorded"].table.positions
    rolled[trained] = (rolled[trained] + 1) % len(problem.classes)
    before, after = (_predict(problem, t, rows) for t in (problem.true, rolled))
    assert before.keys() == {row.name for row in rows}
    for name, probabilities in before.items():
        assert probabilities.shape == (30, 3)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        same = np.array_equal(probabilities, after[name])
        assert same == (not name.endswith(":true")), name
    # The texts give the classes away: whoever learns anything is right.
    test_rows = problem.sources["recorded"].test_rows
    for name in ("softmax:soft", "mlp:hard", "student:rationale", "gcn:soft"):
        assert (before[name].argmax(axis=1) == problem.true[test_rows]).mean() > 0.8


def test_every_part_is_left_out_and_put_in():
    ablations = list_ablations()
    for part in PARTS:
        for kind in ("left out", "put in"):
            methods = {a.method for a in ablations if (a.part, a.kind) == (part, kind)}
            of_interpreter = part in {
                "soft",
                "keywords",
                "neighbors",
                "messages",
                "committee",
                "words",
            }
            assert methods == {"student", *(["interpreter"] if of_interpreter else [])}
    for one in ablations:
        with_it, without = one.with_it, one.without_it
        changed = {
            "lesson": with_it.lesson != without.lesson,
            "committee": with_it.committee != without.committee,
            "words": with_it.words != without.words,
            "alignment": with_it.alignment != without.alignment,
        }
        assert sum(changed.values()) == 1, one
        assert with_it.method == without.method == one.method
        if one.kind == "left out":
            assert with_it.name == f"{one.method}:rationale"


def test_teacher_signals_at_answered_nodes_alone(problem):
    """Mixed into labels: the same loss as matching outputs there."""
    from sklearn_tagkd import DistilledStudentClassifier, InterpreterGNNClassifier
    from sklearn_tagkd.commands.benchmark.methods.networks import _mix_into_labels

    table = problem.sources["recorded"].table
    options = {"encoder": SmallEncoder(), "random_state": 0, "max_iter": 20}
    interpreter = InterpreterGNNClassifier(**options)
    taught = interpreter.fit_transform(problem.graph.annotated(rationales=table))
    student = DistilledStudentClassifier(output_weight=3.0, **options)
    mixed = _mix_into_labels(taught, student).annotations["rationales"]
    assert (student.soft_label_weight, student.output_weight) == (4.0, 0.0)
    said = taught.annotations["teacher"].probabilities[table.positions]
    np.testing.assert_allclose(
        mixed.probabilities, (table.probabilities + 3 * said) / 4, rtol=1e-6
    )


def test_rows_are_chosen_by_name():
    assert {row.method for row in choose_rows()} == set(METHODS)
    assert len({row.name for row in choose_rows()}) == len(choose_rows())
    with pytest.raises(ValueError, match=r"no row 'gcm'.*student:rationale"):
        choose_rows(["gcm"])
    with pytest.raises(ValueError, match="no row 'gcn:rationale'"):
        choose_rows(["gcn:rationale"])


def test_tokens_grow_with_what_is_asked_for(problem):
    counts = problem.tokens["recorded"]
    positions = problem.sources["recorded"].draw(10, 0).table.positions
    totals = [counts.charge(positions, lesson).tokens for lesson in LESSONS.values()]
    hard, soft, rationale, true = totals
    assert true == 0 < hard < soft < rationale
    halves = [counts.charge(p, LESSONS["soft"]) for p in np.split(positions, 2)]
    whole = halves[0] + halves[1]
    assert (whole.tokens, whole.requests) == (soft, 10)
    assert whole.dollars > 0


def test_graphs_are_found_by_name(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(folder.parent))
    monkeypatch.chdir(tmp_path)
    (tmp_path / folder.name).mkdir()  # of that name, but no graph
    name, bunch = find_graph(folder.name)
    assert name == folder.name
    assert len(bunch.target_names) == 3
    with pytest.raises(FileNotFoundError, match=r"no graph 'citeseer'.*docs.*_DATA"):
        find_graph("citeseer")
