import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError

N = 6
pairs = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), max_size=30)


@given(pairs, st.booleans())
def test_links_agree_with_networkx(edges, directed):
    graph = TextGraph(["x"] * N, edges, directed=directed)
    other = nx.DiGraph() if directed else nx.Graph()
    other.add_nodes_from(range(N))
    other.add_edges_from(edge for edge in edges if edge[0] != edge[1])
    assert (graph.adjacency.toarray() == nx.to_numpy_array(other)).all()
    report = graph.report
    assert report.n_links == other.number_of_edges()
    assert report.self_loops == sum(u == v for u, v in edges)
    assert report.n_links + report.self_loops + report.duplicate_links == len(edges)
    assert report.isolated_nodes == len(list(nx.isolates(other)))


@pytest.mark.parametrize("times", [256, 300])
def test_a_link_given_many_times_is_one_link(times):
    graph = TextGraph(["x", "y"], [(0, 1)] * times)
    assert graph.adjacency.toarray().tolist() == [[0, 1], [1, 0]]
    assert graph.report.duplicate_links == times - 1


@pytest.mark.parametrize(
    ("edges", "ids", "message"),
    [
        ([(0, 1), (1, 7)], None, r"Edge 1 \(1, 7\) names a node 7"),
        ([(0, -1)], None, "names a node -1"),
        ([("a", "b")], None, "pass node_ids= to link by id"),
        ([("a", "z")], "abc", r"'z' that does not exist: .* among the node_ids\. Add"),
        ([("a", float("nan"))], "abc", "names a node nan"),
        (
            np.array([[np.nan, 1.0]]),
            None,
            "names a node nan, which is none: the edge has",
        ),
        ([(1, 2)], "abc", "their type is str, this one is int"),
        ([(0, 1, 2)], None, "Edge 0 is a tuple of 3 entries, not a pair"),
        (["ab"], None, "not a pair of nodes"),
        ([(0, 1), 5], None, "Edge 1 is 5, not a pair"),
        (np.zeros((2, 5), int), None, r"got \(2, 5\). Transpose it"),
        (np.zeros(4, int), None, "must have shape"),
        ([(0, 1.5)], None, "names a node 1.5"),
        (None, None, "edges is None.*for a graph without links"),
        (5, None, "edges is of type int, not pairs"),
        ("ab", None, "edges is one str, not pairs"),
        ([{0, 1}], None, r"Edge 0 is a set of 2 entries.*tuple\(edge\)"),
        ([(0, 1), frozenset((1, 2))], None, r"Edge 1 is a frozenset.*tuple\(edge\)"),
        (
            [{"source": 0, "target": 1}],
            None,
            "Edge 0 is a dict of 2 entries, not a pair",
        ),
        ([b"ab"], None, "Edge 0 is a bytes of 2 entries, not a pair"),
        ([None], None, "Edge 0 is None, not a pair"),
        ({0: [1]}, None, r"type dict, not pairs of nodes.*edges\.items\(\)"),
        ([(0, pd.NA)], None, "names a node <NA>, which is none.*dropna"),
        ([("a", None)], "abc", "names a node None, which is none"),
        (np.eye(3, dtype=bool)[:2, :2], None, "array of bool.*from_scipy"),
        (
            np.ma.masked_array([[0, 1]], mask=[[0, 1]]),
            None,
            "edges is masked in some places",
        ),
    ],
)
def test_bad_edges_are_refused_by_name(edges, ids, message):
    with pytest.raises(GraphFormatError, match=message):
        TextGraph(["x"] * 3, edges, ids and list(ids))


@pytest.mark.parametrize(
    "edges",
    [
        torch.tensor([[0, 1], [1, 2]]),
        [torch.tensor([0, 1]), torch.tensor([1, 2])],
        [(torch.tensor(0), torch.tensor(1)), (1, 2)],
        [np.array([0, 1]), np.array([1, 2])],
        pd.Series([(0, 1), (1, 2)]),
        [pd.Series([0, 1], index=["u", "v"]), (1, 2)],
        nx.path_graph(3).edges,
        {(0, 1), (1, 2)},
        ((i, i + 1) for i in range(2)),
        np.array([[0.0, 1.0], [1.0, 2.0]]),
    ],
    ids=lambda edges: type(edges).__name__,
)
def test_pairs_in_any_form(edges):
    graph = TextGraph(["x"] * 3, edges)
    assert graph.adjacency.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("edges", [[], np.empty((0, 2)), iter([])])
def test_no_edges_is_fine(edges):
    assert TextGraph(["x", "y"], edges).report.isolated_nodes == 2
