"""scikit-learn's own checks, without an expected failure."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.base import BaseEstimator
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import (
    check_estimator,
    check_param_validation,
    parametrize_with_checks,
)

import sklearn_tagkd
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.preprocessing import TextSelector
from tests.conftest import ESTIMATORS

KINDS = [type(estimator) for estimator in ESTIMATORS]


def test_no_public_estimator_is_left_out():
    found = set()
    for module in pkgutil.walk_packages(sklearn_tagkd.__path__, "sklearn_tagkd."):
        if not module.name.endswith("__main__"):
            loaded = importlib.import_module(module.name)
            public = [getattr(loaded, name) for name in getattr(loaded, "__all__", [])]
            found |= {
                kind
                for kind in public
                if inspect.isclass(kind)
                and issubclass(kind, BaseEstimator)
                and not inspect.isabstract(kind)
            }
    assert found == set(KINDS)


# The one check that skips asks for SCIPY_ARRAY_API; we make no array-API claim.
@pytest.mark.filterwarnings("ignore:.*SCIPY_ARRAY_API")
@parametrize_with_checks([e for e in ESTIMATORS if not isinstance(e, TextSelector)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_scikit_learn_checks_of_a_selector_of_texts():
    # It says that arrays are all it can make, and checks little: its own vectorisers
    # fare no better. tests/estimators/test_estimator_checks.py has checks of ours.
    with pytest.warns(SkipTestWarning, match="Can't test estimator TextSelector"):
        results = check_estimator(TextSelector())
    assert {result["status"] for result in results} == {"passed"}


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_parameter_is_validated(estimator):
    check_param_validation(type(estimator).__name__, estimator)


# scikit-learn's own checks of docstrings look at modules named sklearn.* alone.
@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_documented_with_their_defaults(kind):
    documented = ClassDoc(kind)["Parameters"]
    signature = inspect.signature(kind).parameters
    assert [entry.name for entry in documented] == list(signature)
    for entry in documented:
        assert entry.type.endswith(f"default={signature[entry.name].default!r}")
        assert entry.desc


@pytest.mark.parametrize("kind", KINDS)
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
