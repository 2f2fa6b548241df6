import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(texts=[], edges=[]), "has no node: texts is empty"),
        (dict(texts="abc", edges=[]), "got a single str"),
        (dict(texts=None, edges=[]), "both are None"),
        (dict(texts=b"ab", edges=[]), "got a single bytes object"),
        (dict(texts={"a", "b"}, edges=[]), "a set has no order"),
        (dict(texts=5, edges=[]), "one text per node; got 5"),
        (dict(texts=np.ones(2), edges=[]), r"texts\[0\] \(node 0\) is not a text"),
        (dict(texts=["a", float("nan")], edges=[]), r"texts\[1\] \(node 1\).*nan"),
        (dict(texts=["a", None], edges=[], node_ids=["p", "q"]), r"\(node 'q'\)"),
        (dict(texts=["a", pd.NA], edges=[]), r"is missing: <NA>.*fillna\(''\)"),
        (dict(texts=pd.Series(["a", None]), edges=[]), r"is missing.*fillna\(''\)"),
        (dict(texts=["a", b"b"], edges=[]), "not a text but bytes"),
        (dict(texts=["secret\ud800"], edges=[]), "lone surrogate"),
        (dict(texts=["a"], edges=[], features=[[1.0], [2.0]]), "features has 2 rows"),
        (dict(texts=["a"], edges=[], features=[1.0]), "must have shape"),
        (dict(texts=["a"], edges=[], features=[["x"]]), "must be numbers"),
        (dict(texts=["a"], edges=[], features=[[np.inf]]), r"features\[0, 0\] is inf"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, message):
    with pytest.raises(GraphFormatError, match=message):
        TextGraph(**arguments)


def test_an_error_never_carries_a_text():
    with pytest.raises(GraphFormatError) as caught:
        TextGraph(["the secret text \ud800"], [])
    error = caught.value
    chain = [
        error,
        error.__cause__,
        None if error.__suppress_context__ else error.__context__,
    ]
    assert all("secret" not in repr(link) for link in chain)


def test_features_alone_make_a_graph():
    graph = TextGraph(None, [(0, 1)], features=[[1, 2], [3, 4]])
    assert graph.shape == (2, 2)
    assert graph.texts == ["", ""]
    assert not graph.features.flags.writeable
