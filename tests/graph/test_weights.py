"""Weights of links: which are taken, which counts of several, and where they stay."""

import pickle
from decimal import Decimal

import joblib
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Data

from sklearn_tagkd import TextGraph, datasets
from sklearn_tagkd.exceptions import GraphFormatError

N = 5
TEXTS = ["x"] * N
node = st.integers(0, N - 1)
weight = st.one_of(st.just(0.0), st.floats(0.01, 100))


@given(st.lists(st.tuples(node, node, weight), max_size=30), st.booleans())
def test_the_greatest_weight_of_a_link_counts(edges, directed):
    graph = TextGraph(
        TEXTS,
        [(u, v) for u, v, _ in edges],
        directed=directed,
        weights=[w for *_, w in edges],
    )
    expected = np.zeros((N, N))
    for u, v, w in edges:
        if u != v:
            expected[u, v] = max(expected[u, v], w)
            expected[v, u] = expected[v, u] if directed else expected[u, v]
    assert graph.adjacency.toarray().tolist() == expected.tolist()
    assert (graph.adjacency.data > 0).all()
    report = graph.report
    assert report.n_links == (expected > 0).sum() // (1 if directed else 2)
    assert report.weightless_links == sum(u != v and not w for u, v, w in edges)
    counted = report.n_links + report.self_loops + report.duplicate_links
    assert counted + report.weightless_links == len(edges)


@pytest.mark.parametrize(
    "weights",
    [
        [0.5, 2],
        (0.5, 2.0),
        np.array([0.5, 2], dtype=np.float16),
        torch.tensor([0.5, 2], dtype=torch.bfloat16),
        torch.tensor([0.5, 2], requires_grad=True),
        pd.Series([0.5, 2], index=[7, 9]),
        pd.array([0.5, 2], dtype="Float64"),
        [Decimal("0.5"), 2],
        iter([0.5, 2]),
    ],
    ids=lambda weights: type(weights).__name__,
)
def test_any_numbers_will_do(weights):
    graph = TextGraph(TEXTS, [(0, 1), (1, 2)], weights=weights)
    assert graph.adjacency.data.tolist() == [0.5, 0.5, 2, 2]
    assert graph.adjacency.dtype == np.float64


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -1], r"weights\[1\] is -1.0.*leave such edges out"),
        ([1, np.nan], r"weights\[1\] is nan.*Fill in"),
        ([None, 1], r"weights\[0\] is nan.*Fill in"),
        (pd.array([1, None], dtype="Int64"), r"weights\[1\] is nan.*Fill in"),
        ([np.inf, 1], r"weights\[0\] is inf"),
        ([1e19, 1], r"weights\[0\] is 1e\+19.*Divide all"),
        ([1], "has 1 entries but there are 2 edges"),
        ([[1], [2]], r"shape \(n_edges,\); got \(2, 1\). Write weights.ravel"),
        (2.0, "one number per edge; got 2.0"),
        ("ab", "got a single string"),
        (["1", "2"], r"must be numbers; got dtype <U1. .*astype\(float\)"),
        ([1, "2"], "must be numbers; got dtype"),
        ([object(), 1], r"weights\[0\] is of type object"),
        ([1j, 1], "must be numbers; got dtype complex128"),
        ({(0, 1): 1}, "got a dict. Write"),
        ({1, 2}, "a set has no order"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), r"masked in 1 places.*weights\[1\]"),
        (pd.DataFrame({"w": [1, 2]}), "of a DataFrame only the keys"),
    ],
)
def test_what_is_no_weight_is_refused_by_name(weights, message):
    with pytest.raises(GraphFormatError, match=message):
        TextGraph(TEXTS, [(0, 1), (1, 2)], weights=weights)


def test_a_set_of_edges_has_no_first_weight():
    assert TextGraph(TEXTS, {(0, 1), (1, 2)}).report.n_links == 2
    with pytest.raises(GraphFormatError, match="which weight is whose"):
        TextGraph(TEXTS, {(0, 1), (1, 2)}, weights=[1, 2])


def test_weights_in_the_edges_are_shown_their_place():
    for edges in ([(0, 1, 0.5)], np.array([[0, 1, 0.5]])):
        with pytest.raises(GraphFormatError, match="weights="):
            TextGraph(TEXTS, edges)


def test_tiny_weights_stay_links():
    graph = TextGraph(TEXTS, [(0, 1), (1, 2)], weights=[5e-324, 1e-300])
    assert graph.adjacency.data.tolist() == [1e-18] * 4


def weighed(**options):
    edges, weights = [(0, 1), (1, 2), (2, 3)], [0.5, 2, 3]
    return TextGraph(TEXTS, edges, weights=weights, **options)


@pytest.mark.parametrize("directed", [True, False])
def test_views_cuts_pickles_and_hashes_keep_them(directed):
    graph = weighed(directed=directed)
    assert "weighted=True" in repr(graph)
    view = graph[[2, 1]]
    assert view.weighted
    assert "weighted=True" in repr(view)
    assert view.parent.adjacency is graph.adjacency
    cut = view.induced()
    assert cut.weighted
    assert cut.adjacency.toarray().tolist() == [[0, 0 if directed else 2], [2, 0]]
    assert cut.report.n_links == 1
    again = pickle.loads(pickle.dumps(view))
    assert (again.adjacency != graph.adjacency).nnz == 0
    assert joblib.hash(graph) == joblib.hash(weighed(directed=directed))
    others = TextGraph(TEXTS, [(0, 1), (1, 2), (2, 3)], directed=directed)
    assert joblib.hash(graph) != joblib.hash(others)
    assert not others.weighted
    assert "weight" not in repr(others)
    assert others.adjacency.dtype == np.int8


def test_a_report_of_before_is_still_one():
    report = TextGraph(TEXTS, [(0, 1)]).report
    report.__dict__.pop("weightless_links")  # as a pickle of 0.1 has it
    assert report == TextGraph(TEXTS, [(0, 1)]).report


def test_a_column_of_a_table_holds_them():
    nodes = pd.DataFrame({"node": list("abcde"), "text": TEXTS})
    edges = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    plain = TextGraph.from_pandas(nodes, edges)
    assert not plain.weighted
    table = edges.assign(weight=[0.5, 2], strength=[3, 4])
    assert TextGraph.from_pandas(nodes, table).adjacency[1, 2] == 2
    assert TextGraph.from_pandas(nodes, table, weight="strength").adjacency[1, 2] == 4
    assert not TextGraph.from_pandas(nodes, table, weight=None).weighted
    with pytest.raises(GraphFormatError, match="edges has no column 'strength'"):
        TextGraph.from_pandas(nodes, edges, weight="strength")
    with pytest.raises(GraphFormatError, match=r"weights\[0\] is nan"):
        TextGraph.from_pandas(nodes, edges.assign(weight=[None, 1.0]))


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_networkx_has_them_as_an_attribute(kind):
    other = kind()
    other.add_nodes_from("abc", text="x")
    other.add_edge("a", "b", weight=0.5)
    other.add_edge("b", "c")  # weighs 1 there, too
    graph = TextGraph.from_networkx(other)
    assert graph.directed == other.is_directed()
    assert graph.adjacency.data.tolist() == (
        [0.5, 1] if graph.directed else [0.5] * 2 + [1] * 2
    )
    assert not TextGraph.from_networkx(other, weight=None).weighted
    assert not TextGraph.from_networkx(other, weight="cost").weighted
    other.add_edge("a", "b", weight=3)
    assert TextGraph.from_networkx(other).adjacency[0, 1] == 3


def test_scipy_has_them_as_values():
    matrix = scipy.sparse.coo_array(
        ([0.5, 2, 9, 1], ([0, 1, 2, 0], [1, 0, 2, 2])), (5, 5)
    )
    graph = TextGraph.from_scipy(TEXTS, matrix)
    assert graph.adjacency.toarray()[:3, :3].tolist() == [
        [0, 2, 1],
        [2, 0, 0],
        [1, 0, 0],
    ]
    one_way = TextGraph.from_scipy(TEXTS, matrix, directed=True)
    assert one_way.adjacency.toarray()[:2, :2].tolist() == [[0, 0.5], [2, 0]]
    twice = scipy.sparse.coo_array(([1.0, 2], ([0, 0], [1, 1])), (5, 5))
    assert TextGraph.from_scipy(TEXTS, twice).adjacency[0, 1] == 3  # as scipy has it
    for plain in (matrix != 0, scipy.sparse.csr_matrix(matrix != 0, dtype=int)):
        assert not TextGraph.from_scipy(TEXTS, plain).weighted
    with pytest.raises(GraphFormatError, match=r"weights\[0\] is -1"):
        TextGraph.from_scipy(TEXTS, scipy.sparse.eye_array(5, k=1) * -1)


@pytest.mark.parametrize("directed", [True, False])
def test_pyg_there_and_back(directed):
    graph = weighed(directed=directed)
    data = graph.to_pyg()
    assert data.edge_weight.dtype == torch.float32
    again = TextGraph.from_pyg(data)
    assert again.directed == directed
    assert (again.adjacency != graph.adjacency).nnz == 0
    data.edge_weight = data.edge_weight[:, None]
    assert TextGraph.from_pyg(data).weighted
    assert "edge_weight" not in TextGraph(TEXTS, [(0, 1)]).to_pyg()
    data.edge_weight = data.edge_weight[:-1]
    with pytest.raises(GraphFormatError, match="weights has"):
        TextGraph.from_pyg(data)


def test_weights_of_pyg_that_differ_by_direction():
    both = torch.tensor([[0, 1], [1, 0]])
    data = Data(edge_index=both, edge_weight=torch.tensor([1.0, 2]), text=["a", "b"])
    assert TextGraph.from_pyg(data).directed
    assert TextGraph.from_pyg(data, directed=False).adjacency.data.tolist() == [2, 2]


def test_what_may_be_weights_of_pyg_is_named():
    ends = torch.tensor([[0, 1], [1, 0]])
    data = Data(edge_index=ends, edge_attr=torch.ones(2, 1), text=["a", "b"])
    with pytest.warns(UserWarning, match=r"data\.edge_weight = data\.edge_attr"):
        assert not TextGraph.from_pyg(data).weighted
    data.edge_weight = data.edge_attr
    assert TextGraph.from_pyg(data).weighted
    for other in (torch.ones(2, 3), torch.tensor([0, 1])):  # features, types
        data = Data(edge_index=ends, edge_attr=other, text=["a", "b"])
        assert not TextGraph.from_pyg(data).weighted


def test_a_folder_has_them_as_a_column(tmp_path):
    nodes = pd.DataFrame({"node": ["a", "b"], "text": ["goal", "vote"]})
    nodes.to_parquet(tmp_path / "nodes.parquet")
    edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [0.25]})
    edges.to_parquet(tmp_path / "edges.parquet")
    graph = datasets.read_graph(tmp_path).graph
    assert graph.adjacency.toarray().tolist() == [[0, 0.25], [0.25, 0]]
    edges.assign(weight=[None]).astype({"weight": float}).to_parquet(
        tmp_path / "edges.parquet"
    )
    with pytest.raises(GraphFormatError, match=r"weights\[0\] is nan"):
        datasets.read_graph(tmp_path)
