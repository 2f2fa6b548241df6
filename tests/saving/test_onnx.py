"""An exported network says what ours says, in onnxruntime, over whole graphs."""

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
    datasets,
)
from sklearn_tagkd.baselines import MLPClassifier
from sklearn_tagkd.exceptions import MissingExtraError, ModelFileError
from sklearn_tagkd.persistence import onnx_inputs
from sklearn_tagkd.preprocessing import InducedSubgraph
from tests.conftest import fast


def run_onnx(model, graph, folder):
    pytest.importorskip("onnx", reason="the onnx extra is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="nor is onnxruntime")
    path = folder / "model.onnx"
    sklearn_tagkd.export_onnx(model, path)
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rows = onnx_inputs(model, graph)
    assert {given.name for given in session.get_inputs()} == set(rows)
    labels = session.get_modelmeta().custom_metadata_map["classes"].split("\n")
    assert labels == [str(label) for label in model.classes_]
    return session.run(["probabilities"], rows)[0]


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
@pytest.mark.parametrize("lexical_dim", [0, 8])
def test_a_student(backbone, lexical_dim, annotated, toy, tmp_path):
    options = fast(lexical_dim=lexical_dim)
    student = DistilledStudentClassifier(backbone, **options).fit(annotated)
    for graph in (toy.graph, toy.graph[[5, 3, 3]], TextGraph(["", "a soup"], [])):
        found = run_onnx(student, graph, tmp_path)
        np.testing.assert_allclose(found, student.predict_proba(graph), atol=1e-5)


def test_features_keywords_and_pipelines(toy, annotated, tmp_path):
    features = np.random.default_rng(0).normal(size=(60, 3)) * 1e5
    wide = TextGraph(toy.graph.texts, [(0, 1), (4, 9)], features=features)
    student = DistilledStudentClassifier(**fast()).fit(wide, toy.target)
    found = run_onnx(student, wide, tmp_path)
    np.testing.assert_allclose(found, student.predict_proba(wide), atol=1e-5)
    alone = MLPClassifier(**fast()).fit(features, toy.target)
    found = run_onnx(alone, TextGraph(None, [], features=features), tmp_path)
    np.testing.assert_allclose(found, alone.predict_proba(features), atol=1e-5)
    interpreter = InterpreterGNNClassifier(keywords="concat", **fast()).fit(annotated)
    found = run_onnx(interpreter, toy.graph, tmp_path)
    expected = interpreter.predict_proba(toy.graph)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["docs", "cora", "wikispeedia"])
@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
def test_whole_graphs(name, backbone, request, tmp_path):
    pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")
    if name == "docs":
        bunch = datasets.load_docs()
    else:
        bunch = datasets.read_graph(request.getfixturevalue("shared_data") / name)
    student = DistilledStudentClassifier(backbone, **fast(max_iter=40))
    student.fit(bunch.graph, bunch.target)
    found = run_onnx(student, bunch.graph, tmp_path)
    expected = student.predict_proba(bunch.graph)
    assert np.abs(found - expected).max() < 1e-5


def test_what_is_not_exported(annotated, toy, tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    student = DistilledStudentClassifier("gcn", **fast(max_iter=2)).fit(annotated)
    with pytest.raises(ModelFileError, match="'gcn' looks at the whole graph"):
        sklearn_tagkd.export_onnx(student, path)
    with pytest.raises(ModelFileError, match="InducedSubgraph is no fitted network"):
        sklearn_tagkd.export_onnx(InducedSubgraph().fit(toy.graph), path)
    student = DistilledStudentClassifier(**fast(max_iter=2)).fit(annotated)
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"sklearn-tagkd\[onnx\]"):
        sklearn_tagkd.export_onnx(student, path)
