"""Integers that scikit-learn made of names, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.estimators.label_codes import decode_labels
from sklearn_tagkd.llm import RecordedAnswers
from tests.conftest import fast

NAMES = ["cooking", "music", "space"]


def pipeline(toy, classes):
    return make_pipeline(
        LLMRationaleTransformer(llm=RecordedAnswers(toy.answers), classes=classes),
        InterpreterGNNClassifier(**fast()),
        DistilledStudentClassifier(**fast()),
    )


# numpy drops NULs at the end of a string, and LabelEncoder holds labels in an array.
names_that_last = st.text(min_size=1).filter(lambda name: name[-1] != "\0")


@given(st.lists(names_that_last, min_size=1, max_size=60))
def test_what_an_encoder_did_is_undone(labels):
    # Three of each: scikit-learn wonders about classes of a single node.
    labels = 3 * ([label for label in labels if label != "-1"] or ["a"])
    encoder = LabelEncoder().fit(labels)
    names, codes = encoder.classes_.tolist(), encoder.transform(labels)
    decoded, positions = decode_labels(names, codes, len(codes))
    assert decoded.tolist() == labels
    assert positions.tolist() == list(range(len(names)))


def test_codes_give_what_names_give(toy):
    codes = np.searchsorted(NAMES, toy.target)
    codes[::5] = -1
    names = np.where(codes >= 0, toy.target, "")
    by_name = pipeline(toy, NAMES).fit(toy.graph, names)
    for classes in (NAMES, dict.fromkeys(NAMES, "a class")):
        by_code = pipeline(toy, classes).fit(toy.graph, codes)
        for step in by_code:
            assert step.classes_.tolist() == [0, 1, 2]
        predicted = by_code.predict(toy.graph)
        assert (np.array(NAMES)[predicted] == by_name.predict(toy.graph)).all()
        expected = by_name.predict_proba(toy.graph)
        assert (by_code.predict_proba(toy.graph) == expected).all()


def test_probabilities_across_folds(toy):
    said = cross_val_predict(
        pipeline(toy, NAMES), toy.graph, toy.target, cv=3, method="predict_proba"
    )
    assert said.shape == (60, 3)
    assert (np.array(NAMES)[said.argmax(axis=1)] == toy.target).mean() > 0.9


@pytest.mark.parametrize(
    ("classes", "remedy"),
    [(None, r"classes=sorted\(names\)"), (NAMES[::-1], r"classes=sorted\(names\)")],
)
def test_integers_without_sorted_names_are_refused(toy, classes, remedy):
    for fit in (
        lambda: pipeline(toy, classes).fit(
            toy.graph, np.searchsorted(NAMES, toy.target)
        ),
        lambda: cross_val_predict(
            pipeline(toy, classes),
            toy.graph,
            toy.target,
            cv=3,
            method="predict_proba",
        ),
    ):
        with pytest.raises(ValueError, match=remedy):
            fit()


def test_unlabelled_nodes_are_not_taken_for_a_class(toy):
    y = toy.target.copy()
    y[::4] = ""  # scikit-learn makes it class 0, and shifts all others
    with pytest.raises(ValueError, match="pass labelled nodes only"):
        cross_val_predict(
            pipeline(toy, NAMES), toy.graph, y, cv=3, method="predict_proba"
        )


def test_fewer_codes_than_names_are_refused(toy):
    some = np.flatnonzero(toy.target != "music")  # 1 would be space, not music
    with pytest.raises(ValueError, match=r"without \[2\] they may be positions among"):
        cross_val_predict(
            pipeline(toy, NAMES),
            toy.graph[some],
            toy.target[some],
            cv=3,
            method="predict_proba",
        )
    # One against the rest: 1 is now this class, now that one.
    with pytest.raises(ValueError, match="may be positions among fewer names"):
        OneVsRestClassifier(pipeline(toy, NAMES)).fit(toy.graph, toy.target)


def test_everything_else_is_left_as_it_is():
    for classes, y in (
        (None, [0, 1]),
        ([0, 1], [0, 1]),
        (NAMES, ["music", ""]),
        (NAMES, [-1, -1]),
        (NAMES, None),
    ):
        decoded, codes = decode_labels(classes, y, 2)
        assert decoded is y
        assert codes is None
