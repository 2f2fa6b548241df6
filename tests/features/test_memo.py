"""What is computed from a graph once, and for how long it is kept."""

import gc
import weakref

import numpy as np
import pytest

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.memo import forget, recall, remember


class Thing:
    """Something that can be weakly referred to."""


def make_graph():
    return TextGraph(["a b", "b c", "c d"], [(0, 1), (1, 2)])


def test_every_view_shares_what_was_computed_until_the_graph_is_gone():
    graph = make_graph()
    first = remember(graph, "thing", 0, Thing)
    assert remember(graph[[2, 0]], "thing", 0, Thing) is first
    assert remember(graph, "other", 0, Thing) is not first
    assert remember(make_graph(), "thing", 0, Thing) is not first
    forget(graph[[1]])
    assert remember(graph, "thing", 0, Thing) is not first
    first = remember(graph, "thing", 0, Thing)
    alive = weakref.ref(first)
    del first, graph
    gc.collect()
    assert alive() is None


def test_recalling_computes_nothing():
    graph = make_graph()
    assert recall(graph, "thing") is None
    thing = remember(graph, "thing", 0, Thing)
    assert recall(graph[[1]], "thing") is thing
    assert recall(graph, "other") is None


def test_little_and_nothing_huge_is_kept():
    graph = make_graph()
    things = [remember(graph, n, 0, Thing) for n in range(20)]
    assert remember(graph, 19, 0, Thing) is things[19]
    assert remember(graph, 0, 0, Thing) is not things[0]
    huge = 2**40
    assert remember(graph, "huge", huge, Thing) is not remember(
        graph, "huge", huge, Thing
    )


def test_inputs_depend_on_encoder_and_space():
    graph = make_graph()

    class Encoder:
        def __init__(self, factor):
            self.factor = factor

        def encode(self, texts):
            return [[self.factor * len(text), ord(text[0])] for text in texts]

    one, two = Encoder(1), Encoder(2)
    embedders = [GraphEmbedder(e, "cpu", False) for e in (one, one, two)]
    for embedder in embedders:
        embedder.fit(graph)
    inputs = [embedder.raw_inputs(graph) for embedder in embedders]
    assert inputs[0] is inputs[1]
    assert inputs[0] is not inputs[2]
    elsewhere = GraphEmbedder(one, "cpu", False)
    elsewhere.fit(TextGraph(["z", "zz"], []))
    assert elsewhere.raw_inputs(graph) is not inputs[0]


@pytest.mark.parametrize("backbone", ["decoupled", "gcn"])
def test_a_fit_with_what_is_remembered_is_the_same_fit(backbone, toy, monkeypatch):
    def predict():
        student = DistilledStudentClassifier(
            backbone, encoder="hashing", max_iter=20, random_state=0, progress=False
        )
        return student.fit(toy.graph, toy.target).predict_proba(toy.graph)

    first, second = predict(), predict()
    monkeypatch.setattr("sklearn_tagkd.features.memo._LARGEST", -1)
    assert (first == second).all()
    assert (first == predict()).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_features_are_read_from_a_memory_map_of_half_precision(dtype, tmp_path):
    random = np.random.default_rng(0)
    target = np.arange(120) % 3
    values = (np.eye(3, 8)[target] * 3 + random.normal(size=(120, 8))).astype(dtype)
    np.save(tmp_path / "features.npy", values)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    edges = np.stack([np.arange(117), np.arange(3, 120)], axis=1)
    graph = TextGraph(None, edges, features=mapped)
    assert np.shares_memory(graph.features, mapped)
    student = DistilledStudentClassifier(max_iter=40, random_state=0, progress=False)
    student.fit(graph[:60], target[:60])
    assert student.score(graph[60:], target[60:]) > 0.9
    in_memory = TextGraph(None, edges, features=np.array(values, dtype=np.float32))
    again = DistilledStudentClassifier(max_iter=40, random_state=0, progress=False)
    again.fit(in_memory[:60], target[:60])
    assert np.allclose(
        student.predict_proba(graph), again.predict_proba(in_memory), atol=1e-5
    )
