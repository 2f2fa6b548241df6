"""Displays draw what they were given, in the user's own style, and nothing beyond."""

import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.exceptions import MissingExtraError
from sklearn_tagkd.inspection import (
    AnswerCurveDisplay,
    EgoNetworkDisplay,
    EmbeddingMapDisplay,
    ReliabilityDisplay,
    SelectionDisplay,
    TeacherStudentDisplay,
    TrainingHistoryDisplay,
    explain,
)
from sklearn_tagkd.inspection.displays.style import mark_of
from tests.conftest import fast


@pytest.fixture(autouse=True)
def closing():
    yield
    pyplot.close("all")


def made(pipeline, toy, ax=None):
    """Return one display of each kind."""
    graph = toy.graph
    node = graph.node_ids[0]
    return [
        ReliabilityDisplay.from_estimator(pipeline, graph, toy.target, ax=ax),
        TeacherStudentDisplay.from_estimator(pipeline, graph, ax=ax),
        EmbeddingMapDisplay.from_estimator(pipeline, graph, method="pca", ax=ax),
        EgoNetworkDisplay.from_estimator(pipeline, graph, node, ax=ax),
        TrainingHistoryDisplay.from_estimator(pipeline, ax=ax),
        SelectionDisplay.from_estimator(pipeline, graph, ax=ax),
        AnswerCurveDisplay.from_predictions([1, 2], [0.5, 0.6], ax=ax),
    ]


def test_each_makes_a_figure_and_each_draws_on_axes_that_are_given(pipeline, toy):
    for shown in made(pipeline, toy):
        assert shown.figure_ is shown.ax_.figure
        assert shown.plot() is shown
    pyplot.close("all")
    _, ax = pyplot.subplots()
    for shown in made(pipeline, toy, ax):
        assert shown.ax_ is ax
        assert shown.figure_ is ax.figure
    assert len(pyplot.get_fignums()) == 1


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_what_is_written_has_the_colour_of_the_users_style(pipeline, toy, style):
    with pyplot.style.context(style):
        ink = to_rgba(matplotlib.rcParams["axes.labelcolor"])
        for shown in made(pipeline, toy):
            texts = [shown.ax_.title, *shown.ax_.texts]
            own = [to_rgba(text.get_color()) for text in texts if text.get_text()]
            # White on a full cell is the one exception.
            assert set(own) <= {ink, to_rgba("white")}
            shown.figure_.canvas.draw()


def test_reliability_counts_what_the_model_has_not_learnt(pipeline, toy):
    shown = ReliabilityDisplay.from_estimator(pipeline, toy.graph, toy.target)
    n_asked = pipeline[0].n_answered_
    assert shown.reliability.counts.sum() == len(toy.graph) - n_asked
    rest = np.setdiff1d(np.arange(len(toy.graph)), pipeline[0].answered_rows_)
    right = pipeline.predict(toy.graph[rest]) == toy.target[rest]
    assert shown.reliability.accuracy == pytest.approx(right.mean())
    assert shown.ax_.get_xlim() == shown.ax_.get_ylim() == (0.0, 1.0)


def test_reliability_of_probabilities_by_hand():
    said = [[0.85, 0.15], [0.85, 0.15], [0.15, 0.85], [0.45, 0.55]]
    found = ReliabilityDisplay.from_predictions(
        ["a", "b", "b", "b"], said, ["a", "b"]
    ).reliability
    np.testing.assert_allclose(found.confidence, [0.55, 0.85])
    np.testing.assert_allclose(found.right, [1.0, 2 / 3])
    assert found.counts.tolist() == [1, 3]
    assert found.error == pytest.approx((0.45 + 3 * (0.85 - 2 / 3)) / 4)
    assert ((found.low <= found.right) & (found.right <= found.high)).all()
    assert found.low.min() >= 0
    assert found.high.max() <= 1


@pytest.mark.parametrize(
    ("truth", "said", "match"),
    [
        (["a"], [[0.5, 0.5], [1, 0]], "shape"),
        (["a"], [[np.nan, 1]], "finite"),
        ([], np.empty((0, 2)), "no prediction"),
    ],
)
def test_reliability_says_what_is_wrong(truth, said, match):
    with pytest.raises(ValueError, match=match):
        ReliabilityDisplay.from_predictions(truth, said, ["a", "b"])


def test_teacher_and_student_are_those_of_the_answered_nodes(pipeline, toy):
    shown = TeacherStudentDisplay.from_estimator(pipeline, toy.graph)
    assert shown.counts.sum() == pipeline[0].n_answered_
    assert shown.classes.tolist() == sorted(set(toy.target))
    view = toy.graph[pipeline[0].answered_rows_[:7]]
    assert TeacherStudentDisplay.from_estimator(pipeline, view).counts.sum() == 7


def test_the_map_marks_asked_nodes_and_where_something_else_is_said(pipeline, toy):
    y = toy.target.copy()
    y[3] = "none of them"
    shown = EmbeddingMapDisplay.from_estimator(pipeline, toy.graph, y, method="pca")
    assert shown.asked.sum() == pipeline[0].n_answered_
    wrong = pipeline.predict(toy.graph) != y
    np.testing.assert_array_equal(shown.disagrees, wrong)
    small = EmbeddingMapDisplay.from_estimator(
        pipeline, toy.graph, method="pca", max_nodes=35
    )
    assert len(small.points) == 35
    assert small.asked.sum() == 30  # asked ones first


def test_up_to_42_classes_no_two_share_colour_and_marker():
    assert len({mark_of(number) for number in range(42)}) == 42


def test_an_ego_network_has_the_linked_nodes_and_their_effects(pipeline, toy):
    graph = toy.graph
    links = graph.adjacency
    at = int(np.argmax(np.diff(links.indptr)))
    node = graph.node_ids[at]
    linked = graph.node_ids[links.indices[links.indptr[at] : links.indptr[at + 1]]]
    found = explain(pipeline, graph, [node], 5)[0]
    shown = EgoNetworkDisplay.from_predictions(found, graph, pipeline)
    assert set(linked) <= set(shown.linked)
    first = found.neighbors[0].what
    assert any(t.get_text().startswith(str(first)) for t in shown.ax_.texts)
    alone = graph.node_ids[-1]  # has no link
    assert EgoNetworkDisplay.from_estimator(pipeline, graph, alone).linked == []


def test_asked_nodes_are_compared_with_the_others_that_were_asked(pipeline, toy):
    shown = SelectionDisplay.from_estimator(pipeline, toy.graph)
    assert shown.asked.sum() == pipeline[0].n_answered_
    assert (shown.distance >= 0).all()
    assert shown.distance[shown.asked].max() > 1e-6  # not from themselves


def test_a_selection_shows_no_more_nodes_than_wanted(pipeline, toy):
    shown = SelectionDisplay.from_estimator(pipeline, toy.graph, max_nodes=5)
    assert (shown.asked.sum(), (~shown.asked).sum()) == (5, 5)


def test_a_map_of_more_classes_than_a_legend_holds_names_the_most_frequent():
    labels = np.repeat(np.arange(30), np.arange(30, 0, -1))
    rows = np.random.RandomState(0).normal(size=(len(labels), 3))
    shown = EmbeddingMapDisplay.from_predictions(rows, labels, method="pca")
    names = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert names == [*map(str, range(19)), "11 other classes"]
    n_points = sum(len(drawn.get_offsets()) for drawn in shown.ax_.collections)
    assert n_points == len(labels)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_rows_that_are_all_alike_lie_in_one_place(method):
    shown = EmbeddingMapDisplay.from_predictions(
        np.ones((20, 4)), ["a", "b"] * 10, method=method
    )
    assert not shown.points.any()


def test_names_around_a_node_do_not_run_into_one_another():
    import scipy.sparse as sp  # a star of 25

    ids = [f"node {i}" for i in range(25)]
    links = sp.csr_array((np.ones(24), (np.zeros(24, int), np.arange(1, 25))), (25, 25))
    graph = TextGraph.from_scipy([f"text {i}" for i in range(25)], links, ids)
    student = DistilledStudentClassifier(**fast()).fit(graph, ["a", "b", *["a"] * 23])
    shown = EgoNetworkDisplay.from_estimator(student, graph, "node 0", budget=1)
    shown.figure_.canvas.draw()
    boxes = [text.get_window_extent() for text in shown.ax_.texts]
    assert len(boxes) == 24
    overlaps = [
        (a, b) for a in range(24) for b in range(a) if boxes[a].overlaps(boxes[b])
    ]
    assert overlaps == []


def test_history_shows_every_loss(pipeline):
    shown = TrainingHistoryDisplay.from_estimator(pipeline)
    assert set(shown.lines_) == set(pipeline[-1].history_[0]) - {"step"}
    for name, line in shown.lines_.items():
        drawn = [look[name] for look in pipeline[-1].history_]
        np.testing.assert_allclose(line.get_ydata(), drawn)


def test_a_curve_does_not_leave_what_a_share_can_be():
    shown = AnswerCurveDisplay.from_predictions(
        [10, 20], [0.02, 0.99], deviations=[0.5, 0.5], dollars=[0.1, 0.2]
    )
    low, high = shown.ax_.get_ylim()
    assert low >= 0
    assert high <= 1
    shown.plot(against="dollars")
    np.testing.assert_allclose(shown.line_.get_xdata(), [0.1, 0.2])
    with pytest.raises(ValueError, match="dollars"):
        AnswerCurveDisplay.from_predictions([1], [0.5], against="dollars")
    with pytest.raises(ValueError, match="against"):
        AnswerCurveDisplay.from_predictions([1], [0.5], against="euros")


def test_rounds_of_asking_make_a_curve(pipeline):
    class Asked:
        outlook_ = [
            {"n_answered": 10, "agreement": np.nan, "cost": 0.5},
            {"n_answered": 50, "agreement": 0.8, "cost": 0.5},
            {"n_answered": 100, "agreement": 0.9, "cost": 0.5},
        ]

    shown = AnswerCurveDisplay.from_estimator(Asked(), against="dollars")
    np.testing.assert_allclose(shown.line_.get_xdata(), [0.5, 1.0])
    with pytest.raises(ValueError, match="stop="):
        AnswerCurveDisplay.from_estimator(pipeline)


def test_names_are_shown_letter_by_letter():
    names = ["$x_1$ <script>", "_hidden", "a\nb" * 40]
    shown = TeacherStudentDisplay.from_predictions(names, names)
    shown.figure_.canvas.draw()
    ticks = [label.get_text() for label in shown.ax_.get_yticklabels()]
    assert r"\$x_1\$ <script>" in ticks
    assert max(map(len, ticks)) < 40


def test_who_has_no_answers_is_told(toy):
    alone = InterpreterGNNClassifier(**fast()).fit(toy.graph, toy.target)
    for display in (TeacherStudentDisplay, SelectionDisplay):
        with pytest.raises(ValueError, match="annotated"):
            display.from_estimator(alone, toy.graph)
    step = LLMRationaleTransformer()
    step.classes_ = np.array([])
    with pytest.raises(TypeError, match="history_"):
        TrainingHistoryDisplay.from_estimator(step)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"sklearn-tagkd\[demo\]"):
        AnswerCurveDisplay.from_predictions([1], [0.5])


def test_a_display_needs_no_screen():
    code = (
        "from sklearn_tagkd.inspection import AnswerCurveDisplay as D;"
        "print(D.from_predictions([1, 2], [0.1, 0.2]).figure_ is not None)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "True"
