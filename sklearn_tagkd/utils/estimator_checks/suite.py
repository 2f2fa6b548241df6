"""Which checks are whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sklearn.base import is_classifier

from sklearn_tagkd.utils.estimator_checks import (
    invariance,
    labels,
    lifecycle,
    shapes,
)

__all__ = ["check_graph_estimator", "graph_checks", "parametrize_with_graph_checks"]

Check = Callable[[Any], None]


def graph_checks(estimator: Any) -> list[Check]:
    """Return the checks that an estimator has to pass.

    Parameters
    ----------
    estimator : estimator
        Classifier, transformer or pipeline over a TextGraph.

    Returns
    -------
    list of callable
        Each takes an estimator, of which it works with copies, and raises an
        AssertionError that says what is wrong. Those about labels are for classifiers;
        the one about questions is for whatever has a parameter ``llm``.

    Examples
    --------
    >>> from sklearn_tagkd.preprocessing import TextSelector
    >>> from sklearn_tagkd.utils.estimator_checks import graph_checks
    >>> [check.__name__ for check in graph_checks(TextSelector())][:2]
    ['check_node_ids', 'check_nothing_is_changed']
    """
    modules = [invariance, shapes, lifecycle]
    if is_classifier(estimator):
        modules.append(labels)
    checks = [getattr(module, name) for module in modules for name in module.__all__]
    names = {name.rpartition("__")[2] for name in estimator.get_params(deep=True)}
    if "llm" not in names:
        checks.remove(lifecycle.check_no_question_while_predicting)
    return checks


def check_graph_estimator(estimator: Any) -> None:
    """Check that an estimator keeps the contract of estimators over a TextGraph.

    Parameters
    ----------
    estimator : estimator
        Unfitted; quick to fit.

    Raises
    ------
    AssertionError
        If a check fails; it says which rule is broken.

    Examples
    --------
    >>> from sklearn_tagkd.preprocessing import TextSelector
    >>> from sklearn_tagkd.utils.estimator_checks import check_graph_estimator
    >>> check_graph_estimator(TextSelector())
    """
    for check in graph_checks(estimator):
        check(estimator)


def parametrize_with_graph_checks(estimators: Iterable[Any]) -> Any:
    """Make a test of each estimator and check.

    Parameters
    ----------
    estimators : iterable of estimator
        Unfitted; quick to fit.

    Returns
    -------
    pytest.MarkDecorator
        For a test that takes ``estimator`` and ``check``.

    See Also
    --------
    sklearn.utils.estimator_checks.parametrize_with_checks : The same, for arrays.

    Examples
    --------
    >>> from sklearn_tagkd.preprocessing import TextSelector
    >>> from sklearn_tagkd.utils.estimator_checks import parametrize_with_graph_checks
    >>> @parametrize_with_graph_checks([TextSelector()])
    ... def test_graph_contract(estimator, check):
    ...     check(estimator)
    """
    import pytest  # for tests only: no dependency of the package

    pairs = [
        pytest.param(estimator, check, id=f"{_brief(estimator)}-{check.__name__}")
        for estimator in estimators
        for check in graph_checks(estimator)
    ]
    return pytest.mark.parametrize(("estimator", "check"), pairs)


def _brief(estimator: Any) -> str:
    if hasattr(estimator, "steps"):
        return "+".join(type(step).__name__ for _, step in estimator.steps)
    return f"{estimator!r}".replace("\n", "").replace(" ", "")[:60]
