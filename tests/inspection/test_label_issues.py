"""Wrong labels are found by those who have not seen them."""

import pickle

import numpy as np
import pytest
from sklearn.utils import Bunch

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.inspection import export_review, import_review, label_issues
from sklearn_tagkd.inspection.issues.noise import judge_given
from sklearn_tagkd.inspection.issues.witnesses import Given, hear_witnesses
from sklearn_tagkd.rationales import Rationale, check_rationales
from tests.conftest import fast


@pytest.fixture(scope="module")
def docs(docs):
    """A third of it: every judgement fits a committee five times."""
    some = np.random.RandomState(0).permutation(len(docs.graph))[:500]
    return Bunch(graph=docs.graph[some].induced(), target=docs.target[some])


@pytest.fixture(scope="module")
def planted(docs):
    """Docs with 5% of its labels wrong, and a student to lend an encoder."""
    random, classes = np.random.RandomState(0), np.unique(docs.target)
    y = docs.target.copy()
    chosen = random.permutation(len(y))[: len(y) // 20]
    for row in chosen:
        y[row] = random.choice(classes[classes != y[row]])
    student = DistilledStudentClassifier(**fast(max_iter=1)).fit(docs.graph, y)
    return student, y, np.isin(np.arange(len(y)), chosen)


@pytest.fixture(scope="module")
def judged(docs, planted):
    student, y, _ = planted
    return label_issues(student, docs.graph, y)


def test_planted_labels_come_first_with_the_likely_class(docs, planted, judged):
    _, y, is_wrong = planted
    issues = judged
    assert len(issues) == len(y)
    wrong = is_wrong[issues.positions]
    n_wrong = int(is_wrong.sum())
    assert wrong[:n_wrong].mean() > 0.8
    assert wrong[issues.flagged].mean() > 0.5
    found = issues[:n_wrong]
    right = found.suggestions == docs.target[found.positions]
    assert right[wrong[:n_wrong]].mean() > 0.85
    assert (found.given == y[found.positions]).all()
    assert (issues.suggestions != issues.given).all()
    assert (found.nodes == docs.graph.node_ids[found.positions]).all()
    assert set(found.sources.tolist()) == {"label"}
    assert set(found.says) == {"committee", "links", "texts"}
    for kind in found.says:
        assert len(found.says[kind]) == n_wrong
        assert ((found.shares[kind] >= 0) & (found.shares[kind] <= 1 + 1e-9)).all()
    # Who contradicts stands in the reason, by name.
    assert f"the label is {found.given[0]}" in found.reasons[0]
    assert str(found.says["committee"][0]) in found.reasons[0]


def test_an_opinion_does_not_depend_on_the_label_that_it_is_of(docs, planted):
    student, y, _ = planted
    classes = np.unique(docs.target)
    codes = np.searchsorted(classes, y)
    positions = np.arange(len(y))
    one, other = int(np.diff(docs.graph.adjacency.indptr).argmax()), codes.copy()
    other[one] = (other[one] + 1) % len(classes)
    heard = [
        hear_witnesses(
            docs.graph,
            student._embedder(),
            student._hops(),
            Given(positions, np.eye(len(classes))[labels], labels),
        )
        for labels in (codes, other)
    ]
    for kind in ("committee", "links", "heard", "texts"):
        first, second = (getattr(said, kind) for said in heard)
        np.testing.assert_array_equal(first[one], second[one])
        assert (first != second).any(), kind  # others do hear of it


def test_the_same_twice_and_a_view_in_any_order(docs, planted):
    student, y, _ = planted
    some = np.random.RandomState(1).permutation(len(y))[:150]
    first = label_issues(student, docs.graph[some], y[some])
    second = label_issues(student, docs.graph[some[::-1]], y[some[::-1]])
    assert first.nodes.tolist() == second.nodes.tolist()
    np.testing.assert_array_equal(first.scores, second.scores)
    twice = np.r_[some, some[:20]]
    assert len(label_issues(student, docs.graph[twice], y[twice])) == 150


def test_answers_are_judged_where_no_label_is(toy):
    """Three wrong answers among thirty, and labels beside others."""
    records = list(toy.records)
    names = sorted(set(toy.target))
    wrong = {records[row].node: row for row in (3, 9, 15)}
    for row in wrong.values():
        said = max(records[row].probabilities, key=records[row].probabilities.get)
        other = names[(names.index(said) + 1) % 3]
        records[row] = Rationale(records[row].node, {other: 0.55, said: 0.45})
    told = toy.graph.annotated(rationales=check_rationales(records, toy.graph, names))
    model = InterpreterGNNClassifier(**fast()).fit(told)
    issues = label_issues(model, told)
    assert len(issues) == 30
    assert set(issues[:3].nodes) == set(wrong)
    assert set(issues.sources.tolist()) == {"answer"}
    y = np.full(60, "", dtype=object)
    at = toy.graph.positions(list(wrong))
    y[at] = toy.target[at]
    y[1] = names[(names.index(toy.target[1]) + 1) % 3]  # and nobody answered there
    beside = label_issues(model, told, y)
    assert len(beside) == 31
    for found in (issues, beside):  # the label itself would be no suggestion
        assert (found.suggestions != found.given).all()
    by_node = {node: row for row, node in enumerate(beside.nodes.tolist())}
    assert toy.graph.node_ids[1] in beside[:3].nodes
    for node in wrong:
        row = by_node[node]
        assert beside.sources[row] == "label"
        assert beside.says["teacher"][row] != beside.given[row]
        assert "the teacher" in beside.reasons[row]
        assert beside.scores[row] < 0.5  # the label is right
    others = beside.sources == "answer"
    assert all(said is None for said in beside.says["teacher"][others])


def test_a_class_that_is_often_given_for_another_is_believed_less():
    """Witnesses are torn between classes 0 and 1; labels say 1 too often."""
    random = np.random.RandomState(0)
    true = random.randint(3, size=900)
    codes = true.copy()
    is_wrong = (true == 0) & (random.uniform(size=900) < 0.4)
    codes[is_wrong] = 1
    odds = random.normal(scale=1.0, size=(900, 3))
    odds[np.arange(900), true] += 2.0
    evidence = odds[None]
    found = judge_given(evidence, codes)
    wrong_first = is_wrong[found.order][: is_wrong.sum()].mean()
    plain = np.argsort(odds[np.arange(900), codes] - odds.max(axis=1))
    assert wrong_first > is_wrong[plain][: is_wrong.sum()].mean()


def test_numbers_as_labels_and_few_labels(community):
    graph, codes = community.graph, np.unique(community.target, return_inverse=True)[1]
    y = np.where(np.arange(len(codes)) < 200, codes, -1)
    model = DistilledStudentClassifier(**fast(max_iter=1)).fit(graph, y)
    issues = label_issues(model, graph, y)
    assert len(issues) == 200
    assert issues.suggestions.dtype.kind == "i"
    assert (issues.suggestions != issues.given).all()
    few = np.where(np.arange(len(codes)) < 10, codes, -1)
    with pytest.raises(ValueError, match="There are 10 labels and answers"):
        label_issues(model, graph, few)
    with pytest.raises(ValueError, match="There are 0 labels and answers"):
        label_issues(model, graph)


def test_what_is_no_model_of_graphs_is_refused(community):
    with pytest.raises(TypeError, match="got str"):
        label_issues("model", community.graph)
    of_rows = DistilledStudentClassifier(**fast(max_iter=1))
    of_rows.fit(np.eye(6), [0, 1] * 3)
    with pytest.raises(TypeError, match="was fitted on an array"):
        label_issues(of_rows, community.graph)


def test_unlinked_and_empty_texts_make_no_trouble(community):
    graph, target = community.graph, community.target
    texts = ["" if row % 7 == 0 else text for row, text in enumerate(graph.texts)]
    bare = TextGraph(texts[:100], [])
    model = DistilledStudentClassifier(**fast(max_iter=1)).fit(bare, target[:100])
    issues = label_issues(model, bare, target[:100])
    assert all(said is None for said in issues.says["links"])
    assert np.isfinite(issues.scores).all()


def test_a_round_trip_by_a_reviewer(docs, planted, judged, tmp_path):
    _, y, is_wrong = planted
    issues = judged[:20]
    path = export_review(tmp_path / "review.csv", issues)
    rows = path.read_text("utf-8-sig").splitlines()
    assert "current" in rows[0]
    review = "node,label\n" + "".join(
        f"{node},{docs.target[at]}\n"
        for node, at in zip(issues.nodes, issues.positions, strict=True)
    )
    path.write_text(review)
    mended = import_review(path, docs.graph, y=y)
    assert (mended != docs.target).sum() == is_wrong.sum() - is_wrong[
        issues.positions
    ].sum()


def test_how_issues_are_shown(docs, judged):
    issues = judged[:30]
    assert repr(issues).startswith("LabelIssues(labels=30, flagged=")
    frame = issues.to_frame()
    assert {"given", "committee", "links_share", "reason"} <= set(frame.columns)
    assert len(pickle.loads(pickle.dumps(issues))) == 30
    text = next(t for t in docs.graph[issues.positions].texts if len(t) > 40)
    assert text[:40].encode() not in pickle.dumps(issues)
    assert "<table>" in issues._repr_html_()


def test_labels_of_nodes_without_an_answer_are_judged_where_others_have_one(
    pipeline, toy
):
    rest = np.setdiff1d(np.arange(len(toy.graph)), pipeline[0].answered_rows_)
    found = label_issues(pipeline, toy.graph[rest], toy.target[rest])
    assert sorted(found.positions.tolist()) == rest.tolist()
    assert set(found.sources) == {"label"}
