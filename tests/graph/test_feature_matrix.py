"""Features in every form that they come in."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.feature_matrix import check_features

NULLABLE = pd.array([1, 2, 3], dtype="Int64")


@pytest.mark.parametrize(
    ("features", "dtype"),
    [
        ([[1], [2], [3]], np.int64),
        (np.ones((3, 1), np.float32), np.float32),
        (np.ones((3, 1), bool), np.bool_),
        (np.ones((3, 1), np.longdouble), np.float64),
        (torch.ones(3, 1, requires_grad=True), np.float32),
        (torch.ones(3, 1, dtype=torch.bfloat16), np.float32),
        (torch.ones(3, 1).to(torch.float8_e4m3fn), np.float32),
        (pd.DataFrame({"a": [True, False, True], "b": NULLABLE}), np.float64),
        (pd.DataFrame({"a": NULLABLE}), None),
        (pd.DataFrame({"a": NULLABLE.astype("int64[pyarrow]")}), None),
        (np.array([[1], [Decimal("0.5")], [True]], dtype=object), np.float64),
        ([[2**70], [1], [2]], np.float64),
    ],
)
def test_numbers_in_any_form(features, dtype):
    matrix = check_features(features)
    assert matrix.dtype == dtype or (dtype is None and matrix.dtype.kind in "if")
    assert not matrix.flags.writeable
    assert TextGraph(None, [], features=features).shape[0] == 3


def test_an_array_is_not_copied():
    features = np.ones((3, 2))
    assert np.shares_memory(check_features(features), features)
    tensor = torch.ones(3, 2)
    assert np.shares_memory(check_features(tensor), tensor.numpy())


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (scipy.sparse.eye_array(3), r"sparse \(dia_array of shape \(3, 3\)\).*toarray"),
        (scipy.sparse.csr_matrix((3, 3)), r"sparse \(csr_matrix.*toarray"),
        (torch.eye(3).to_sparse(), r"sparse \(Tensor.*features\.to_dense\(\)"),
        (np.ones((3, 0)), r"shape \(3, 0\): there is no column.*Leave features out"),
        (np.ones(3), r"got \(3,\). One column is features\[:, None\]"),
        (np.ones((3, 1, 1)), r"got \(3, 1, 1\)"),
        ({"a": [1]}, "got a dict"),
        (iter([[1]]), "got a list_iterator"),
        ([[1, 2], [3]], "rows of features differ in length"),
        (np.ones((3, 1)) + 1j, "must be numbers; got dtype complex128. .*real"),
        (np.zeros((3, 1), "M8[D]"), r"got dtype datetime64\[D\]\. Say how much time"),
        (np.zeros((3, 1), "m8[D]"), r"got dtype timedelta64\[D\]\. Give it in a unit"),
        (np.zeros((3, 1), [("a", int)]), "must be numbers"),
        ([["x"]], "must be numbers; got dtype <U1. .*OneHotEncoder"),
        (np.array([[1, "2"]], dtype=object), r"features\[0, 1\] is of type str"),
        (np.array([[1, 1j]], dtype=object), r"features\[0, 1\] is of type complex"),
        ([[2**5000]], r"features\[0, 0\] is of type int"),
        (
            pd.DataFrame({"a": pd.Categorical(["u"])}),
            r"features\[0, 0\] is of type str",
        ),
        ([[1, None]], r"features\[0, 1\] is nan. Fill in"),
        (np.array([[pd.NA]], dtype=object), r"features\[0, 0\] is nan. Fill in"),
        (
            pd.DataFrame({"a": [True], "b": pd.array([None], dtype="Int64")}),
            r"features\[0, 1\] is nan. Fill in",
        ),
        (np.ma.masked_array([[1, 2]], mask=[[0, 1]]), r"masked.*features\[0, 1\]"),
        (np.full((1, 1), np.longdouble("1e4000")), r"features\[0, 0\] is inf"),
    ],
)
def test_anything_else_is_refused_with_the_remedy(features, message):
    with pytest.raises(GraphFormatError, match=message) as caught:
        TextGraph(None, [], features=features)
    assert caught.value.__cause__ is None


def test_an_error_never_carries_a_text():
    with pytest.raises(GraphFormatError) as caught:
        TextGraph(None, [], features=np.array([[1, "a secret"]], dtype=object))
    assert "secret" not in repr(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
