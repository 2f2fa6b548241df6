import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from torch_geometric.data import Data

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
