"""Which nodes are asked about."""

from itertools import chain

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils import check_random_state

from sklearn_tagkd import LLMRationaleTransformer, TextGraph, datasets
from sklearn_tagkd.asking.selection import (
    FeatPropSelection,
    TypicalSelection,
    UncertaintySelection,
    pagerank,
    select_nodes,
)
from sklearn_tagkd.llm import Answers, RecordedAnswers, Usage
from sklearn_tagkd.rationales import Rationale
from sklearn_tagkd.utils.streams import private_stream


@pytest.fixture(scope="module")
def docs():
    return datasets.load_docs()


FEATPROP = FeatPropSelection("hashing")
TYPICAL = TypicalSelection("hashing", n_clusters=16)


@pytest.mark.parametrize("strategy", ["random", "pagerank", FEATPROP, TYPICAL])
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
    random = private_stream(0, "nodes to ask about")
    order = random.permutation(len(docs.graph))
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


def test_typical_nodes_are_shared_out_by_size_from_the_centre_on():
    sports = ["goal match cup", "match cup goal", "cup goal", "goal match", "goal"]
    texts = [*sports, *sports, "vote election law", "election vote", "law", "lone word"]
    graph = TextGraph(texts, [(0, 1)])
    everyone = np.arange(len(texts))
    two = TypicalSelection("hashing", lexical_dim=0, n_clusters=2)
    cluster, distance = two._cluster(graph, 2, check_random_state(0))
    chosen = select_nodes(graph, everyone, 7, strategy=two)
    share = np.bincount(cluster[chosen], minlength=2)
    assert np.abs(share - 7 * np.bincount(cluster) / len(texts)).max() < 1
    for one in range(2):
        left = np.setdiff1d(np.flatnonzero(cluster == one), chosen)
        taken = chosen[cluster[chosen] == one]
        assert distance[taken].max() <= distance[left].min() + 1e-9


def test_typical_nodes_go_by_the_number_of_classes(docs):
    everyone = np.arange(len(docs.graph))
    chosen = [
        select_nodes(docs.graph, everyone, 40, strategy=strategy, classes=classes)
        for strategy, classes in [
            (TypicalSelection("hashing"), dict.fromkeys("abcd", "")),
            (TypicalSelection("hashing", n_clusters=4), None),
            (TypicalSelection("hashing"), dict.fromkeys("abcdefgh", "")),
        ]
    ]
    assert_array_equal(chosen[0], chosen[1])
    assert set(chosen[0].tolist()) != set(chosen[2].tolist())
    with pytest.raises(ValueError, match="Give classes, or n_clusters"):
        select_nodes(docs.graph, everyone, 40, strategy=TypicalSelection("hashing"))


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


class CountingClient:
    """Answers with the true class, counts what it is asked, charges a dollar each."""

    classes = None

    def __init__(self, graph, target, wrong=()):
        names = dict(zip(graph.node_ids.tolist(), map(str, target), strict=True))
        self.names, self.wrong, self.rounds, self.budgets = names, set(wrong), [], []

    remembers = True

    def ask(self, questions, max_cost=None):
        self.rounds.append([question.node for question in questions])
        self.budgets.append(max_cost)
        usage = Usage(requests=len(questions), cost=float(len(questions)))
        answers = [Rationale(q.node, {self.names[q.node]: 1.0}) for q in questions]
        return Answers(answers, usage)


IN_ROUNDS = UncertaintySelection("hashing", n_rounds=3)


def test_rounds_add_up_and_turn_to_the_least_sure(docs):
    client = CountingClient(docs.graph, docs.target)
    step = LLMRationaleTransformer(
        client, docs.target_names, max_nodes=40, selection=IN_ROUNDS, max_cost=50.0
    )
    table = step.fit_transform(docs.graph).annotations["rationales"]
    assert [len(nodes) for nodes in client.rounds] == [13, 14, 13]
    assert len(set(chain.from_iterable(client.rounds))) == 40
    assert len(table) == step.n_asked_ == 40
    assert client.budgets == [50.0, 37.0, 23.0]
    assert step.usage_["cost"] == 40.0
    assert step.usage_["requests"] == 40

    first = docs.graph.positions(client.rounds[0])
    second = docs.graph.positions(client.rounds[1])
    random = private_stream(0, "nodes to ask about")
    order = random.permutation(len(docs.graph))
    assert set(first) == set(np.argsort(order)[:13])
    known = table.select(np.isin(table.positions, first))
    sureness = np.sort(IN_ROUNDS._predict(docs.graph, known), axis=1)
    margin = sureness[:, -1] - sureness[:, -2]
    assert margin[second].mean() < np.quantile(margin, 0.25)


def test_rounds_repeat(docs):
    asked = []
    for _ in range(2):
        client = CountingClient(docs.graph, docs.target)
        LLMRationaleTransformer(
            client, docs.target_names, max_nodes=30, selection=IN_ROUNDS
        ).fit(docs.graph)
        asked.append(client.rounds)
    assert asked[0] == asked[1]


def test_quotas_hold_over_all_rounds(docs):
    client = CountingClient(docs.graph, docs.target)
    step = LLMRationaleTransformer(
        client,
        docs.target_names,
        max_nodes=40,
        max_per_class=2,
        selection=IN_ROUNDS,
    )
    y = np.asarray(docs.target)
    step.fit(docs.graph, y)
    asked = docs.graph.positions(list(chain.from_iterable(client.rounds)))
    assert np.unique(y[asked], return_counts=True)[1].max() <= 2
    assert len(asked) == 32  # two of each of sixteen classes


def test_one_class_so_far_is_no_reason_to_stop():
    graph = TextGraph([f"text {i}" for i in range(12)], [(0, 1)])
    client = CountingClient(graph, ["a"] * 12)
    step = LLMRationaleTransformer(client, ["a", "b"], max_nodes=9, selection=IN_ROUNDS)
    table = step.fit_transform(graph).annotations["rationales"]
    assert len(table) == 9


def test_a_plan_counts_all_rounds(docs):
    step = LLMRationaleTransformer(
        CountingClient(docs.graph, docs.target),
        docs.target_names,
        max_nodes=40,
        selection=IN_ROUNDS,
    )
    assert len(step.questions(docs.graph)) == 40
