"""Without torch, SciPy and scikit-learn: the same probabilities, or the remedy."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.encoding import HashingEncoder, embed_texts
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.features.encoding.lexical import LexicalSpace
from sklearn_tagkd.preprocessing import InducedSubgraph
from sklearn_tagkd.saving.parts import SavedLexicon
from sklearn_tagkd.serving import ServedModel
from sklearn_tagkd.serving.hashed_words import count_buckets, hash_word
from sklearn_tagkd.serving.rows import HashedTexts, word_rows
from tests.commands.jobs.conftest import write_tables
from tests.conftest import fast


def both(model, folder, **options):
    """Return a model as the full installation loads it, and as it is served."""
    sklearn_tagkd.save(model, folder / "model")
    loaded = sklearn_tagkd.load(folder / "model", **options)
    return loaded, ServedModel.from_file(folder / "model", **options)


def pairs(graph):
    cells = graph.adjacency.tocoo()
    return np.stack([cells.row, cells.col], axis=1)


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
@pytest.mark.parametrize("lexical_dim", [0, 16])
def test_a_student(backbone, lexical_dim, annotated, toy, tmp_path):
    taught = InterpreterGNNClassifier(**fast()).fit_transform(annotated)
    options = fast(lexical_dim=lexical_dim)
    student = DistilledStudentClassifier(backbone, **options).fit(taught)
    loaded, served = both(student, tmp_path)
    texts, edges = toy.graph.texts, pairs(toy.graph)
    expected = loaded.predict_proba(toy.graph)
    np.testing.assert_allclose(served.predict_proba(texts, edges), expected, atol=1e-5)
    np.testing.assert_array_equal(
        served.predict(texts, edges), loaded.predict(toy.graph)
    )
    once = [(int(a), int(b)) for a, b in edges if a < b] + [(3, 3)]
    np.testing.assert_allclose(served.predict_proba(texts, once), expected, atol=1e-5)
    alone = served.predict_proba(texts)
    np.testing.assert_allclose(alone, loaded.predict_proba(texts), atol=1e-5)
    assert repr(served) == f"ServedModel({backbone!r}, classes=3)"


def test_directed_links_features_and_concatenated_keywords(toy, annotated, tmp_path):
    features = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    edges = [(0, 1), (1, 2), (7, 2)]
    weights = [0.5, 3, 1e-20]
    given = {"features": features, "directed": True, "weights": weights}
    wide = TextGraph(toy.graph.texts, edges, **given)
    student = DistilledStudentClassifier(**fast()).fit(wide, toy.target)
    loaded, served = both(student, tmp_path)
    found = served.predict_proba(wide.texts, edges, **given)
    np.testing.assert_allclose(found, loaded.predict_proba(wide), atol=1e-5)
    with pytest.raises(ValueError, match=r"shape \(60, 0\).*3 columns"):
        served.predict(wide.texts, edges)
    for given in (
        {"weights": [1, 2]},
        {"weights": [1, 2, -1]},
        {"weights": [np.nan] * 3},
    ):
        with pytest.raises(ValueError, match="weight"):
            served.predict(wide.texts, edges, features=features, **given)
    concat = InterpreterGNNClassifier(keywords="concat", **fast()).fit(annotated)
    loaded, served = both(concat, tmp_path)
    found = served.predict_proba(toy.graph.texts, pairs(toy.graph))
    np.testing.assert_allclose(found, loaded.predict_proba(toy.graph), atol=1e-5)


# As it should: the model was fitted on links without weights.
@pytest.mark.filterwarnings("ignore:Links of this graph have weights")
def test_several_weights_of_one_link(annotated, toy, tmp_path):
    taught = InterpreterGNNClassifier(**fast()).fit_transform(annotated)
    loaded, served = both(DistilledStudentClassifier(**fast()).fit(taught), tmp_path)
    edges, weights = [(0, 1), (1, 0), (2, 3), (4, 5)], [0.5, 2, 0, 1e-30]
    graph = TextGraph(toy.graph.texts, edges, weights=weights)
    found = served.predict_proba(graph.texts, edges, weights=weights)
    np.testing.assert_allclose(found, loaded.predict_proba(graph), atol=1e-5)


def test_an_array(tmp_path):
    X = np.random.default_rng(0).normal(size=(12, 4))
    loaded, served = both(MLPClassifier(**fast()).fit(X, [3, 1, 2] * 4), tmp_path)
    np.testing.assert_allclose(
        served.predict_proba(X), loaded.predict_proba(X), atol=1e-5
    )
    assert served.classes_.tolist() == [1, 2, 3]


class Own:
    """An encoder of a user's own."""

    def encode(self, texts):
        return HashingEncoder(32).encode(texts)


def test_embeddings_from_elsewhere(toy, tmp_path):
    model = MLPClassifier(**fast(encoder=Own())).fit(toy.graph, toy.target)
    loaded, served = both(model, tmp_path, encoder=Own())
    expected = loaded.predict_proba(toy.graph)
    found = served.predict_proba(toy.graph.texts)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    without = ServedModel.from_file(tmp_path / "model")
    with pytest.raises(ValueError, match=r"encoder is not at hand.*embeddings="):
        without.predict(toy.graph.texts)
    embeddings = embed_texts(toy.graph.texts, Own())
    found = without.predict_proba(toy.graph.texts, embeddings=embeddings)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"shape \(60, 8\); expected \(60, 32\)"):
        without.predict(toy.graph.texts, embeddings=embeddings[:, :8])
    with pytest.raises(ValueError, match="not finite"):
        without.predict(toy.graph.texts, embeddings=embeddings * np.nan)

    class Other(Own):
        def encode(self, texts):
            return super().encode(texts)[:, ::-1]

    with pytest.raises(ValueError, match="another than the model was fitted with"):
        ServedModel.from_file(tmp_path / "model", Other()).predict(["soup"])


def test_what_is_not_served(toy, tmp_path):
    model = GCNClassifier(**fast(max_iter=2)).fit(toy.graph, toy.target)
    sklearn_tagkd.save(model, tmp_path / "model")
    with pytest.raises(ModelFileError, match=r"'gcn'.*\[train\].*'decoupled'"):
        ServedModel.from_file(tmp_path / "model")
    sklearn_tagkd.save(InducedSubgraph().fit(toy.graph), tmp_path / "model")
    with pytest.raises(ModelFileError, match="predicts nothing"):
        ServedModel.from_file(tmp_path / "model")


def test_mistakes(toy, tmp_path):
    model = MLPClassifier(**fast(max_iter=2)).fit(toy.graph, toy.target)
    served = both(model, tmp_path)[1]
    graph = DistilledStudentClassifier(**fast(max_iter=2)).fit(toy.graph, toy.target)
    decoupled = both(graph, tmp_path)[1]
    with pytest.raises(TypeError, match="Give a list of str"):
        served.predict("a private text")
    with pytest.raises(TypeError, match=r"X\[1\] is of type int"):
        served.predict(["a private text", 3])
    with pytest.raises(TypeError, match=r"TextGraph.*\[train\]"):
        served.predict(toy.graph)
    with pytest.raises(ValueError, match="names position 9, and there are 2"):
        decoupled.predict(["a", "b"], [(0, 9)])
    with pytest.raises(ValueError, match="pairs of positions"):
        decoupled.predict(["a", "b"], [("a", "b")])
    with pytest.raises(ValueError, match=r"shape \(1, 2\).*0 columns"):
        served.predict(["a"], features=[[1, 2]])
    assert served.predict_proba(["a \ud800 surrogate"]).shape == (1, 3)
    assert served.predict_proba([]).shape == (0, 3)


texts = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["soup", "the", "Goal", "naïve", "a1", "текст", "x", "of", "\u017f"]
    ),
    max_size=12,
).map(" ".join)


@given(word=st.text(max_size=30))
def test_hashes_are_those_of_scikit_learn(word):
    assert hash_word(word) == murmurhash3_32(word, seed=0)


@settings(max_examples=100)
@given(text=texts, n_buckets=st.sampled_from([3, 64, 2**16]), pairs_too=st.booleans())
def test_counts_are_those_of_scikit_learn(text, n_buckets, pairs_too):
    vectorizer = HashingVectorizer(
        n_features=n_buckets,
        ngram_range=(1, 2 if pairs_too else 1),
        stop_words="english",
        norm=None,
    )
    row = vectorizer.transform([text]).toarray()[0]
    counts = count_buckets(text, n_buckets, pairs=pairs_too, signed=True)
    found = np.zeros(n_buckets)
    found[list(counts)] = list(counts.values())
    np.testing.assert_array_equal(found, row)


@settings(max_examples=50)
@given(given_texts=st.lists(texts, min_size=1, max_size=5))
def test_rows_are_those_of_the_full_installation(given_texts):
    encoded = HashedTexts(128).encode(given_texts)
    np.testing.assert_allclose(
        encoded, HashingEncoder(128).encode(given_texts), atol=1e-6
    )
    learnt = ["late goal", "cup goal", "cup final", "the vote", "vote law", "law"]
    space = LexicalSpace.fit(learnt * 2 + given_texts, 3)
    lexicon = SavedLexicon(space.buckets, space.rarity, space.directions)
    np.testing.assert_allclose(
        word_rows(given_texts, lexicon), space.transform(given_texts), atol=1e-5
    )


def test_it_takes_numpy_alone(toy, tmp_path):
    """In a process where nothing else of ours can be imported."""
    student = DistilledStudentClassifier(**fast()).fit(toy.graph, toy.target)
    sklearn_tagkd.save(student, tmp_path / "model")
    given = {"texts": toy.graph.texts, "edges": pairs(toy.graph).tolist()}
    (tmp_path / "given.json").write_text(json.dumps(given))
    write_tables(toy, tmp_path, ".csv")
    code = """
import contextlib, io, json, sys
import importlib.metadata, importlib.util

needed = {"numpy", "sklearn_tagkd"}
theirs = set(importlib.metadata.packages_distributions()) - needed
for name in theirs - set(sys.modules) - set(sys.stdlib_module_names):
    sys.modules[name] = None
import sklearn_tagkd
model = sklearn_tagkd.load(sys.argv[1] + "/model")
given = json.load(open(sys.argv[1] + "/given.json"))
found = model.predict_proba(given["texts"], given["edges"])
for name in ("TextGraph", "DistilledStudentClassifier", "baselines", "load_docs"):
    try:
        getattr(sklearn_tagkd.datasets if name == "load_docs" else sklearn_tagkd, name)
    except ImportError as error:
        assert "sklearn-tagkd[train]" in str(error), error
    else:
        raise AssertionError(name)
try:
    sklearn_tagkd.save(model, "nowhere")
except ImportError as error:
    assert "sklearn-tagkd[train]" in str(error), error
from sklearn_tagkd.commands.cli import main
assert main(["demo"]) == 1
files = [sys.argv[1] + end for end in ("/model", "", "/labels.csv")]
with contextlib.redirect_stdout(io.StringIO()):
    assert main(["predict", *files[:2], "-o", files[2], "--probabilities"]) == 0
print(json.dumps([type(model).__name__, found.tolist()]))
"""
    command = [sys.executable, "-c", code, tmp_path]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    kind, found = json.loads(run.stdout)
    assert kind == "ServedModel"
    assert "sklearn-tagkd[train]" in run.stderr
    loaded = sklearn_tagkd.load(tmp_path / "model")
    expected = loaded.predict_proba(toy.graph)
    expected = loaded.predict_proba(toy.graph)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    labels = np.loadtxt(tmp_path / "labels.csv", str, delimiter=",", skiprows=1)
    np.testing.assert_allclose(labels[:, 3:].astype(float), expected, atol=1e-5)
    assert labels[:, 0].tolist() == toy.graph.node_ids.tolist()
