"""Which nodes are asked about."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils import check_random_state

from sklearn_tagkd import LLMRationaleTransformer, TextGraph, datasets
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.selection import FeatPropSelection, pagerank, select_nodes


@pytest.fixture(scope="module")
def docs():
    return datasets.load_docs()


FEATPROP = FeatPropSelection("hashing")


@pytest.mark.parametrize("strategy", ["random", "pagerank", FEATPROP])
def test_same_seed_same_nodes(docs, strategy):
    everyone = np.arange(len(docs.graph))
    first, second = (
        select_nodes(docs.graph, everyone, 30, strategy=strategy, random_state=3)
        for _ in range(2)
    )
    assert_array_equal(first, second)
    assert len(first) == 30
    assert_array_equal(first, np.unique(first))


def test_random_is_the_order_of_the_parent(docs):
    order = check_random_state(0).permutation(len(docs.graph))
    candidates = np.arange(100, 400)
    expected = np.sort(candidates[np.argsort(order[candidates])[:20]])
    assert_array_equal(select_nodes(docs.graph, candidates, 20), expected)


def test_pagerank_prefers_hubs(docs):
    rank = pagerank(docs.graph)
    assert rank.sum() == pytest.approx(1)
    chosen = select_nodes(
        docs.graph, np.arange(len(docs.graph)), 20, strategy="pagerank"
    )
    assert rank[chosen].min() >= np.sort(rank)[-20]


def test_featprop_spreads_over_clusters():
    texts = ["goal match cup"] * 5 + ["vote election law"] * 5
    links = [(i, i + 1) for i in range(9) if i != 4]
    chosen = select_nodes(TextGraph(texts, links), np.arange(10), 2, strategy=FEATPROP)
    assert (chosen < 5).sum() == 1


@pytest.mark.parametrize("strategy", ["random", "pagerank"])
def test_quotas(docs, strategy):
    known = {i: str(label) for i, label in enumerate(docs.target)}
    chosen = select_nodes(
        docs.graph,
        np.arange(len(docs.graph)),
        None,
        strategy=strategy,
        max_per_class=2,
        known=known,
    )
    names, counts = np.unique([known[i] for i in chosen.tolist()], return_counts=True)
    assert len(names) == 16
    assert counts.max() == 2


def test_quotas_from_descriptions():
    graph = TextGraph(["a late goal", "goal again", "the vote"], [])
    chosen = select_nodes(
        graph,
        np.arange(3),
        None,
        max_per_class=1,
        classes={"sport": "goal", "politics": "vote"},
    )
    assert len(chosen) == 2
    assert 2 in chosen


def test_the_transformer_takes_a_callable(docs):
    def last(graph, candidates, n_wanted, random_state):
        return candidates[::-1]

    step = LLMRationaleTransformer(
        RecordedAnswers(docs.answers), max_nodes=7, selection=last, max_cost=1.0
    )
    graph = step.fit_transform(docs.graph)
    assert len(graph.annotations["rationales"]) == 7
    assert step.usage_ == {}
