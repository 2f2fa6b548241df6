import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.node_ids import NodeIds

hashables = st.one_of(
    st.integers(), st.text(), st.tuples(st.integers(), st.text()), st.booleans()
)


@given(st.lists(hashables, unique=True, min_size=1))
def test_positions_of_any_ids_are_their_places(ids):
    known = NodeIds.from_user(ids, len(ids))
    assert known.positions(ids).tolist() == list(range(len(ids)))
    assert known.positions([object()]).tolist() == [-1]
    again = pickle.loads(pickle.dumps(known))
    assert again.positions(ids).tolist() == list(range(len(ids)))
    assert again.take().tolist() == ids


def test_integer_positions_with_gaps_and_strangers():
    known = NodeIds.from_user([30, 10, 20], 3)
    assert known.positions(np.array([20, 5, 30, 99])).tolist() == [2, -1, 0, -1]
    assert known.kind == "int"


def test_places_are_found_without_a_search():
    known = NodeIds.from_user(None, 3)
    some = np.array([2, 0, 1, 2])
    assert known.positions(some).tolist() == [2, 0, 1, 2]
    assert known.positions(np.array([3, -1, 1])).tolist() == [-1, -1, 1]
    assert known.positions(some.astype(np.uint8)).dtype == np.int64


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b"], "2 entries but there are 3 texts"),
        (["a", "b", "a"], r"node_ids\[2\] is 'a', the id of node_ids\[0\] too"),
        (["a", None, "b"], r"node_ids\[1\] is None"),
        ([1.0, float("nan"), 2.0], r"node_ids\[1\] is nan"),
        (["a", ["b"], "c"], r"node_ids\[1\] is a list, which is not hashable"),
        ("abc", "single string"),
    ],
)
def test_bad_ids_are_refused_by_name(ids, message):
    with pytest.raises(GraphFormatError, match=message):
        NodeIds.from_user(ids, 3)


def test_unhashable_look_up_is_just_unknown():
    assert NodeIds.from_user(["a"], 1).positions([["a"]]).tolist() == [-1]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, pd.NA, 3], r"node_ids\[1\] is <NA>. Every node needs an id"),
        (pd.array([1, None, 3], dtype="Int64"), r"node_ids\[1\] is <NA>"),
        ([1, pd.NaT, 3], r"node_ids\[1\] is NaT"),
        (["a", None, "c"], r"node_ids\[1\] is None"),
        (np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]), r"node_ids\[1\] is None"),
        (torch.tensor([5, 5, 7]), r"node_ids\[1\] is 5, the id of node_ids\[0\]"),
        ([torch.tensor(i) for i in range(3)], r"node_ids\[0\] is a Tensor.*\.item\(\)"),
        ({1, 2, 3}, "a set has no order"),
        (b"abc", "got a single bytes object"),
        (3, "one id per node; got 3"),
        (pd.DataFrame({"node": [1, 2, 3]}), "of a DataFrame only the keys"),
    ],
)
def test_what_names_no_node(ids, message):
    with pytest.raises(GraphFormatError, match=message):
        NodeIds.from_user(ids, 3)


def test_numbers_of_a_tensor_are_numbers():
    graph = TextGraph(["x"] * 3, [(5, 6)], node_ids=torch.tensor([5, 6, 7]))
    assert graph.node_ids.dtype == np.int64
    assert graph.positions([5]).tolist() == [0]
    assert graph.positions(torch.tensor([7, 5, 4])).tolist() == [2, 0, -1]
    named = TextGraph(["x"] * 3, [("a", "b")], node_ids=np.array(list("abc")))
    assert named.positions(["b", pd.NA, None, ["a"]]).tolist() == [1, -1, -1, -1]
