import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Data, HeteroData
from torch_geometric.transforms import ToSparseTensor
from torch_geometric.utils import coalesce, to_undirected

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError

TEXTS = ["goal", "vote", "song"]


def test_from_pandas():
    nodes = pd.DataFrame({"node": list("abc"), "text": TEXTS, "year": [1, 2, 3]})
    edges = pd.DataFrame({"source": ["a"], "target": ["c"]})
    graph = TextGraph.from_pandas(nodes, edges, features=["year"])
    assert graph.node_ids.tolist() == ["a", "b", "c"]
    assert graph.adjacency.toarray()[0].tolist() == [0, 0, 1]
    assert graph.features.ravel().tolist() == [1, 2, 3]
    by_index = TextGraph.from_pandas(nodes.set_index("node"), edges, node_id=None)
    assert by_index.node_ids.tolist() == ["a", "b", "c"]
    with pytest.raises(GraphFormatError, match="no column 'body'; it has"):
        TextGraph.from_pandas(nodes, edges, text="body")
    with pytest.raises(GraphFormatError, match=r"texts\[1\]"):
        TextGraph.from_pandas(nodes.assign(text=["a", np.nan, "b"]), edges)


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph])
def test_from_networkx(kind):
    other = kind()
    for key, text in zip(("x", 1, (2, 3)), TEXTS, strict=True):
        other.add_node(key, body=text, year=7)
    other.add_edge("x", (2, 3))
    graph = TextGraph.from_networkx(other, text="body", features=["year"])
    assert graph.directed == (kind is nx.DiGraph)
    assert not graph.weighted
    assert graph.node_ids.tolist() == ["x", 1, (2, 3)]
    assert graph.report.n_links == 1
    assert graph.features.shape == (3, 1)
    with pytest.raises(GraphFormatError, match=r"Node 'x' has no attribute 'text'"):
        TextGraph.from_networkx(other)


@pytest.mark.parametrize("symmetric", [True, False])
def test_from_scipy_takes_one_triangle_or_both(symmetric):
    matrix = scipy.sparse.csr_array(np.array([[0, 2, 0], [0, 0, 0], [0, 0, 5]]))
    matrix = matrix + matrix.T if symmetric else matrix
    graph = TextGraph.from_scipy(TEXTS, matrix, node_ids=list("abc"))
    assert graph.adjacency.toarray().tolist() == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert graph.report.self_loops == 1
    assert graph.report.duplicate_links == 0


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(3), "must be a scipy sparse matrix; got ndarray"),
        (scipy.sparse.csr_array((3, 2)), "must be square"),
        (scipy.sparse.csr_array((2, 2)), "of which there are 3"),
    ],
)
def test_from_scipy_refuses(matrix, message):
    with pytest.raises(GraphFormatError, match=message):
        TextGraph.from_scipy(TEXTS, matrix)


def test_pyg_there_and_back():
    graph = TextGraph(
        TEXTS, [("a", "c"), ("a", "b")], list("abc"), features=[[1], [2], [3]]
    )
    data = graph.to_pyg()
    assert data.validate()
    assert data.edge_index.shape == (2, 4)
    again = TextGraph.from_pyg(data)
    assert again.texts == TEXTS
    assert again.node_ids.tolist() == ["a", "b", "c"]
    assert again.report == graph.report
    assert (again.adjacency != graph.adjacency).nnz == 0
    cut = graph[[0, 1]].to_pyg()
    assert cut.text == ["goal", "vote"]
    assert cut.edge_index.tolist() == [[0, 1], [1, 0]]


def test_from_pyg_without_texts():
    edge_index = torch.tensor([[0], [1]])
    with pytest.raises(GraphFormatError, match="Pass texts="):
        TextGraph.from_pyg(Data(edge_index=edge_index, num_nodes=2))
    with pytest.raises(GraphFormatError, match="no edge_index"):
        TextGraph.from_pyg(Data(x=torch.ones(2, 1)))
    graph = TextGraph.from_pyg(Data(edge_index=edge_index, x=torch.ones(2, 3)))
    assert graph.shape == (2, 3)


def test_a_networkx_graph_may_be_turned_into_the_other_kind():
    one_way = nx.DiGraph([(0, 1), (1, 2)])
    nx.set_node_attributes(one_way, "x", "text")
    graph = TextGraph.from_networkx(one_way)
    assert graph.adjacency.toarray().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    both = TextGraph.from_networkx(one_way, directed=False)
    assert not both.directed
    assert both.adjacency.nnz == 4
    as_arcs = TextGraph.from_networkx(one_way.to_undirected(), directed=True)
    assert as_arcs.directed  # an undirected link goes both ways
    assert (as_arcs.adjacency != both.adjacency).nnz == 0


@pytest.mark.parametrize("directed", [True, False])
def test_directions_go_to_pyg_and_back(directed):
    graph = TextGraph(TEXTS, [(0, 1), (2, 1)], directed=directed)
    data = graph.to_pyg()
    assert data.is_directed() == directed
    again = TextGraph.from_pyg(data)
    assert again.directed == directed
    assert (again.adjacency != graph.adjacency).nnz == 0
    assert not TextGraph.from_pyg(data, directed=False).directed
    assert TextGraph.from_pyg(data, directed=True).directed


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8),
    st.booleans(),
)
def test_a_data_is_as_directed_as_pyg_says(edges, both):
    edges = edges + [(v, u) for u, v in edges] if both else edges
    edge_index = torch.tensor(edges, dtype=torch.long).reshape(-1, 2).T
    data = Data(edge_index=edge_index, text=["x"] * 5, num_nodes=5)
    directed = to_undirected(edge_index).shape != coalesce(edge_index).shape
    assert TextGraph.from_pyg(data).directed == directed


@pytest.mark.parametrize(
    "name", ["text", "texts", "raw_text", "raw_texts", "node_text", "title", "abs"]
)
@pytest.mark.parametrize("form", [list, np.array, pd.Series, tuple])
def test_texts_are_found_by_the_names_they_go_by(name, form):
    data = Data(edge_index=torch.tensor([[0], [1]]), x=torch.ones(3, 2))
    data[name] = form(TEXTS)
    graph = TextGraph.from_pyg(data)
    assert graph.texts == TEXTS
    assert graph.shape == (3, 2)


def test_a_title_stands_above_its_abstract():
    data = Data(edge_index=torch.tensor([[0], [1]]), title=["A", "B"])
    data.abstract = ["one", "two"]
    assert TextGraph.from_pyg(data).texts == ["A\none", "B\ntwo"]
    data.abstract = ["one", None]
    with pytest.raises(GraphFormatError, match=r"texts\[1\] .* is missing: None"):
        TextGraph.from_pyg(data)
    data.abstract = ["one"]
    with pytest.raises(GraphFormatError, match="2 titles and 1 abstracts"):
        TextGraph.from_pyg(data)


def test_what_may_be_texts_is_named():
    data = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)
    data.node_ids, data.category_names = ["p", "q"], ["u", "v"]
    data.sentences = np.array(["goal", "vote"])
    with pytest.raises(GraphFormatError, match=r"Pass texts=data\.sentences\."):
        TextGraph.from_pyg(data)
    data.x = torch.ones(2, 1)
    with pytest.warns(UserWarning, match=r"not taken for texts: data\.sentences"):
        assert not TextGraph.from_pyg(data).has_texts
    assert TextGraph.from_pyg(data, data.sentences).texts == ["goal", "vote"]
    assert not TextGraph.from_pyg(data, ["", ""]).has_texts
    del data.sentences
    assert not TextGraph.from_pyg(data).has_texts  # names of classes are no texts


def test_a_data_says_how_many_nodes_it_has():
    data = Data(edge_index=torch.tensor([[0], [1]]), text=TEXTS, num_nodes=5)
    with pytest.raises(GraphFormatError, match="3 texts, and the Data has num_nodes=5"):
        TextGraph.from_pyg(data)


def test_other_forms_of_a_data():
    edge_index = torch.tensor([[0, 1], [1, 2]])
    weights = torch.tensor([0.5, 2.0])
    for values in (None, weights):
        data = Data(edge_index=edge_index, edge_weight=values, text=TEXTS, num_nodes=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, of its CSR tensors
            moved = ToSparseTensor(attr="edge_weight", layout=torch.sparse_csr)(
                data.clone()
            )
        assert "edge_index" not in moved
        graph, same = TextGraph.from_pyg(moved), TextGraph.from_pyg(data)
        assert graph.directed
        assert graph.weighted == (values is not None)
        assert (graph.adjacency != same.adjacency).nnz == 0
    for x in (torch.ones(3, 2, dtype=torch.bfloat16), np.ones((3, 2))):
        data = Data(edge_index=edge_index, x=x)
        assert TextGraph.from_pyg(data).features.tolist() == [[1, 1]] * 3
    with pytest.raises(GraphFormatError, match=r"features is sparse.*to_dense\(\)"):
        TextGraph.from_pyg(Data(edge_index=edge_index, x=torch.eye(3).to_sparse()))
    with pytest.raises(
        GraphFormatError, match=r"HeteroData has no edge_index.*to_homo"
    ):
        TextGraph.from_pyg(HeteroData())
    with pytest.raises(GraphFormatError, match=r"list has no edge_index.*dataset\[0\]"):
        TextGraph.from_pyg([data])
    with pytest.raises(GraphFormatError, match="names a node -1"):
        TextGraph.from_pyg(Data(edge_index=edge_index - 1, text=TEXTS))
    with pytest.raises(GraphFormatError, match="Transpose it"):
        TextGraph.from_pyg(Data(edge_index=edge_index.repeat(1, 2).T, text=TEXTS))


def test_tables_that_are_none():
    nodes = pd.DataFrame({"node": [0, 1], "text": ["a", "b"], "year": [1, 2]})
    edges = pd.DataFrame({"source": [0], "target": [1]})
    double = pd.concat([nodes, nodes[["text"]]], axis=1)
    cases = [
        ((double, edges), {}, "nodes has 2 columns of the name 'text'"),
        (
            (double, edges),
            dict(text="year", features=["text"]),
            "2 columns of the name",
        ),
        ((nodes, pd.concat([edges, edges], axis=1)), {}, "edges has 2 columns"),
        ((nodes.to_dict(), edges), {}, r"got dict. Write pandas\.DataFrame\(nodes\)"),
        ((nodes, [(0, 1)]), {}, r"edges must be a pandas DataFrame; got list"),
        ((nodes, edges), dict(features="year"), r"Write features=\['year'\]"),
        ((nodes, edges), dict(text=["text", "year"]), r"no column \['text', 'year'\]"),
        (
            (nodes.convert_dtypes().replace(1, pd.NA), edges),
            {},
            r"node_ids\[1\] is <NA>",
        ),
    ]
    for tables, options, message in cases:
        with pytest.raises(GraphFormatError, match=message):
            TextGraph.from_pandas(*tables, **options)


def test_nullable_columns_are_features():
    nodes = pd.DataFrame({"node": [0, 1], "text": ["a", "b"], "known": [True, False]})
    nodes["year"] = pd.array([1, 2], dtype="Int64")
    edges = pd.DataFrame({"source": [0], "target": [1]}).astype("Int64")
    graph = TextGraph.from_pandas(nodes, edges, features=["known", "year"])
    assert graph.features.tolist() == [[1, 1], [0, 2]]
    assert TextGraph.from_pandas(nodes, edges, features=[]).features is None


def test_what_is_no_networkx_graph():
    with pytest.raises(GraphFormatError, match="must be a networkx graph; got dict"):
        TextGraph.from_networkx({0: [1]})
    with pytest.raises(GraphFormatError, match=r"Write features=\['year'\]"):
        TextGraph.from_networkx(nx.path_graph(2), features="year")
    other = nx.path_graph(2)
    nx.set_node_attributes(other, {0: [1], 1: [1, 2]}, "year")
    nx.set_node_attributes(other, "x", "text")
    with pytest.raises(GraphFormatError, match="differ in length"):
        TextGraph.from_networkx(other, features=["year"])
