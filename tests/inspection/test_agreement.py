"""How far a student is from fresh answers."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.inspection import agreement
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import Rationale
from sklearn_tagkd.utils.intervals import difference_interval, wilson_interval
from tests.conftest import fast


@pytest.fixture(scope="module")
def model(toy):
    return make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(toy.answers)),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    ).fit(toy.graph)


def answers_with(model, graph, n_agreed):
    """Return labels of the view's nodes that agree with the model so often."""
    said = model.predict(graph).astype(object)
    names = model.classes_.tolist()
    for row in range(n_agreed, len(said)):
        said[row] = names[(names.index(said[row]) + 1) % len(names)]
    return said


def test_intervals_by_hand():
    # Wilson (1927) as Newcombe (1998) prints it: 81 of 263, and 56/70 less 48/80.
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    before, now = ((k / n, *wilson_interval(k / n, n)) for k, n in ((48, 80), (56, 70)))
    assert difference_interval(before, now) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_a_fall_says_ask_again_and_none_does_not(toy, model):
    held = model[1].teacher_audit_.agreement
    fallen = agreement(model, toy.graph, answers_with(model, toy.graph, 24))
    assert fallen.then[:3] == held
    assert fallen.then.n == 30
    assert fallen.now.share == pytest.approx(24 / 60)
    assert fallen.ask_again
    assert fallen.verdict == f"ask again: {held[0]:.0%} then, 40% now"
    same = agreement(model, toy.graph, answers_with(model, toy.graph, 60))
    assert not same.ask_again
    assert same.verdict.startswith("no need to ask again")
    later = agreement(model, toy.graph, answers_with(model, toy.graph, 20), before=same)
    assert later.verdict == "ask again: 100% then, 33% now"


def test_it_is_known_after_loading(toy, model, tmp_path):
    sklearn_tagkd.save(model, tmp_path / "m.safetensors")
    loaded = sklearn_tagkd.load(tmp_path / "m.safetensors")
    assert loaded[1].teacher_audit_ == model[1].teacher_audit_
    fallen = agreement(loaded, toy.graph, answers_with(model, toy.graph, 24))
    assert fallen.ask_again


def test_few_answers_and_a_student_alone_give_no_verdict(toy, model):
    graph = toy.graph[:10]
    few = agreement(model, graph, answers_with(model, graph, 2))
    assert few.verdict == "too few answers to tell: 20% now, of 10"
    student = model[-1]
    alone = agreement(student, toy.graph, answers_with(model, toy.graph, 24))
    assert alone.then is None
    assert alone.verdict == "40% now, of 60; nothing is known of then"


def test_answers_in_every_form_are_the_same(toy, model, annotated):
    table = annotated.annotations["rationales"]
    labels = np.full(60, "", dtype=object)
    labels[table.positions] = table.classes[table.probabilities.argmax(axis=1)]
    forms = (toy.answers, str(toy.answers), toy.records, table, labels)
    found = [agreement(model, toy.graph, form) for form in forms]
    for other in found[1:]:
        assert other.now == found[0].now
        assert other.by_class == found[0].by_class
    assert found[0].now.n == 30
    assert sum(share.n for share in found[0].by_class.values()) == 30
    turned = agreement(model, toy.graph[::-1], toy.records)
    assert turned.now == found[0].now


@pytest.mark.parametrize("kind", ["numbers", "dates", "strings"])
def test_by_time_the_newest_nodes_give_it_away(toy, model, kind):
    """Overall agreement is not known of then; the newest quarter has fallen."""
    days = np.datetime64("2026-01-01") + np.arange(60)
    times = {"numbers": np.arange(60.0), "dates": days, "strings": days.astype(str)}
    stamps = times[kind].copy()
    if kind == "numbers":
        stamps[0] = np.nan
    answers = answers_with(model, toy.graph, 60)
    names = model.classes_.tolist()
    for row in range(38, 60, 2):
        answers[row] = names[(names.index(answers[row]) + 1) % 3]
    found = agreement(model[-1], toy.graph, answers, times=stamps, n_periods=2)
    assert [share.n for *_, share in found.by_time] == (
        [30, 29] if kind == "numbers" else [30, 30]
    )
    assert found.by_time[0][2].share == 1.0
    assert found.ask_again
    assert found.verdict.startswith("ask again about what is new: 100% before")
    assert found.to_frame()["of"].tolist().count("time") == 2


def test_what_does_not_fit_is_refused(toy, model):
    with pytest.raises(ValueError, match="no answer about a selected node"):
        agreement(model, toy.graph, np.full(60, ""))
    with pytest.raises(ValueError, match="no answer about a selected node"):
        agreement(model, toy.graph, [Rationale("elsewhere", {"space": 1.0})])
    answers = answers_with(model, toy.graph, 60)
    with pytest.raises(ValueError, match="one entry per selected"):
        agreement(model, toy.graph, answers, times=[1, 2])
    with pytest.raises(ValueError, match="ISO dates"):
        agreement(model, toy.graph, answers, times=["soon"] * 60)


def test_how_it_is_shown(toy, model):
    found = agreement(model, toy.graph, toy.records)
    assert repr(found) == f"Agreement({found.verdict!r}, answers=30)"
    assert found.to_frame()["which"].tolist()[:2] == ["now", "then"]
    assert "<table>" in found._repr_html_()
