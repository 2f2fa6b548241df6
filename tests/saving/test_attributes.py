"""Whatever a fitted step knows, saving knows of it."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_tagkd import InterpreterGNNClassifier, LLMRationaleTransformer
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.nn.config import BACKBONES, NetworkConfig, weight_shapes
from sklearn_tagkd.nn.networks.build import build_network
from sklearn_tagkd.saving.attributes import ATTRIBUTES, CLASSES, LEFT_OUT, REQUIRED
from tests.conftest import ESTIMATORS, fast


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_fitted_attribute_is_listed(estimator, toy, annotated):
    step = clone(estimator)
    kind = type(step).__name__
    assert CLASSES[kind] == type(step).__module__
    if kind == "LLMRationaleTransformer":
        step = LLMRationaleTransformer(RecordedAnswers(toy.answers)).fit(toy.graph)
    elif hasattr(step, "max_iter"):
        step.set_params(**fast(max_iter=2)).fit(annotated, toy.target)
    else:
        step.fit(toy.graph)
    fitted = {name for name in vars(step) if name.endswith("_")}
    known = ATTRIBUTES[kind].keys() | LEFT_OUT
    assert fitted - known == set(), "write in saving/attributes.py how they are saved"
    assert REQUIRED[kind] <= fitted


def test_features_bring_no_attribute_that_is_not_listed(toy):
    step = InterpreterGNNClassifier(**fast(max_iter=2))
    step.fit(np.eye(6), [0, 1] * 3)
    fitted = {name for name in vars(step) if name.endswith("_")}
    assert fitted <= ATTRIBUTES["InterpreterGNNClassifier"].keys()


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("hidden_dim", [6, 8])
def test_the_shapes_of_weights_are_those_of_torch(backbone, n_layers, hidden_dim):
    config = NetworkConfig(backbone, 10, hidden_dim, 3, n_layers, 2, 0.1, 0.5)
    weights = build_network(config).state_dict()
    found = {name: tuple(weight.shape) for name, weight in weights.items()}
    assert weight_shapes(config) == found
