"""What is said of each label by those who have not seen it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee import Labelled, cotrain
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.learning.node_views import (
    LARGEST_VIEWED,
    NodeViews,
    rows_of_nodes,
)
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["Given", "Witnesses", "hear_witnesses"]

_N_FOLDS = 5
_PENALTY = 1e-3  # of the one regression that stands for a committee on a large graph
_N_NEAREST, _SHARPNESS = 10, 10.0  # texts, and how fast they count less with distance
_MOST_COMPARED = 5_000  # labelled texts that a text is compared with
_BLOCK = 1_024

Shares = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Given:
    """Labels as they were given.

    Parameters
    ----------
    positions : ndarray of int64 of shape (n_labels,)
        Nodes, ascending, each once.
    targets : ndarray of float64 of shape (n_labels, n_classes)
        Class distributions: one 1 a row, or what a teacher answered.
    codes : ndarray of int64 of shape (n_labels,)
        The class that each names.
    """

    positions: NDArray[np.int64]
    targets: Shares
    codes: NDArray[np.int64]

    @property
    def hard(self) -> Shares:
        """One 1 a row."""
        one_hot: Shares = np.eye(self.targets.shape[1])[self.codes]
        return one_hot


@dataclass(frozen=True, eq=False)
class Witnesses:
    """Class distributions, row by row of what was given, none of which has seen it.

    Parameters
    ----------
    committee : ndarray of float64 of shape (n_labels, n_classes)
        What a committee of the other labels says.
    links : ndarray of float64 of shape (n_labels, n_classes)
        Shares of the labels of linked nodes; rows of 0 where none has one.
    heard : ndarray of float64 of shape (n_labels, n_classes)
        What the same committee says of linked nodes, in the mean; rows of 0 without
        links.
    texts : ndarray of float64 of shape (n_labels, n_classes)
        Shares of the labels of the nearest other texts.
    """

    committee: Shares
    links: Shares
    heard: Shares
    texts: Shares

    def evidence(self, shares: Shares) -> NDArray[np.float64]:
        """Return logarithms of all opinions; who knows nothing repeats the shares.

        Parameters
        ----------
        shares : ndarray of float64 of shape (n_classes,)
            Of the classes among the labels.

        Returns
        -------
        ndarray of float64 of shape (4, n_labels, n_classes)
            Finite.
        """
        votes = [0.5 * self.links + 0.5 * shares, 0.9 * self.texts + 0.1 * shares]
        return np.log(np.stack([self.committee, *votes, self.heard + shares]) + 1e-9)


def hear_witnesses(
    graph: TextGraph,
    embedder: GraphEmbedder,
    hops: tuple[int, float] | None,
    given: Given,
) -> Witnesses:
    """Ask a committee, linked nodes and nearest texts about each label.

    Each part of the labels is left out in turn, so that nobody who speaks of a label
    has learnt it, be it through another node.

    Parameters
    ----------
    graph : TextGraph
        Any view; the whole parent is looked at.
    embedder : GraphEmbedder
        Fitted.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.
    given : Given
        Labels.

    Returns
    -------
    Witnesses
        One opinion of each kind per label.
    """
    raw = embedder.raw_inputs(graph)
    links: csr_array = raw.links[given.positions].astype(np.float64)
    n_labels, n_classes = given.targets.shape
    order = private_stream(0, "folds of witnesses").permutation(n_labels)
    fold = np.empty(n_labels, dtype=np.int64)
    fold[order] = np.arange(n_labels) % _N_FOLDS
    committee = np.empty((n_labels, n_classes))
    heard = np.zeros((n_labels, n_classes))
    if len(graph.parent) > LARGEST_VIEWED:  # no committee looks at all of them
        rows = rows_of_nodes(graph, embedder, hops, given.positions)
        committee = held_out_predictions(rows, given.targets, _PENALTY)
    else:
        views = NodeViews.of(graph, embedder, scorer=None, hops=hops).views
        for number in range(_N_FOLDS):
            held, others = fold == number, fold != number
            lesson = Labelled(
                given.positions[others], given.targets[others], np.ones(others.sum())
            )
            said = cotrain(views, lesson).astype(np.float64)
            committee[held] = said[given.positions[held]]
            heard[held] = links[held] @ said
    labels_of_all = np.zeros((len(graph.parent), n_classes))
    labels_of_all[given.positions] = given.hard
    return Witnesses(
        _shares(committee),
        _shares(links @ labels_of_all),
        _shares(heard),
        _vote_of_texts(_texts(embedder, raw.embeddings, given.positions), given.hard),
    )


def _shares(votes: Shares) -> Shares:
    total = votes.sum(axis=1, keepdims=True)
    shares: Shares = votes / np.where(total > 0, total, 1)
    return shares


def _texts(
    embedder: GraphEmbedder, rows: object, positions: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return embeddings of the texts alone, at unit length; features without texts."""
    assert embedder.space is not None  # it is fitted
    width = embedder.space.column_widths[0] or None
    texts = np.asarray(rows[positions])[:, :width]  # type: ignore[index]
    length = np.linalg.norm(texts, axis=1, keepdims=True)
    unit: NDArray[np.float32] = texts / np.maximum(length, 1e-12)
    return unit


def _vote_of_texts(texts: NDArray[np.float32], hard: Shares) -> Shares:
    """Let the nearest other texts vote, nearer ones more."""
    n_labels = len(texts)
    compared = np.arange(n_labels)
    if n_labels > _MOST_COMPARED:
        drawn = private_stream(0, "texts to compare with").permutation(n_labels)
        compared = np.sort(drawn[:_MOST_COMPARED])
    n_nearest = min(_N_NEAREST, len(compared) - 1)
    votes = np.zeros_like(hard)
    for start in range(0, n_labels, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n_labels))
        alike = texts[rows] @ texts[compared].T
        alike[rows[:, None] == compared] = -np.inf  # nobody is a witness of itself
        nearest = np.argpartition(-alike, n_nearest - 1, axis=1)[:, :n_nearest]
        weight = np.exp(_SHARPNESS * (np.take_along_axis(alike, nearest, axis=1) - 1.0))
        votes[rows] = np.einsum("rn,rnc->rc", weight, hard[compared[nearest]])
    return _shares(votes)
