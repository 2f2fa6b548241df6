"""Latent dimensions of words."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.features.memo import forget
from sklearn_tagkd.features.words import word_rows, word_space
from sklearn_tagkd.utils.spread_places import spread_places

SPORT = ["late goal", "goal in the cup", "cup final", "final goal"]
LAW = ["vote on the law", "law passed", "second vote", "vote passed"]


def test_texts_about_the_same_lie_together():
    rows = LexicalSpace.fit(SPORT + LAW, 2).transform(
        ["a cup goal", "late final", "law"]
    )
    likeness = rows @ rows.T
    assert likeness[0, 1] > 0.9
    assert abs(likeness[0, 2]) < 0.1


def test_what_scikit_learn_finds(docs):
    texts = docs.graph.texts
    ours = LexicalSpace.fit(texts, 20).transform(texts)
    counts = TfidfVectorizer(
        stop_words="english", sublinear_tf=True, min_df=2, max_df=0.5
    ).fit_transform(texts)
    theirs = TruncatedSVD(20, random_state=0).fit_transform(counts)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True).clip(1e-12)
    # Hashing lets few words collide: the texts' likeness is nearly the same.
    difference = (ours @ ours.T - theirs @ theirs.T)[::7, ::7]
    assert np.sqrt((difference**2).mean()) < 0.05


@given(
    texts=st.lists(st.text(max_size=30), min_size=1, max_size=20),
    n_dimensions=st.integers(1, 8),
)
def test_any_texts(texts, n_dimensions):
    space = LexicalSpace.fit(texts, n_dimensions)
    assert space.n_dimensions <= n_dimensions
    rows = space.transform([*texts, ""])
    assert rows.shape == (len(texts) + 1, space.n_dimensions)
    length = np.linalg.norm(rows, axis=1)
    assert np.all(np.isclose(length, 1, atol=1e-5) | (length == 0))
    assert length[-1] == 0
    again = LexicalSpace.fit(texts, n_dimensions)
    assert again.directions.tobytes() == space.directions.tobytes()


def test_no_word_is_kept():
    space = LexicalSpace.fit(["privateword again", "privateword once"] * 3, 2)
    assert b"privateword" not in pickle.dumps(space)
    assert "privateword" not in repr(vars(space))


@pytest.mark.parametrize("most", [3, 100])
def test_rows_come_with_the_fit(most, monkeypatch):
    texts = SPORT + LAW
    monkeypatch.setattr("sklearn_tagkd.features.encoding.lexical._MOST_FITTED", most)
    space, rows = LexicalSpace.fit_transform(texts, 3)
    looked_at = [texts[place] for place in spread_places(len(texts), most)]
    assert (len(looked_at) < len(texts)) == (most == 3)
    assert space.key == LexicalSpace.fit(texts, 3).key
    np.testing.assert_array_equal(rows, space.transform(looked_at))


def test_texts_in_turns_are_all_looked_at(monkeypatch):
    monkeypatch.setattr("sklearn_tagkd.features.encoding.lexical._MOST_FITTED", 60)
    texts = ["late goal cup", "the vote law", "a red rose"] * 60  # every third is alike
    rows = LexicalSpace.fit(texts, 2).transform(["cup", "law", "rose"])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("most", [20, 10_000])
def test_a_graph_counts_its_words_once(most, docs, monkeypatch):
    monkeypatch.setattr("sklearn_tagkd.features.encoding.lexical._MOST_FITTED", most)
    forget(docs.graph)
    space = word_space(docs.graph, 5)
    expected = space.transform(docs.graph.texts)
    if most > len(docs.graph):
        monkeypatch.setattr(LexicalSpace, "transform", None)
    np.testing.assert_array_equal(word_rows(docs.graph[[1]], space), expected)


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_change_nothing(chunk, monkeypatch):
    space = LexicalSpace.fit(SPORT + LAW, 3)
    whole = space.transform(SPORT)
    monkeypatch.setattr("sklearn_tagkd.features.encoding.lexical._CHUNK", chunk)
    np.testing.assert_allclose(space.transform(SPORT), whole, atol=1e-6)
