"""The contract of estimators over a TextGraph, as checks for ours and for others'.

scikit-learn's ``parametrize_with_checks`` gives an estimator arrays. These checks give
it graphs. In the tests of a package with an estimator of its own::

    from sklearn_tagkd.utils.estimator_checks import parametrize_with_graph_checks

    @parametrize_with_graph_checks([MyClassifier(max_iter=30, encoder="hashing")])
    def test_graph_contract(estimator, check):
        check(estimator)

The estimator should train in a blink: a check fits it on 48 short texts of three
classes, several times over. It may be a classifier, a transformer, or a pipeline. A
parameter ``llm``, at whatever depth, is given a client of ours, which knows the answers
and counts the questions.
"""

from sklearn_tagkd.utils.estimator_checks.suite import (
    check_graph_estimator,
    graph_checks,
    parametrize_with_graph_checks,
)

__all__ = ["check_graph_estimator", "graph_checks", "parametrize_with_graph_checks"]
