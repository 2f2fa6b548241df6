"""What weights of links do to everything that looks at links."""

import joblib
import networkx as nx
import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.pipeline import make_pipeline
from torch_geometric.nn.conv.gcn_conv import gcn_norm

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.nn.links.label_propagation import propagate_labels
from sklearn_tagkd.nn.links.neighborhood import mean_neighborhoods, symmetric
from sklearn_tagkd.nn.links.propagation import propagate
from sklearn_tagkd.selection import FeatPropSelection, pagerank
from tests.conftest import SmallEncoder, fast

BACKBONES = ["decoupled", "gcn", "sage", "gat", "mlp"]


@pytest.fixture(scope="module")
def edges(toy):
    links = toy.graph.adjacency.tocoo()
    once = links.row < links.col
    return np.column_stack([links.row[once], links.col[once]])


@pytest.fixture(scope="module")
def weights(edges):
    return np.random.default_rng(0).uniform(0.1, 10, len(edges))


def rebuilt(toy, edges, weights=None, directed=False):
    ids = toy.graph.node_ids
    pairs = list(zip(*ids[edges.T], strict=True))
    return TextGraph(toy.graph.texts, pairs, ids, directed=directed, weights=weights)


def predictions(toy, graph, backbone):
    """What a pipeline says that uses all three levels of rationales."""
    options = fast(encoder=SmallEncoder(), max_iter=5, lexical_dim=8)
    model = make_pipeline(
        LLMRationaleTransformer(llm=RecordedAnswers(toy.answers)),
        InterpreterGNNClassifier(backbone, passed_over_weight=0.3, **options),
        DistilledStudentClassifier(backbone, **options),
    )
    return model.fit(graph).predict_proba(graph)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_backbone_hears_them(toy, edges, weights, backbone, directed):
    plain = predictions(toy, rebuilt(toy, edges, None, directed), backbone)
    ones = np.ones(len(edges))
    same = predictions(toy, rebuilt(toy, edges, ones, directed), backbone)
    np.testing.assert_array_equal(same, plain)  # 1 is an ordinary link, to the bit
    other = predictions(toy, rebuilt(toy, edges, weights, directed), backbone)
    assert np.abs(other - plain).max() > 1e-4  # of mlp, how much a node is heard
    # Weight 0 is no link, to the bit.
    none = np.arange(len(edges)) % 3 == 0
    without = rebuilt(toy, edges[~none], weights[~none], directed)
    with_zeros = rebuilt(toy, edges, np.where(none, 0, weights), directed)
    np.testing.assert_array_equal(
        predictions(toy, with_zeros, backbone), predictions(toy, without, backbone)
    )


@pytest.mark.parametrize("backbone", BACKBONES[:-1])
@pytest.mark.parametrize(
    "extreme", [1e18, 5e-324, [1e18, 1e-18], [1.0, 1e-300, 1e18, 0]], ids=str
)
def test_weights_of_any_size_make_probabilities(toy, edges, backbone, extreme):
    graph = rebuilt(toy, edges, np.resize(extreme, len(edges)))
    found = predictions(toy, graph, backbone)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_sums_and_means_weigh_as_pyg_does(toy, edges, weights):
    graph = rebuilt(toy, edges, weights)
    embedder = GraphEmbedder(SmallEncoder(), "cpu", False)
    embedder.fit(graph)
    inputs = embedder.raw_inputs(graph)
    dense = graph.adjacency.toarray()
    np.testing.assert_allclose(inputs.links.toarray(), dense, rtol=1e-6)
    mean = mean_neighborhoods(inputs)[0].links.toarray()
    total = dense.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(mean, dense / np.where(total, total, 1), rtol=1e-5)
    cells = inputs.links.tocoo()
    ends = torch.from_numpy(np.stack([cells.col, cells.row]).astype(np.int64))
    (_, receivers), by_pyg = gcn_norm(ends, torch.from_numpy(cells.data), len(dense))
    hood = symmetric(inputs)[0]
    ours = np.concatenate([hood.links.tocoo().data, hood.loops])
    np.testing.assert_allclose(ours, by_pyg.numpy(), rtol=1e-5)
    assert len(receivers) == len(ours)
    step = np.diag(hood.loops) + hood.links.toarray()
    expected = inputs.embeddings
    for _ in range(3):
        expected = 0.1 * inputs.embeddings + 0.9 * step @ expected
    np.testing.assert_allclose(propagate(inputs, 3, 0.1), expected, atol=1e-5)


def test_a_directed_link_weighs_where_it_leads(toy, edges, weights):
    graph = rebuilt(toy, edges, weights, directed=True)
    embedder = GraphEmbedder(SmallEncoder(), "cpu", False)
    embedder.fit(graph)
    received = embedder.raw_inputs(graph).links.toarray()
    for (source, target), weight in zip(edges, weights, strict=True):
        assert received[target, source] == np.float32(weight)
    assert np.count_nonzero(received) == len(edges)


def test_scores_are_multiplied_by_them(toy, edges, weights):
    embeddings = SmallEncoder().encode(toy.graph.texts).astype(np.float32)
    random = np.random.default_rng(0)
    scorer = LinkScorer(*random.normal(size=(2, 32)).astype(np.float32), 0.1, 0.5)
    for directed in (False, True):
        plain = rebuilt(toy, edges, None, directed).adjacency.astype(np.float32)
        given = rebuilt(toy, edges, weights, directed).adjacency.astype(np.float32)
        scores = scorer.weigh(plain, embeddings)
        expected = csr_array(scores.multiply(given))
        found = scorer.weigh(given, embeddings)
        np.testing.assert_allclose(found.toarray(), expected.toarray(), rtol=1e-6)


def test_selection_goes_by_them(toy, edges, weights):
    plain, graph = rebuilt(toy, edges), rebuilt(toy, edges, weights)
    other = nx.from_scipy_sparse_array(graph.adjacency)
    by_networkx = nx.pagerank(other, alpha=0.85, tol=1e-12, max_iter=1000)
    np.testing.assert_allclose(pagerank(graph), [*by_networkx.values()], rtol=1e-3)
    rows = [FeatPropSelection(SmallEncoder())._propagated(g) for g in (plain, graph)]
    assert not np.allclose(*rows)
    step = graph.adjacency.toarray() + np.eye(60)
    step /= step.sum(axis=1, keepdims=True)
    expected = step @ step @ SmallEncoder().encode(graph.texts)
    np.testing.assert_allclose(rows[1], expected, atol=1e-6)


def test_labels_spread_by_them(edges, toy):
    # Of two classes that a node hears, the heavier link wins.
    for heavy in (0, 1):
        weights = np.where(np.arange(2) == heavy, 5.0, 1.0)
        graph = TextGraph(["x"] * 3, [(0, 2), (1, 2)], weights=weights)
        links = graph.adjacency.astype(np.float32)
        spread = propagate_labels(links, np.arange(2), np.eye(2))
        assert spread[2].argmax() == heavy


def test_memories_tell_weights_apart(toy, edges, weights, tmp_path):
    options = fast(encoder=SmallEncoder(), max_iter=3)
    model = make_pipeline(
        LLMRationaleTransformer(llm=RecordedAnswers(toy.answers)),
        GCNClassifier(**options),
        memory=joblib.Memory(tmp_path, verbose=0),
    )
    graphs = [rebuilt(toy, edges), rebuilt(toy, edges, weights)]
    first, second = (model.fit(graph).predict_proba(graph) for graph in graphs)
    assert not np.allclose(first, second)
    alone = MLPClassifier(**options)
    np.testing.assert_array_equal(
        *(alone.fit(graph, toy.target).predict_proba(graph) for graph in graphs)
    )
    # A fitted model follows the weights of whatever graph it is asked about.
    np.testing.assert_array_equal(model.predict_proba(graphs[1]), second)
    with pytest.warns(UserWarning, match="Links of this graph have no weights"):
        assert not np.array_equal(model.predict_proba(graphs[0]), second)
