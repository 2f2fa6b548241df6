"""Documents that arrive after the fit are predicted at the cost of what they hear."""

import gc
import weakref
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import (
    GATClassifier,
    GCNClassifier,
    MLPClassifier,
    SAGEClassifier,
)
from sklearn_tagkd.llm import RecordedAnswers

WORDS = ["tree", "forest", "matrix", "sparse"], ["wave", "signal", "filter", "noise"]
N = 90


class Counting:
    """Embeds words by what they are, and counts the texts that it is given."""

    def __init__(self, width=8):
        self.width, self.seen = width, []

    def encode(self, texts, **_):
        self.seen += texts
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            # Python's own hashes are others in every process.
            for word in text.split():
                row[zlib.crc32(word.encode()) % self.width] += 1
            random = np.random.default_rng(zlib.crc32(text.encode()))
            row += random.normal(0, 0.1, self.width)
        return rows


def node(random, place):
    kind = place % 2
    return f"{place} " + " ".join(random.choice(WORDS[kind], 5)), kind


def some_graph(seed=0, n=N, **options):
    random = np.random.default_rng(seed)
    texts, kinds = zip(*(node(random, place) for place in range(n)), strict=True)
    ends = random.integers(n, size=(2 * n, 2))
    edges = [(f"n{u}", f"n{v}") for u, v in ends if (u - v) % 2 == 0 or u % 5 == 0]
    names = [f"n{place}" for place in range(n)]
    y = np.where(random.random(n) < 0.5, kinds, -1)
    return TextGraph(texts, edges, node_ids=names, **options), y


def appended(graph, seed, n_new=6, **options):
    """Return a graph with some nodes more, and the same one built at once."""
    random = np.random.default_rng(seed)
    first, ids = len(graph.parent), graph.parent.node_ids.tolist()
    texts = [node(random, first + place)[0] for place in range(n_new)]
    names = [f"n{first + place}" for place in range(n_new)]
    everyone = [*ids, *names]
    edges = [
        (name, everyone[random.integers(len(everyone))])
        for name in names
        for _ in range(random.integers(4))
    ]
    bigger = graph.extended(texts, edges, node_ids=names, **options)
    return bigger, at_once(bigger)


def at_once(graph):
    """Return the same graph, made of one piece."""
    copy = TextGraph.from_scipy(
        graph.parent.texts,
        graph.adjacency,
        node_ids=graph.parent.node_ids,
        features=graph.parent.features,
        directed=graph.directed,
    )
    assert copy.growth is None
    return copy


def fit(kind=DistilledStudentClassifier, graph=None, y=None, **options):
    if graph is None:
        graph, y = some_graph()
    options = {"encoder": Counting(), "random_state": 0, "max_iter": 20, **options}
    return kind(**options, progress=False).fit(graph, y), graph


KINDS = [
    *[
        (DistilledStudentClassifier, {"backbone": backbone})
        for backbone in ("mlp", "gcn", "sage", "gat", "decoupled")
    ],
    (InterpreterGNNClassifier, {}),
    (InterpreterGNNClassifier, {"keywords": "concat"}),
    (MLPClassifier, {}),
    (GCNClassifier, {}),
    (SAGEClassifier, {}),
    (GATClassifier, {}),
]


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("directed", [False, True])
def test_every_classifier_says_what_it_would_of_the_whole(kind, options, directed):
    graph, y = some_graph(directed=directed)
    model, _ = fit(kind, graph, y, **options)
    bigger, whole = appended(graph, 1)
    selections = [[N, N + 5], [3, N + 1, 3, 0, N + 1], range(N + 6)]
    for rows in selections:
        found = model.predict_proba(bigger[rows])
        expected = model.predict_proba(whole[rows])
        np.testing.assert_allclose(found, expected, atol=0.01)
        assert (model.predict(bigger[rows]) == model.predict(whole[rows])).all()
    assert model.predict_proba(bigger[[]]).shape == (0, 2)
    if not options.get("keywords"):
        found, expected = model.embed(bigger[-6:]), model.embed(whole[-6:])
        np.testing.assert_allclose(found, expected, atol=0.05)


# As it should: the model was fitted on links without weights.
@pytest.mark.filterwarnings("ignore:Links of this graph have weights")
@given(st.integers(0, 10**6), st.integers(0, 20), st.booleans())
@settings(deadline=None, max_examples=15)
def test_a_graph_that_grows_again_and_again(seed, n_new, weighted):
    model, graph = SHARED
    bigger = graph
    for step in range(3):
        bigger, whole = appended(bigger, seed + step, n_new // (step + 1))
        if weighted:
            bigger = bigger.extended([], [("n0", "n1"), ("n2", "n7")], weights=[2, 0.5])
            whole = at_once(bigger)
        rows = [*range(len(bigger))[-5:], 0, 1, 7]
        found, expected = (model.predict_proba(g[rows]) for g in (bigger, whole))
        np.testing.assert_allclose(found, expected, atol=0.01)


SHARED = fit()


def test_without_tolerance_it_is_exact_and_more_tolerance_is_farther():
    graph, y = some_graph(n=2000)
    model, _ = fit(graph=graph, y=y, push_tolerance=0.0)
    bigger, whole = appended(graph, 2, 40)
    expected = model.predict_proba(whole[-16:])
    wrong = []
    for tolerance in (0.0, 1e-4, 1e-2):
        model.set_params(push_tolerance=tolerance)
        wrong.append(np.abs(model.predict_proba(bigger[-16:]) - expected).max())
    assert wrong[0] < 1e-5
    assert wrong[0] < wrong[1] < wrong[2]
    with pytest.raises(ValueError, match="push_tolerance"):
        model.set_params(push_tolerance=-1).fit(graph, y)


def test_old_texts_are_neither_embedded_nor_links_put_together_anew():
    model, graph = fit(lexical_dim=0)
    model.predict(graph)
    bigger, _ = appended(graph, 3)
    bigger = graph.extended(["new tree", "new wave"], [("x", "n0")], ["x", "y"])
    model.encoder.seen.clear()
    model.predict(bigger[-2:])
    assert sorted(model.encoder.seen) == ["new tree", "new wave"]
    model.predict(bigger[-2:])
    assert len(model.encoder.seen) == 2
    assert not {"links", "features"} & vars(bigger.identity).keys()
    further = bigger.extended(["newer"], [("z", "x")], ["z"])
    model.predict(further[-1:])
    assert sorted(set(model.encoder.seen)) == ["new tree", "new wave", "newer"]
    model.predict(further)  # all of them
    assert not set(graph.texts) & set(model.encoder.seen)


def test_where_all_was_computed_already_it_is_used():
    graph, y = some_graph()
    bigger, whole = appended(graph, 7)
    model, _ = fit(graph=bigger, y=np.append(y, [-1] * 6), push_tolerance=1.0)
    found, expected = (model.predict_proba(g[-6:]) for g in (bigger, whole))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_stream_leaves_nothing_behind():
    model, graph = fit()
    last, stores = graph, []
    for step in range(20):
        last, _ = appended(last, step)
        model.predict(last[-6:])
        stores.append(weakref.ref(last.identity))
    gc.collect()
    assert [store() is not None for store in stores] == [False] * 19 + [True]


def test_a_saved_model_predicts_them_too(tmp_path):
    graph, y = some_graph()
    model, _ = fit(graph=graph, y=y, encoder="hashing")
    sklearn_tagkd.save(model, tmp_path / "model.safetensors")
    loaded = sklearn_tagkd.load(tmp_path / "model.safetensors")
    assert loaded.push_tolerance == model.push_tolerance
    bigger, whole = appended(graph, 4)
    found = loaded.predict_proba(bigger[-6:])
    np.testing.assert_allclose(found, model.predict_proba(whole[-6:]), atol=0.01)


def test_what_a_language_model_said_of_old_nodes_is_heard(docs):
    graph = docs.graph
    step = LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=80)
    told = step.fit_transform(graph)
    options = {"encoder": "hashing", "max_iter": 20, "random_state": 0}
    for keywords in ("mean", "concat"):
        model = InterpreterGNNClassifier(**options, keywords=keywords, progress=False)
        taught = model.fit_transform(told)
        ids = [told.node_ids[told.annotations["rationales"].positions[0]], "new"]
        bigger = taught.extended(
            ["a statistical distribution of values", "its variance"],
            [("new", ids[0]), ("newer", "new")],
            node_ids=["new", "newer"],
        )
        assert set(bigger.annotations) == {"rationales"}
        whole = at_once(bigger).annotated(**bigger.annotations)
        rows = [-1, -2, *told.annotations["rationales"].positions[:5]]
        assert model.link_scorer_ is not None
        found, expected = (model.predict_proba(g[rows]) for g in (bigger, whole))
        np.testing.assert_allclose(found, expected, atol=0.01)
    student = DistilledStudentClassifier(**options, progress=False).fit(taught)
    found, expected = (student.predict_proba(g[rows]) for g in (bigger, whole))
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_a_pipeline_asks_nobody_about_them(docs):
    model = make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(docs.answers), max_nodes=60),
        InterpreterGNNClassifier(encoder="hashing", max_iter=10, progress=False),
        DistilledStudentClassifier(encoder="hashing", max_iter=10, progress=False),
    ).fit(docs.graph)
    bigger = docs.graph.extended(["fast Fourier transform"], [], node_ids=["new"])
    assert model.predict_proba(bigger[-1:]).shape == (1, len(model[-1].classes_))


def test_features_alone_are_enough():
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 4)).astype(np.float32)
    y = (rows[:, 0] > 0).astype(int)
    graph = TextGraph(None, random.integers(60, size=(120, 2)), features=rows)
    model = DistilledStudentClassifier(random_state=0, max_iter=20, progress=False)
    model.fit(graph, y)
    bigger = graph.extended(None, [(60, 1), (61, 60)], features=rows[:2] * 2)
    whole = at_once(bigger)
    found, expected = (model.predict_proba(g[-2:]) for g in (bigger, whole))
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_several_threads_may_ask_at_once():
    model, graph = fit()
    bigger, whole = appended(graph, 5, 40)
    expected = model.predict_proba(whole[-40:])
    rows = [[N + i, N + (7 * i) % 40] for i in range(40)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda some: model.predict_proba(bigger[some]), rows))
    for some, found in zip(rows, said, strict=True):
        np.testing.assert_allclose(found, expected[np.array(some) - N], atol=0.01)


def test_another_encoder_is_refused_with_the_remedy():
    model, graph = fit()
    bigger, _ = appended(graph, 6)
    model.set_params(encoder=Counting(width=9))
    with pytest.raises(ValueError, match="Use the same encoder and as many features"):
        model.predict(bigger[-6:])
