"""What scikit-learn's checks and ours say, counted per estimator.

    python benchmarks/contract_counts.py

Run it with another scikit-learn (``make contract-1.6.1`` sets an environment up) for
that version's counts. "skipped" is the array-API check, which asks for
``SCIPY_ARRAY_API=1``.
"""

from __future__ import annotations

import inspect
import warnings
from collections import Counter

import sklearn
from sklearn.base import BaseEstimator, clone
from sklearn.utils.estimator_checks import check_estimator, check_param_validation

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    baselines,
    preprocessing,
)
from sklearn_tagkd.utils.estimator_checks import graph_checks

QUICK = {"encoder": "hashing", "hidden_dim": 16, "max_iter": 20, "progress": False}
KINDS = [
    LLMRationaleTransformer,
    InterpreterGNNClassifier,
    DistilledStudentClassifier,
    *(getattr(baselines, name) for name in baselines.__all__),
    *(getattr(preprocessing, name) for name in preprocessing.__all__),
]


def count_scikit_learn(estimator: BaseEstimator) -> Counter[str]:
    """Count the checks of scikit-learn, the one of parameters among them."""
    results = check_estimator(estimator, on_skip=None, on_fail=None)
    counts = Counter(result["status"] for result in results)
    try:
        check_param_validation(type(estimator).__name__, estimator)
    except AssertionError:
        counts["failed"] += 1
    else:
        counts["passed"] += 1
    return counts


def count_ours(estimator: BaseEstimator) -> Counter[str]:
    """Count the checks of estimators over a graph."""
    counts: Counter[str] = Counter()
    for check in graph_checks(estimator):
        try:
            check(clone(estimator))
        except Exception as error:
            print(f"{check.__name__}: {error}")
            counts["failed"] += 1
        else:
            counts["passed"] += 1
    return counts


def main() -> None:
    warnings.simplefilter("ignore")
    statuses = ("passed", "failed", "skipped", "xfail")
    print(f"scikit-learn {sklearn.__version__}; each: {' / '.join(statuses)}\n")
    print("| estimator | scikit-learn's checks | graph checks |\n|---|---|---|")
    for kind in KINDS:
        known = inspect.signature(kind).parameters
        quick = {name: value for name, value in QUICK.items() if name in known}
        cells = (count_scikit_learn(kind()), count_ours(kind(**quick)))
        shown = [" / ".join(str(c[status]) for status in statuses) for c in cells]
        print(f"| {kind.__name__} | {shown[0]} | {shown[1]} |", flush=True)


if __name__ == "__main__":
    main()
