"""scikit-learn's own checks, without an expected failure."""

import pytest
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
from sklearn_tagkd.preprocessing import InducedSubgraph

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
