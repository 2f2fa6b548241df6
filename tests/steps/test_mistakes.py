"""What users pass by mistake: errors say what was wrong, what was given, what to do."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from torch import zeros
from torch_geometric.data import Data

from sklearn_tagkd import (
    DistilledStudentClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.other_graphs import conversion_of, holds_text
from sklearn_tagkd.preprocessing import InducedSubgraph, TextSelector
from tests.conftest import ESTIMATORS, fast

TEXTS = ["a private text", "another one", "a third"]
FRAME = pd.DataFrame({"text": TEXTS, "year": [1, 2, 3]})
MISTAKEN = {
    "Data": (Data(edge_index=zeros(2, 0).long(), num_nodes=3), r"from_pyg\(data"),
    "Graph": (nx.path_graph(3), r"from_networkx\(graph"),
    "csr_array": (scipy.sparse.csr_array(np.eye(3)), r"from_scipy\(texts, adj"),
    "coo_matrix": (scipy.sparse.coo_matrix(np.eye(3)), r"from_scipy\(texts, adj"),
    "DataFrame": (FRAME, r"from_pandas\(nodes, edges"),
    "Series": (FRAME["text"], r"TextGraph\(texts, edges\)"),
    "list": (TEXTS, r"TextGraph\(texts, edges\)"),
    "ndarray": (np.array(TEXTS), r"TextGraph\(texts, edges\)"),
    "tuple": ((TEXTS, [(0, 1)]), r"TextGraph\(texts, edges\)"),
    "str": (TEXTS[0], r"TextGraph\(texts, edges\)"),
}
TAKE_GRAPHS = [e for e in ESTIMATORS if not isinstance(e, TextSelector)]


@pytest.fixture(scope="module")
def fitted(toy):
    return DistilledStudentClassifier(**fast(max_iter=3)).fit(toy.graph, toy.target)


@pytest.mark.parametrize("kind", MISTAKEN)
@pytest.mark.parametrize("estimator", TAKE_GRAPHS, ids=lambda e: type(e).__name__)
def test_what_is_neither_a_graph_nor_numbers(estimator, kind):
    given, remedy = MISTAKEN[kind]
    with pytest.raises(TypeError, match=f"of type {kind}.*{remedy}") as error:
        estimator.fit(given, [0, 1, 0])
    assert "private" not in str(error.value)
    assert not hasattr(estimator, "fitted_on_graph_")


LISTS_OF_TEXTS = ["list", "ndarray", "Series"]


@pytest.mark.parametrize("kind", sorted(MISTAKEN.keys() - set(LISTS_OF_TEXTS)))
def test_the_same_when_predicting(fitted, kind):
    given, remedy = MISTAKEN[kind]
    with pytest.raises(TypeError, match=f"given X of type {kind}.*{remedy}") as error:
        fitted.predict(given)
    assert "private" not in str(error.value)


@pytest.mark.parametrize("kind", LISTS_OF_TEXTS)
def test_texts_alone_are_documents_without_links(fitted, kind):
    alone = fitted.predict_proba(TextGraph(TEXTS, []))
    given = MISTAKEN[kind][0]
    np.testing.assert_array_equal(fitted.predict_proba(given), alone)
    assert fitted.predict(given).shape == (len(TEXTS),)


def test_texts_alone_through_a_pipeline(toy):
    student = DistilledStudentClassifier(**fast(max_iter=3))
    model = make_pipeline(InducedSubgraph(), student).fit(toy.graph, toy.target)
    alone = student.predict_proba(TextGraph(TEXTS, []))
    np.testing.assert_array_equal(model.predict_proba(TEXTS), alone)
    np.testing.assert_array_equal(model.predict_proba(tuple(TEXTS)), alone)


def test_one_text_is_told_from_a_list_of_one(fitted):
    with pytest.raises(TypeError, match="a list of at least one str") as error:
        fitted.predict(TEXTS[0])
    assert TEXTS[0] not in str(error.value)


def test_what_is_not_texts_alone(fitted, toy):
    with pytest.raises(TypeError, match=r"of type list.*TextGraph\(texts, edges\)"):
        fitted.predict(["a text", None])
    with pytest.raises(TypeError, match="of type list"):
        fitted.predict([])
    wide = TextGraph(toy.graph.texts, [], features=np.eye(60))
    with_features = DistilledStudentClassifier(**fast(max_iter=2)).fit(wide, toy.target)
    with pytest.raises(ValueError, match="features"):
        with_features.predict(["a text"])
    on_array = MLPClassifier(**fast(max_iter=2)).fit(np.eye(6), [0, 1] * 3)
    with pytest.raises(TypeError, match="a dense array of numbers"):
        on_array.predict(["a text"])


def test_nothing_at_all(fitted):
    with pytest.raises(TypeError, match="X is None"):
        MLPClassifier().fit(None, [0, 1])
    with pytest.raises(TypeError, match="of type NoneType"):
        fitted.predict(None)
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        MLPClassifier().predict(None)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ([0, 1], r"y has 2 entries but X has 60 nodes\. Give one label"),
        (np.full(60, np.nan), r"nothing to learn from.*Pass y"),
        ([1, -1, -1] * 20, r"All labels in y are 1: -1.*np\.where\(y == -1, 0, y\)"),
        ([1.0, np.nan, np.nan] * 20, r"All labels in y are 1: -1"),
        (["a", 1, ""] * 20, "strings such as 'a' and a int such as 1"),
        (["a", "b", None] * 20 + ["c"], "61 entries"),
        (["a", "b", "-1"] * 20, "y holds the string '-1'.* use ''"),
        ([-1] * 60, r"nothing to learn from \(supervision='both'\).*Pass y"),
        (np.linspace(0, 1, 60), "continuous"),
        (np.eye(3)[np.arange(60) % 3], r"1d array.*\(60, 3\)"),
    ],
)
def test_labels_that_are_none(toy, y, says):
    with pytest.raises(ValueError, match=says):
        MLPClassifier(**fast(max_iter=3)).fit(toy.graph, y)


def test_scores_of_nothing(toy, fitted):
    with pytest.raises(ValueError, match="y has no label: there is nothing to score"):
        fitted.score(toy.graph, [-1] * 60)
    with pytest.raises(ValueError, match=r"such as 1, .* \['cooking', 'music'"):
        fitted.score(toy.graph, [1] * 60)
    objects = toy.target.astype(object)  # strings are strings in any array
    model = MLPClassifier(**fast(max_iter=3)).fit(toy.graph, objects)
    assert model.score(toy.graph, objects) == model.score(toy.graph, toy.target)


def test_graphs_of_other_columns(toy, fitted):
    bare = TextGraph(None, [(0, 1)], features=np.eye(3))
    with pytest.raises(ValueError, match=r"X has 3 features, .* fitted on had none"):
        fitted.predict(bare)
    wide = TextGraph(toy.graph.texts, [], features=np.eye(60))
    model = MLPClassifier(**fast(max_iter=3)).fit(wide, toy.target)
    with pytest.raises(ValueError, match=r"X has 3 features, but .* expecting 60"):
        model.predict(bare)
    with pytest.raises(ValueError, match="expecting 60 features"):
        model.predict(toy.graph)

    class Narrow:
        def encode(self, texts):
            return np.ones((len(texts), 8))

    model = MLPClassifier(**fast(max_iter=3)).fit(toy.graph, toy.target)
    model.set_params(encoder=Narrow())
    with pytest.raises(ValueError, match=r"have 8 columns, .* Use the same encoder"):
        model.predict(toy.graph)


@pytest.mark.parametrize(
    ("texts", "edges", "says"),
    [
        (FRAME, [], "of a DataFrame only the keys"),
        ({"a": "x"}, [], "of a dict only the keys"),
        (TEXTS, nx.path_graph(3), r"type Graph.*TextGraph\.from_networkx"),
        (TEXTS, scipy.sparse.eye_array(3), r"type dia_array.*TextGraph\.from_scipy"),
        (TEXTS, pd.DataFrame({"u": [0], "v": [1]}), r"type DataFrame.*\.to_numpy\(\)"),
        (TEXTS, np.eye(3), r"got \(3, 3\).*TextGraph\.from_scipy"),
        (TEXTS, np.zeros((2, 5)), r"got \(2, 5\)\. Transpose it: edges\.T"),
    ],
)
def test_parts_that_make_no_graph(texts, edges, says):
    with pytest.raises(GraphFormatError, match=says):
        TextGraph(texts, edges)


numbers = st.one_of(st.integers(-9, 9), st.floats(-9, 9), st.booleans(), st.none())


@given(st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1), st.text())
def test_numbers_hold_no_text_and_text_is_found_wherever_it_is(rows, text):
    for given_rows in (rows, tuple(rows), np.array(rows), np.array(rows, dtype=object)):
        assert not holds_text(given_rows)
        assert conversion_of(given_rows) is None
    frame = pd.DataFrame(rows, columns=["a", "b"])
    assert conversion_of(frame) is None
    assert holds_text(frame.assign(c=text))
    assert holds_text(np.array([*rows, [1, text]], dtype=object))
    assert holds_text([[text, text], *rows])


@pytest.mark.parametrize("kind", ["Data", "Graph"])
def test_a_whole_graph_is_no_list_of_texts(kind):
    graph, says = MISTAKEN[kind]
    if kind == "Graph":  # whose nodes could pass for texts
        graph = nx.relabel_nodes(graph, dict(enumerate(TEXTS)))
    with pytest.raises(GraphFormatError, match=says):
        TextGraph(graph, [])


@pytest.mark.parametrize("llm", ["gpt-4o-mini", "sk-a-secret", ["sk-a-secret", None]])
@pytest.mark.parametrize("method", ["fit", "plan", "questions"])
def test_a_name_is_nobody_who_answers(toy, llm, method):
    step = LLMRationaleTransformer(llm, classes=["music", "space"])
    with pytest.raises(TypeError, match=r"OpenAIClient\(name\)") as caught:
        getattr(step, method)(toy.graph)
    assert "secret" not in str(caught.value)
