"""A model that predicts over links of another kind than it has learnt from says so."""

import warnings

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.baselines import GATClassifier, GCNClassifier, MLPClassifier
from sklearn_tagkd.bulk import build_links, predict_folder
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.saving import network_codecs
from sklearn_tagkd.saving.checks import Reader
from sklearn_tagkd.serving import ServedModel
from tests.bulk.folders import write_graph
from tests.conftest import fast

TEXTS = ["goal cup", "vote law"] * 10
EDGES = [(place, (place + 2) % 20) for place in range(20)]
Y = ["sport", "politics"] * 10
DIRECTED = "links of this graph are directed.* fitted on undirected.*directed=False"
UNDIRECTED = "links of this graph are undirected.* fitted on directed.*directed=True"
WEIGHTED = "have weights.* fitted on links with none: leave them out"
UNWEIGHTED = "have no weights.* fitted on links with such: give weights="
HALVES = np.full(20, 0.5)


def graph(directed=False, weights=None, edges=EDGES):
    return TextGraph(TEXTS, edges, directed=directed, weights=weights)


def fitted(kind=DistilledStudentClassifier, **links):
    return kind(**fast(max_iter=2)).fit(graph(**links), Y)


CASES = [
    ({}, {"directed": True}, [DIRECTED]),
    ({"directed": True}, {}, [UNDIRECTED]),
    ({}, {"weights": HALVES}, [WEIGHTED]),
    ({"weights": HALVES}, {}, [UNWEIGHTED]),
    ({"weights": HALVES}, {"weights": np.ones(20)}, [UNWEIGHTED]),
    ({}, {"weights": HALVES, "directed": True}, [DIRECTED, WEIGHTED]),
    ({}, {"weights": np.ones(20)}, []),  # weights that are all 1 change nothing
    ({"weights": np.ones(20)}, {}, []),
    ({"weights": HALVES}, {"weights": 3 * HALVES}, []),
    ({"directed": True}, {"directed": True}, []),
    ({}, {"edges": []}, []),  # documents by themselves
    ({"directed": True}, {"edges": []}, []),
    ({"edges": []}, {"directed": True}, []),  # it has learnt from no link at all
]


def told_by(predict):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        predict()
    return [str(one.message) for one in caught]


def assert_told(predict, expected):
    told = told_by(predict)
    assert len(told) == bool(expected)
    for pattern in expected:
        with pytest.warns(UserWarning, match=f"(?i){pattern}"):
            predict()


@pytest.mark.parametrize(("before", "now", "expected"), CASES)
def test_links_of_another_kind_are_told_and_predicted_on(before, now, expected):
    model = fitted(**before)
    other = graph(**now)
    for predict in (model.predict, model.predict_proba, model.embed):
        assert_told(lambda predict=predict: predict(other), expected)
    assert_told(lambda: model.predict(other[[3, 1]]), expected)


@pytest.mark.parametrize("kind", [GCNClassifier, GATClassifier, MLPClassifier])
def test_who_looks_at_no_link_minds_none(kind):
    expected = [] if kind is MLPClassifier else [DIRECTED]
    model = fitted(kind)
    assert_told(lambda: model.predict(graph(directed=True)), expected)
    model = DistilledStudentClassifier("mlp", **fast(max_iter=2)).fit(graph(), Y)
    assert_told(lambda: model.predict(graph(directed=True)), [])


def test_nodes_to_stop_by_are_looked_at_too():
    model = DistilledStudentClassifier(**fast(max_iter=20, early_stopping=True))
    with pytest.warns(UserWarning, match=DIRECTED.replace("links", "Links", 1)):
        model.fit(graph(), Y, X_val=graph(directed=True), y_val=Y)


def test_a_graph_that_has_grown_is_of_the_kind_of_its_base():
    model, base = fitted(), graph()
    grown = base.extended(["late goal"], [(20, 0)])
    assert told_by(lambda: model.predict(grown)) == []
    weighed = base.extended(["late goal"], [(20, 0)], weights=[0.5])
    assert_told(lambda: model.predict(weighed[[20]]), [WEIGHTED])
    directed = graph(directed=True).extended(["late goal"], [(20, 0)])
    assert_told(lambda: model.predict(directed[[20]]), [DIRECTED])


@pytest.mark.parametrize(("before", "now", "expected"), CASES)
def test_a_saved_model_remembers_it(before, now, expected, tmp_path):
    sklearn_tagkd.save(fitted(**before), tmp_path / "model")
    loaded = sklearn_tagkd.load(tmp_path / "model")
    assert_told(lambda: loaded.predict(graph(**now)), expected)
    served = ServedModel.from_file(tmp_path / "model")
    links = {"edges": EDGES, **now}
    assert_told(lambda: served.predict(TEXTS, **links), expected)


def test_what_a_file_does_not_say_is_not_asked_for():
    read = network_codecs._read_link_kind
    assert read(Reader({}, "space", None)) is None
    assert read(Reader({"links": None}, "space", None)) is None
    for odd in (5, "x", {}, {"directed": 1, "weighted": False}, [True, False]):
        with pytest.raises(ModelFileError, match="links"):
            read(Reader({"links": odd}, "space", None))


def test_a_folder_is_told_of_too(tmp_path):
    sklearn_tagkd.save(fitted(directed=True), tmp_path / "model")
    (tmp_path / "graph").mkdir()
    write_graph(tmp_path / "graph", list(range(20)), EDGES, texts=TEXTS)
    build_links(tmp_path / "graph")
    assert_told(
        lambda: predict_folder(tmp_path / "model", tmp_path / "graph", tmp_path / "o"),
        [UNDIRECTED],
    )
