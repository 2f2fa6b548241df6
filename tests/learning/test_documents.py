"""What invented documents of classes are worth to a committee."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_tagkd.learning.committee import (
    Committee,
    Documents,
    Labelled,
    View,
    cotrain,
)
from sklearn_tagkd.learning.committee.documents import weigh_documents
from tests.learning.test_committee import blobs


@pytest.fixture
def known():
    """Views of 300 nodes of three classes; the last 30 stand in for documents."""
    label, parts = blobs(spread=1.0)
    views = [View.of([part]) for part in parts]
    nodes = [View(view.rows[:270], view.mean, view.directions) for view in views]
    documents = Documents(
        [view.rows[270:] for view in views], np.eye(3)[label[270:]], np.ones(30)
    )
    return label[:270], nodes, documents


def labels(label, n_labels):
    at = np.arange(n_labels)
    return Labelled(at, np.eye(3)[label[at]], np.ones(n_labels))


def weigh(documents, views, known):
    rows = views[0].rows[known.positions]
    return weigh_documents(documents, rows, known.targets, known.weights, 3e-4)[1]


def test_documents_alone_are_enough(known):
    label, views, documents = known
    opinion = cotrain(views, labels(label, 0), documents=documents)
    assert (opinion.argmax(axis=1) == label).mean() > 0.7
    assert np.array_equal(
        opinion, cotrain(views, labels(label, 0), documents=documents)
    )


def test_documents_help_beside_few_labels(known):
    label, views, documents = known
    few = labels(label, 2)
    alone, beside = cotrain(views, few), cotrain(views, few, documents=documents)
    right = [(said.argmax(axis=1) == label).mean() for said in (alone, beside)]
    assert right[1] > right[0] + 0.05


def test_documents_that_contradict_labels_hardly_count(known):
    label, views, documents = known
    wrong = Documents(
        documents.rows, np.roll(documents.targets, 1, axis=1), documents.weights
    )
    many = labels(label, 100)
    assert weigh(wrong, views, many).max() < 0.1 < weigh(documents, views, many).max()
    alone, beside = cotrain(views, many), cotrain(views, many, documents=wrong)
    right = [(said.argmax(axis=1) == label).mean() for said in (alone, beside)]
    assert right[1] > right[0] - 0.01


@pytest.mark.parametrize("begins_right", [True, False])
def test_documents_lie_where_labels_call_for_them(begins_right, known):
    label, views, documents = known
    misplaced = [rows[::-1] for rows in documents.rows]  # among nodes of other classes
    ways = [documents.rows, misplaced]
    first, second = ways if begins_right else ways[::-1]
    either = replace(documents, rows=first, elsewhere=second)
    many = labels(label, 100)
    rows = views[0].rows[many.positions]
    placed, counted = weigh_documents(either, rows, many.targets, many.weights, 3e-4)
    assert placed.rows is documents.rows
    assert np.array_equal(counted, weigh(documents, views, many))
    alone = cotrain(views, many, documents=documents)
    assert np.array_equal(cotrain(views, many, documents=either), alone)


def test_few_labels_do_not_say_where_documents_lie(known):
    label, views, documents = known
    either = replace(documents, elsewhere=[-rows for rows in documents.rows])
    few = labels(label, 19)
    rows = views[0].rows[few.positions]
    assert weigh_documents(either, rows, few.targets, few.weights, 3e-4)[0] is either


def test_documents_of_a_class_without_labels_count_whatever_labels_say(known):
    label, views, documents = known
    at = np.flatnonzero(label == 0)[:40]
    one = Labelled(at, np.eye(3)[label[at]], np.ones(40))
    counted = weigh(documents, views, one)
    of_class = documents.targets.argmax(axis=1)
    assert counted[of_class != 0].min() >= 0.3
    opinion = cotrain(views, one, documents=documents)
    assert len(set(opinion.argmax(axis=1))) == 3


def test_documents_weigh_less_the_more_labels_their_class_has(known):
    label, views, documents = known
    few, many = (weigh(documents, views, labels(label, n)) for n in (5, 200))
    assert few.max() <= 1
    assert many.max() < 0.5 * few.min()


def test_the_scale_of_weights_does_not_matter(known):
    label, views, documents = known
    few = labels(label, 30)
    heavy = Labelled(few.positions, few.targets, 7 * few.weights)
    counted, heavier = (weigh(documents, views, some) for some in (few, heavy))
    np.testing.assert_allclose(heavier, 7 * counted)


@pytest.mark.parametrize("beside", [False, True])
def test_what_is_held_out_has_not_been_seen(beside, known):
    """Of labels at random a committee that has not seen them can tell nothing."""
    _, views, documents = known
    at = np.r_[np.arange(90), np.arange(30)]  # some nodes are repeated
    named = np.random.default_rng(7).integers(3, size=90)[at]  # blobs are of 0
    labelled = Labelled(at, np.eye(3)[named], np.ones(len(at)))
    keywords = [view.rows[200:220] for view in views]
    committee = Committee.of(
        views,
        labelled,
        keyword_rows=keywords,
        keyword_places=np.arange(20),
        documents=documents if beside else None,
    )
    places, said = committee.held_out()
    assert places.tolist() == list(range(120))
    assert np.allclose(said.sum(axis=1), 1)
    assert (said.argmax(axis=1) == named).mean() < 0.5
    again = committee.held_out()[1]
    assert np.array_equal(said, again)


def test_of_many_labels_some_are_held_out(known, monkeypatch):
    label, views, _ = known
    committee = Committee.of(views, labels(label, 200))
    everyone, _ = committee.held_out()
    place = "sklearn_tagkd.learning.committee.cotraining._ENOUGH"
    monkeypatch.setattr(place, 80)
    places, said = committee.held_out()
    assert len(everyone) == 200
    assert len(places) == len(said) == 80
    assert (said.argmax(axis=1) == label[places]).mean() > 0.7
