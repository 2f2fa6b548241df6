"""scikit-learn's own checks, without an expected failure."""

import inspect

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.utils.estimator_checks import (
    check_param_validation,
    parametrize_with_checks,
)

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.preprocessing import InducedSubgraph, TextSelector

# TextSelector takes texts, and scikit-learn has checks for arrays only (it tests no
# vectoriser of its own with them either): tests/test_estimator_checks.py has ours.
ESTIMATORS = [
    DistilledStudentClassifier(),
    GCNClassifier(),
    InducedSubgraph(),
    InterpreterGNNClassifier(),
    LLMRationaleTransformer(),
    MLPClassifier(),
]


# The one check that skips asks for SCIPY_ARRAY_API; we make no array-API claim.
@pytest.mark.filterwarnings("ignore:.*SCIPY_ARRAY_API")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_parameter_is_validated(estimator):
    check_param_validation(type(estimator).__name__, estimator)


# scikit-learn's own checks of docstrings look at modules named sklearn.* alone.
@pytest.mark.parametrize("kind", [*map(type, ESTIMATORS), TextSelector])
def test_parameters_are_documented_with_their_defaults(kind):
    documented = ClassDoc(kind)["Parameters"]
    signature = inspect.signature(kind).parameters
    assert [entry.name for entry in documented] == list(signature)
    for entry in documented:
        assert entry.type.endswith(f"default={signature[entry.name].default!r}")
        assert entry.desc


@pytest.mark.parametrize("kind", [*map(type, ESTIMATORS), TextSelector])
def test_fitted_attributes_are_documented(kind, toy):
    names = inspect.signature(kind).parameters
    quick = {"encoder": "hashing", "max_iter": 5, "llm": RecordedAnswers(toy.answers)}
    model = kind(**{name: quick[name] for name in quick if name in names})
    fitted = set()
    for X in (toy.graph, np.random.default_rng(0).normal(size=(60, 3))):
        if kind is TextSelector and X is not toy.graph:
            continue
        before = set(vars(model))
        model.fit(X, toy.target)
        fitted |= set(vars(model)) - before
    documented = {entry.name for entry in ClassDoc(kind)["Attributes"]}
    public = {name for name in documented if not hasattr(kind, name)}
    assert {name for name in fitted if not name.startswith("_")} == public
