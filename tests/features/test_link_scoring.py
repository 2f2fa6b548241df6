import numpy as np
import pytest
from scipy.sparse import csr_array

from sklearn_tagkd import TextGraph
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, check_rationales


@pytest.fixture(scope="module")
def judged():
    """Two groups of nodes; a model that names the neighbours of its own group."""
    random = np.random.default_rng(0)
    group = np.arange(80) % 2
    embeddings = random.normal(size=(80, 6)).astype(np.float32)
    embeddings[:, 0] += np.where(group, 4, -4)
    edges = np.unique(np.sort(random.integers(80, size=(300, 2)), axis=1), axis=0)
    graph = TextGraph(["word"] * 80, edges)
    links = graph.adjacency
    answers = []
    for node in range(20):
        shown = links.indices[links.indptr[node] : links.indptr[node + 1]].tolist()
        key = [KeyNeighbor(u, ("word",)) for u in shown if group[u] == group[node]]
        answers.append(Rationale(node, {"x": 1}, tuple(shown), (), tuple(key)))
    table = check_rationales(answers, graph, ["x"])
    return embeddings, links.astype(np.float32), table, group


def test_judgements_on_a_few_nodes_rank_all_links(judged):
    embeddings, links, table, group = judged
    scorer = LinkScorer.fit(embeddings, links, table)
    weighed = scorer.weigh(links, embeddings).tocoo()
    same = group[weighed.row] == group[weighed.col]
    unseen = (weighed.row >= 20) & (weighed.col >= 20)
    assert weighed.data[same & unseen].mean() > 5 * weighed.data[~same & unseen].mean()
    assert weighed.data.mean() == pytest.approx(1, abs=0.01)
    assert (weighed.data > 0).all()


def test_weights_keep_pattern_and_symmetry(judged):
    embeddings, links, table, _ = judged
    weighed = LinkScorer.fit(embeddings, links, table).weigh(links, embeddings)
    assert ((weighed > 0) != (links > 0)).nnz == 0
    assert abs(weighed - weighed.T).max() < 1e-5


def test_a_link_weighs_the_same_in_another_graph(judged):
    embeddings, links, table, _ = judged
    scorer = LinkScorer.fit(embeddings, links, table)
    rows = np.arange(30, 60)
    part = csr_array(links[rows][:, rows])
    expected = scorer.weigh(links, embeddings)[rows][:, rows]
    assert abs(scorer.weigh(part, embeddings[rows]) - expected).max() < 1e-5


def test_nothing_passed_over_teaches_nothing(judged):
    embeddings, links, table, _ = judged
    few = table.select(np.arange(len(table)) < 1)
    assert LinkScorer.fit(embeddings, links, few) is None


def test_chunks_do_not_show(judged, monkeypatch):
    embeddings, links, table, _ = judged
    scorer = LinkScorer.fit(embeddings, links, table)
    whole = scorer.weigh(links, embeddings).data
    monkeypatch.setattr("sklearn_tagkd.features.link_weights._CHUNK", 7)
    assert np.allclose(scorer.weigh(links, embeddings).data, whole, atol=1e-5)
