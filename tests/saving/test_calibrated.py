"""A calibrated model says the same from a file, from ONNX and where it is served."""

import json

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, InterpreterGNNClassifier
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.saving.attributes import ATTRIBUTES
from sklearn_tagkd.saving.checks import Reader
from sklearn_tagkd.serving import ServedModel
from tests.conftest import fast
from tests.saving.test_onnx import run_onnx

SHARPNESS = 0.4


@pytest.fixture
def student(annotated, monkeypatch):
    monkeypatch.setattr(
        "sklearn_tagkd.interpreter.find_sharpness", lambda *_: SHARPNESS
    )
    taught = InterpreterGNNClassifier(**fast()).fit_transform(annotated)
    return DistilledStudentClassifier(**fast()).fit(taught)


def test_from_a_file_and_served(student, toy, tmp_path):
    expected = student.predict_proba(toy.graph)
    sklearn_tagkd.save(student, tmp_path / "model")
    loaded = sklearn_tagkd.load(tmp_path / "model")
    assert loaded.sharpness_ == student.sharpness_ == SHARPNESS
    np.testing.assert_allclose(loaded.predict_proba(toy.graph), expected, atol=1e-3)
    served = ServedModel.from_file(tmp_path / "model")
    alone = loaded.predict_proba(toy.graph.texts)
    np.testing.assert_allclose(served.predict_proba(toy.graph.texts), alone, atol=1e-5)


def test_in_onnx(student, toy, tmp_path):
    found = run_onnx(student, toy.graph, tmp_path)
    np.testing.assert_allclose(found, student.predict_proba(toy.graph), atol=1e-5)


@pytest.mark.parametrize("value", [0, -1.0, 1e9, "1", None, True, [1.0]])
def test_a_factor_that_is_none_is_refused(value):
    codec = ATTRIBUTES["DistilledStudentClassifier"]["sharpness_"]
    assert codec.read(Reader(json.loads("0.5"), "sharpness_")) == 0.5
    with pytest.raises(ModelFileError, match="a number from"):
        codec.read(Reader(value, "sharpness_"))
