"""What a committee says of the nodes of a graph."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_tagkd import InterpreterGNNClassifier
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.features.memo import forget
from sklearn_tagkd.learning import node_views
from sklearn_tagkd.learning.committee import View
from sklearn_tagkd.learning.second_opinion import second_opinion
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.nn.training.terms import LossTerm
from tests.conftest import fast


@pytest.fixture
def ask(annotated):
    embedder = GraphEmbedder("hashing", "cpu", False, lexical_dim=8)
    embedder.fit(annotated)
    nobody = np.zeros(len(annotated), dtype=bool)
    supervision = Supervision.gather(
        annotated,
        np.empty(len(annotated)),
        nobody,
        source="llm",
        hard_weight=0.0,
        soft_weight=1.0,
        true_weight=1.0,
    )

    def ask(**options):
        chosen = {"scorer": None, "hops": (4, 0.1), "with_keywords": True} | options
        return second_opinion(annotated, embedder, supervision, **chosen)

    raw = embedder.raw_inputs(annotated)
    table = annotated.annotations["rationales"]
    ask.scorer = LinkScorer.fit(raw.embeddings, raw.links, table)
    return ask


def test_it_knows_nodes_that_nobody_answered(ask, annotated, toy):
    opinion = ask()
    classes = np.unique(toy.target)
    silent = np.setdiff1d(np.arange(60), annotated.annotations["rationales"].positions)
    assert (classes[opinion.argmax(axis=1)] == toy.target)[silent].mean() > 0.85


@pytest.mark.parametrize("change", ["hops", "with_keywords", "scorer"])
def test_every_reason_counts(ask, change):
    others = {"hops": None, "with_keywords": False, "scorer": ask.scorer}
    assert ask.scorer is not None or change != "scorer"
    assert np.abs(ask() - ask(**{change: others[change]})).max() > 1e-4


def test_views_are_reduced_once_for_all_folds_of_a_search(ask, annotated, monkeypatch):
    forget(annotated)
    reduced, of = [], View.of
    monkeypatch.setattr(View, "of", lambda parts: reduced.append(parts) or of(parts))
    first = ask()
    assert len(reduced) == 3  # all there is; texts; words
    assert_array_equal(ask(), first)
    assert len(reduced) == 3
    ask(scorer=ask.scorer)  # other weights of links: one view of three hears them
    assert len(reduced) == 4
    ask(hops=None)
    assert len(reduced) == 7


def test_an_interpreter_hears_it_on_every_node(annotated, toy):
    model = InterpreterGNNClassifier(**fast()).fit(annotated)
    assert "committee" in model.history_[-1]
    deaf = InterpreterGNNClassifier(**fast(committee_weight=0)).fit(annotated)
    assert "committee" not in deaf.history_[-1]


def test_of_a_large_graph_a_sample_stands_for_all(annotated, toy, monkeypatch):
    monkeypatch.setattr(node_views, "LARGEST_VIEWED", 10)
    monkeypatch.setattr(node_views, "_SAMPLED", 30)
    seen, of_all = [], LossTerm.of_all
    monkeypatch.setattr(
        LossTerm, "of_all", lambda *given: seen.append(of_all(*given)) or seen[-1]
    )
    model = InterpreterGNNClassifier(**fast()).fit(annotated)
    assert "committee" in model.history_[-1]
    answered = annotated.annotations["rationales"].positions
    (term,) = seen
    assert 30 <= len(term.rows) < 60
    assert np.isin(answered, term.rows).all()
    assert term.values.shape == (len(term.rows), len(model.classes_))
    assert model.score(annotated, toy.target) > 0.8
    again = InterpreterGNNClassifier(**fast()).fit(annotated)
    assert_array_equal(model.predict_proba(annotated), again.predict_proba(annotated))


def test_a_sample_of_all_nodes_is_the_whole(annotated, monkeypatch):
    whole = InterpreterGNNClassifier(**fast()).fit(annotated)
    monkeypatch.setattr(node_views, "LARGEST_VIEWED", 10)
    monkeypatch.setattr(node_views, "_SAMPLED", 60)
    sampled = InterpreterGNNClassifier(**fast()).fit(annotated)
    assert_array_equal(whole.predict_proba(annotated), sampled.predict_proba(annotated))


def test_no_label_of_another_view_is_heard(annotated, toy):
    """True labels outside the view never reach the committee."""
    rows = np.arange(0, 60, 3)
    changed = toy.target.copy()
    changed[np.setdiff1d(np.arange(60), rows)] = "music"
    one, other = (
        InterpreterGNNClassifier(**fast()).fit(annotated[rows], labels[rows])
        for labels in (toy.target, changed)
    )
    assert_array_equal(one.predict_proba(annotated), other.predict_proba(annotated))
