"""What documents hear: nodes like them, where these are of their class."""

import numpy as np
import pytest
from sklearn.preprocessing import normalize

from sklearn_tagkd import LLMRationaleTransformer, datasets
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.learning import company as module
from sklearn_tagkd.learning.committee import View
from sklearn_tagkd.learning.company import Company
from sklearn_tagkd.learning.node_views import NodeViews


def draw(n_rows, n_columns, seed):
    rows = np.random.RandomState(seed).standard_normal((n_rows, n_columns))
    return rows.astype(np.float32)


@pytest.mark.parametrize("n_nodes", [3, 10, 57])
def test_hears_the_nearest_whatever_the_blocks(n_nodes, monkeypatch):
    texts, documents = draw(n_nodes, 5, 0), draw(4, 5, 1)
    found = Company(texts, documents, np.ones((n_nodes, 1)), np.zeros(4, int)).near
    told = normalize(documents) @ normalize(texts).T
    expected = np.argsort(-told, axis=1)[:, :10]
    np.testing.assert_array_equal(found, expected)
    monkeypatch.setattr(module, "_BLOCK", 7)
    again = Company(texts, documents, np.ones((n_nodes, 1)), np.zeros(4, int)).near
    np.testing.assert_array_equal(again, expected)


def test_a_class_without_nodes_stays_alone():
    texts, documents = draw(30, 5, 0), draw(2, 5, 1)
    heard, alone = draw(30, 3, 2), normalize(draw(2, 3, 3))
    opinion = np.tile([1.0, 0.0], (30, 1))
    company = Company(texts, documents, opinion, np.array([0, 1]))
    found = company.heard(heard, alone)
    np.testing.assert_allclose(found[1], alone[1], rtol=1e-6)
    mean = heard[company.near[0]].mean(axis=0)
    np.testing.assert_allclose(found[0], mean / np.linalg.norm(mean), rtol=1e-4)


def test_stands_in_for_nodes_of_other_classes():
    texts = np.ones((2, 1), dtype=np.float32)
    company = Company(texts, texts[:1], np.eye(2), np.array([1]))
    heard = np.array([[-1, 0], [0, 1]], dtype=np.float32)
    found = company.heard(heard, np.array([[1, 0]], dtype=np.float32))
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5]], rtol=1e-6)


def views(hops):
    docs = datasets.load_docs()
    step = LLMRationaleTransformer(class_profiles=docs.class_profiles, max_nodes=0)
    graph = step.fit_transform(docs.graph)
    embedder = GraphEmbedder("hashing", "cpu", False, lexical_dim=8)
    embedder.fit(graph)
    seen = NodeViews.of(graph, embedder, scorer=None, hops=hops)
    profiles = graph.annotations["profiles"]
    return seen, profiles, seen.documents(profiles, profiles.classes)


def test_documents_come_nearer_to_nodes_of_their_class():
    docs = datasets.load_docs()
    seen, profiles, documents = views((10, 0.1))
    codes = documents.targets.argmax(axis=1)
    said = seen.embedder.documents(profiles.lessons()[0], seen.graph)
    alone = seen.views[0].reduce(
        [*_parts(said, seen), *map(normalize, _parts(said, seen))]
    )
    means = np.array(
        [
            seen.views[0].rows[docs.target == name].mean(axis=0)
            for name in profiles.classes
        ]
    )
    assert (
        _of_own(documents.rows[0], means, codes) > _of_own(alone, means, codes) + 0.02
    )


def _of_own(rows, means, codes):
    """Return the mean cosine of documents to the mean of their class's nodes."""
    return (normalize(rows) * normalize(means)[codes]).sum(axis=1).mean()


def _parts(rows, seen):
    widths = [width for width in seen.embedder.space.column_widths if width]
    return np.split(rows, np.cumsum(widths)[:-1], axis=1)


def test_the_same_bits_again():
    for first, second in zip(
        views((10, 0.1))[2].rows, views((10, 0.1))[2].rows, strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_without_links_nothing_is_heard():
    seen, profiles, documents = views(None)
    said = seen.embedder.documents(profiles.lessons()[0], seen.graph)
    expected = seen.views[0].reduce(_parts(said, seen))
    np.testing.assert_array_equal(documents.rows[0], expected)
    assert isinstance(seen.views[0], View)
