"""What in y is a label, as numpy, pandas and lists write it."""

from enum import Enum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.baselines import GCNClassifier
from sklearn_tagkd.estimators.labels import is_unlabelled, labelled_rows
from sklearn_tagkd.utils.missing import is_missing
from tests.conftest import fast

NAMES = ["sport", None, "vote", "sport"]
NUMBERS = [0, None, 1, 0]
MISSING = [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, np.ma.masked]


@pytest.mark.parametrize("value", [*MISSING, np.datetime64("NaT")])
def test_what_is_missing(value):
    assert is_missing(value)
    assert is_unlabelled(value)


@pytest.mark.parametrize("value", [0, False, 0.0, "0", np.int8(0), "nan", "None", " "])
def test_what_is_there(value):
    assert not is_missing(value)
    assert not is_unlabelled(value)


@pytest.mark.parametrize("value", ["", -1, -1.0, np.int8(-1), np.str_("")])
def test_what_means_unlabelled(value):
    assert not is_missing(value)
    assert is_unlabelled(value)


class Topic(str, Enum):  # noqa: UP042 - its str() is 'Topic.A'
    A = "sport"
    B = "vote"


KINDS = {
    "Enum of strings": ([Topic.A, None, Topic.B, Topic.A], ["sport", "vote"]),
    "arrays": ([np.array(0), np.array(-1), np.array(1), np.array(0)], [0, 1]),
    "float16": (np.array([0, np.nan, 1, 0], dtype=np.float16), [0, 1]),
    "list": (NAMES, ["sport", "vote"]),
    "tuple": (tuple(NUMBERS), [0, 1]),
    "list of NaN": (["sport", np.nan, "vote", "sport"], ["sport", "vote"]),
    "list of NA": ([True, pd.NA, False, True], [False, True]),
    "list with -1": (["sport", -1, "vote", "sport"], ["sport", "vote"]),
    "objects": (np.array(NAMES, dtype=object), ["sport", "vote"]),
    "objects with -1": (np.array([0, -1, 1, 0], dtype=object), [0, 1]),
    "string": (pd.Series(NAMES, dtype="string"), ["sport", "vote"]),
    "pyarrow string": (pd.Series(NAMES, dtype="string[pyarrow]"), ["sport", "vote"]),
    "pandas default": (pd.Series(NAMES), ["sport", "vote"]),
    "category": (pd.Series(NAMES, dtype="category"), ["sport", "vote"]),
    "Categorical": (pd.Categorical(NAMES), ["sport", "vote"]),
    "Index": (pd.Index(NAMES), ["sport", "vote"]),
    "frame": (pd.DataFrame({"y": NAMES}), ["sport", "vote"]),
    "odd index": (pd.Series(NAMES, index=[7, 7, 3, 1]), ["sport", "vote"]),
    "Int64": (pd.Series(NUMBERS, dtype="Int64"), [0, 1]),
    "category of integers": (pd.Series(NUMBERS, dtype="category"), [0, 1]),
    "boolean": (pd.Series([False, None, True, False], dtype="boolean"), [False, True]),
    "Float64": (pd.Series(NUMBERS, dtype="Float64"), [0, 1]),
    "floats of integers": (pd.Series(NUMBERS), [0, 1]),
    "masked": (np.ma.masked_array([0, 9, 1, 0], mask=[0, 1, 0, 0]), [0, 1]),
    "int8": (np.array([0, -1, 1, 0], np.int8), [0, 1]),
    "StringDType": (
        np.array(["sport", "", "vote", "sport"], dtype=np.dtypes.StringDType()),
        ["sport", "vote"],
    ),
}


@pytest.mark.filterwarnings("ignore:A column-vector y")
@pytest.mark.parametrize(("y", "classes"), KINDS.values(), ids=KINDS)
def test_one_missing_label_makes_no_class_of_its_own(y, classes):
    labels, is_labelled = labelled_rows(y, 4)
    assert is_labelled.tolist() == [True, False, True, True]
    found = np.unique(labels[is_labelled]).tolist()
    assert found == classes
    assert [type(label) for label in found] == [type(label) for label in classes]


@pytest.mark.parametrize("kind", [bool, np.uint8, np.uint64, np.int64, np.float32])
def test_labels_keep_their_type(kind):
    labels, is_labelled = labelled_rows(np.array([0, 1, 1], dtype=kind), 3)
    assert is_labelled.all()
    assert labels.dtype == kind
    assert labels.tolist() == [0, 1, 1]


def test_floats_that_were_floats_stay_floats():
    labels, _ = labelled_rows(np.array([0.0, 1.0, -1.0]), 3)
    assert labels.dtype == np.float64


@pytest.mark.parametrize("y", [KINDS["string"][0], KINDS["Int64"][0], KINDS["list"][0]])
def test_a_classifier_learns_and_scores_them(y):
    graph = TextGraph(["a goal", "rain", "the vote", "late goal"], [(0, 3)])
    model = GCNClassifier(**fast(max_iter=5)).fit(graph, y)
    assert len(model.classes_) == 2
    assert 0 <= model.score(graph, y) <= 1


def test_rows_of_an_array_need_a_label_each():
    X = np.eye(4, dtype=np.float32)
    y = pd.Series(["a", None, "b", "a"], dtype="string")
    with pytest.raises(ValueError, match=r"Input y contains NaN.*first in row 1"):
        GCNClassifier(**fast(max_iter=3)).fit(X, y)
    model = GCNClassifier(**fast(max_iter=3)).fit(
        X, pd.Series([0, 1, 1, 0], dtype="Int64")
    )
    assert model.classes_.dtype.kind == "i"
    assert GCNClassifier(**fast(max_iter=3)).fit(
        X, [-1, 1, 1, -1]
    ).classes_.tolist() == [-1, 1]


@given(
    st.lists(st.one_of(st.integers(0, 3), st.sampled_from(MISSING[:6])), min_size=1),
    st.sampled_from(["list", "objects", "Int64"]),
)
def test_a_class_keeps_its_name_whatever_is_missing(values, kind):
    make = {
        "list": list,
        "objects": lambda v: pd.Series(v, dtype=object),
        "Int64": lambda v: pd.array([None if is_missing(x) else x for x in v], "Int64"),
    }
    labels, is_labelled = labelled_rows(make[kind](values), len(values))
    assert is_labelled.tolist() == [not is_missing(value) for value in values]
    assert labels[is_labelled].tolist() == [v for v in values if not is_missing(v)]


@pytest.mark.parametrize("kind", [str, int])
def test_one_label_of_each_class_is_no_regression(kind):
    y = np.array([""] * 60 if kind is str else [-1] * 60, dtype=object)
    y[:21] = [kind(label) for label in range(10, 31)]
    labels, is_labelled = labelled_rows(y, len(y))  # a warning would be an error
    assert (labels[:21] == np.array(y[:21].tolist())).all()
    assert is_labelled.sum() == 21


def test_numbers_that_are_measured_are_still_refused():
    with pytest.raises(ValueError, match="Unknown label type"):
        labelled_rows(np.linspace(0.1, 0.9, 30), 30)
